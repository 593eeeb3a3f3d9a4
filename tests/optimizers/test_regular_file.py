"""Only plain files are read, whatever lies in a folder."""

import os
import sys
from pathlib import Path

import pytest

from optimizers.regular_file import list_tree, read_regular


def test_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    assert read_regular(path) == read_regular(str(path)) == read_regular(path, limit=7) == b"content"


def test_larger_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with pytest.raises(OSError, match=r"wanted at most 6 bytes, found 7.*file"):
        read_regular(path, limit=6)


@pytest.mark.parametrize("name", ["absent", "a\0b"])
def test_names_without_a_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"No such file|null (byte|character)"):
        read_regular(tmp_path / name)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"wanted a regular file|Permission denied"):
        read_regular(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="links need privileges there")
def test_a_link_even_to_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    for target in ("file", "/dev/zero", "absent"):
        link = tmp_path / "link"
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        with pytest.raises(OSError, match="wanted a file, found a link"):
            read_regular(link)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names there")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="wanted a regular file"):
        read_regular(tmp_path / "pipe")


def test_a_folder_is_listed_by_names_from_its_root(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.dat", "a/c/y.json", "a.dat"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "empty").mkdir()
    tree = list_tree(tmp_path)
    assert list(tree.files) == ["a.dat", "b.txt", "a/z.dat", "a/c/y.json"]
    assert [tree.read(name).decode() for name in tree.files] == list(tree.files)
    assert tree.others == {}
    with pytest.raises(NotADirectoryError, match="wanted an existing folder"):
        list_tree(tmp_path / "b.txt")


@pytest.mark.skipif(sys.platform == "win32", reason="links need privileges there")
def test_what_is_not_a_plain_file_is_listed_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "lost").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    tree = list_tree(tmp_path)
    assert list(tree.files) == []
    assert tree.others == {
        "lost": "a link, which leads to nowhere and is not followed",
        "pipe": "wanted a regular file",
        "a/up": f"a link, which leads to {tmp_path} and is not followed",
    }
