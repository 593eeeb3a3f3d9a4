"""Files that appear complete, or stay as they were."""

import errno
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nas_problems import Categorical, SearchSpace, write_space
from nas_problems.array_file import write_arrays
from nas_problems.atomic import replacing, write_text
from nas_problems.datasets import load_cached
from optimizers.selector import shipped_model


def test_a_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with replacing(path) as new:
        new.write_text("new")
        assert path.read_text() == "old"
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("table.csv", "new")]


def test_nothing_changes_and_nothing_is_left_where_the_block_raises(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(KeyError), replacing(path) as new:
        new.write_text("half")
        raise KeyError
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("table.csv", "old")]


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "table.csv"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory has no name to write next to."""
    monkeypatch.chdir(tmp_path)
    for path in (".", "", tmp_path):
        with pytest.raises(IsADirectoryError), replacing(path) as partial:
            partial.write_text("x")
    assert not list(tmp_path.iterdir())


def test_threads_of_a_process_write_to_places_of_their_own(tmp_path: Path) -> None:
    places = []

    def write() -> None:
        with replacing(tmp_path / "table.csv") as new:
            new.write_text("thread")
            places.append(new.name)

    with replacing(tmp_path / "table.csv") as new:
        new.write_text("main")
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        places.append(new.name)
    assert len(set(places)) == 2
    assert (tmp_path / "table.csv").read_text() == "main"


@pytest.mark.skipif(sys.platform == "win32", reason="links need privileges there")
def test_links_that_somebody_planted_are_not_followed(tmp_path: Path) -> None:
    """Neither where the file is to be, nor where it is written first; their names can be guessed."""
    victim, folder = tmp_path / "victim", tmp_path / "cache"
    victim.write_text("precious")
    folder.mkdir()
    for name in ("table.csv", f".table.csv.{os.getpid()}"):
        (folder / name).symlink_to(victim)
    write_text(folder / "table.csv", "new\n")
    assert victim.read_text() == "precious"
    assert [(path.name, path.is_symlink(), path.read_text()) for path in folder.iterdir()] == [
        ("table.csv", False, "new\n")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="links need privileges there")
@pytest.mark.parametrize("target", ["victim.npz", "nowhere.npz", "a-folder", "/dev/zero"])
@pytest.mark.parametrize("place", ["key.npz", ".key.npz.{process}"])
def test_links_in_the_cache_are_not_written_through(
    place: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "a-folder").mkdir()
    (tmp_path / "victim.npz").write_bytes(b"precious")
    (tmp_path / "cache" / place.format(process=os.getpid())).symlink_to(tmp_path / target)
    for _ in range(2):
        assert load_cached("key", lambda: {"a": np.arange(3)})["a"].tolist() == [0, 1, 2]
    assert (tmp_path / "victim.npz").read_bytes() == b"precious"
    assert not (tmp_path / "nowhere.npz").exists() and not list((tmp_path / "a-folder").iterdir())


def _space(folder: Path) -> None:
    write_space(SearchSpace((Categorical("op", tuple(f"choice {i}" for i in range(500))),)), folder / "x.toml")


def _json_space(folder: Path) -> None:
    write_space(SearchSpace((Categorical("op", tuple(f"choice {i}" for i in range(500))),)), folder / "x.json")


def _arrays(folder: Path) -> None:
    write_arrays(folder / "x.npz", {"a": np.random.default_rng(0).random(2000)}, what="numbers")


def _text(folder: Path) -> None:
    write_text(folder / "x.csv", "a,b\n" * 2000)


def _portfolio(folder: Path) -> None:
    shipped_model().save(folder / "x.npz")


@pytest.mark.skipif(sys.platform == "win32", reason="processes have no such limit there")
@pytest.mark.parametrize("write", [_space, _json_space, _arrays, _text, _portfolio])
@pytest.mark.parametrize("before", [None, "what was there"])
def test_half_a_file_is_never_left(write: Callable[[Path], None], before: str | None, tmp_path: Path) -> None:
    """Where the disk has no room for all of it; here, because a process may write so much only."""
    (suffix,) = {"_space": [".toml"], "_json_space": [".json"], "_text": [".csv"]}.get(write.__name__, [".npz"])
    if before is not None:
        (tmp_path / f"x{suffix}").write_text(before)
    process = multiprocessing.get_context("fork").Process(target=_limited, args=(write, tmp_path))
    process.start()
    process.join()
    assert process.exitcode == 0
    left = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert left == ({} if before is None else {f"x{suffix}": before})


def _limited(write: Callable[[Path], None], folder: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, resource.RLIM_INFINITY))
    try:
        write(folder)
    except OSError as error:
        os._exit(0 if error.errno == errno.EFBIG else 2)
    os._exit(1)
