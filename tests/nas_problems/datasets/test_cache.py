"""The cache of converted arrays: built once, and nothing damaged is read."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nas_problems.datasets import cache_folder, check_sha256, load_cached


class Builder:
    """Makes the same arrays again and again, and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> dict[str, NDArray[np.float64]]:
        self.calls += 1
        return {"a": np.arange(6.0).reshape(2, 3), "b": np.array([np.nan, 1.0])}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def check_arrays(found: dict[str, NDArray[np.float64]]) -> None:
    np.testing.assert_equal(found, Builder()())


def test_the_folder_can_be_chosen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == folder
    monkeypatch.setenv("IOHNAS_CACHE", "")
    assert cache_folder().name == "iohnas"


def test_built_once_then_loaded(folder: Path) -> None:
    build = Builder()
    for _ in range(3):
        check_arrays(load_cached("key", build))
    assert build.calls == 1
    assert [path.name for path in folder.iterdir()] == ["key.npz"]


def test_keys_are_separate(folder: Path) -> None:
    build = Builder()
    load_cached("one", build)
    load_cached("two", build)
    assert build.calls == 2


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04 rubbish", b"\x93NUMPY rubbish"])
def test_a_damaged_file_is_built_again(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "key.npz").write_bytes(content)
    build = Builder()
    check_arrays(load_cached("key", build))
    check_arrays(load_cached("key", build))
    assert build.calls == 1


def test_any_flipped_byte_and_any_missing_end_is_noticed(folder: Path) -> None:
    """Whatever zipfile and numpy make of it: the arrays are right in the end."""
    build = Builder()
    load_cached("key", build)
    good = (folder / "key.npz").read_bytes()
    for position in range(0, len(good), 7):
        (folder / "key.npz").write_bytes(good[:position] + bytes([good[position] ^ 0xFF]) + good[position + 1 :])
        check_arrays(load_cached("key", build))
        (folder / "key.npz").write_bytes(good[:position])
        check_arrays(load_cached("key", build))


def test_pickled_objects_are_not_read_from_the_cache(folder: Path) -> None:
    folder.mkdir()
    np.savez(folder / "key.npz", a=np.array([{"an": "object"}], dtype=object))
    build = Builder()
    check_arrays(load_cached("key", build))
    assert build.calls == 1


@pytest.mark.parametrize("place", ["a file", "below a file", "a folder in the way"])
def test_where_nothing_can_be_stored_the_arrays_are_used_without(folder: Path, place: str) -> None:
    """Regression: cleaning up below something that is not a folder raised."""
    if place == "a file":
        folder.write_text("")
    elif place == "below a file":
        folder.parent.joinpath("cache").write_text("")
    else:
        (folder / "key.npz").mkdir(parents=True)
    build = Builder()
    check_arrays(load_cached("key", build))
    check_arrays(load_cached("key", build))
    assert build.calls == 2
    assert not list(folder.parent.rglob(".key*"))


def test_an_error_while_building_is_the_caller_s(folder: Path) -> None:
    def fail() -> dict[str, NDArray[np.float64]]:
        raise ValueError("no such table")

    with pytest.raises(ValueError, match="no such table"):
        load_cached("key", fail)
    assert not folder.exists()


def test_hashes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    right = hashlib.sha256(b"content").hexdigest()
    assert check_sha256(path, right) == b"content"
    wrong = "0" * 64
    with pytest.raises(ValueError, match=f"{path}: wanted sha256 {wrong}, found {right}"):
        check_sha256(path, wrong)
    with pytest.raises(FileNotFoundError):
        check_sha256(tmp_path / "absent", right)


def test_a_link_planted_in_the_cache_is_replaced_and_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    cache_folder().mkdir(parents=True, exist_ok=True)
    (cache_folder() / "planted.npz").symlink_to(victim)
    arrays = load_cached("planted", lambda: {"a": np.arange(3)})
    assert arrays["a"].tolist() == [0, 1, 2]
    assert victim.read_bytes() == b"mine"
    assert not (cache_folder() / "planted.npz").is_symlink()


def test_the_name_that_git_gives(tmp_path: Path) -> None:
    """Where no sha256 is published: the well-known name of the line hello."""
    (tmp_path / "hello").write_bytes(b"hello\n")
    assert check_sha256(tmp_path / "hello", "git:ce013625030ba8dba906f756967f9e9ca394464a") == b"hello\n"
    with pytest.raises(ValueError, match="found git:ce0136"):
        check_sha256(tmp_path / "hello", "git:" + "0" * 40)
