"""Reads files of folders that others may have filled: no links, devices or pipes, nothing larger than wanted."""

import errno
import os
import stat
from collections.abc import KeysView, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path | str, *, limit: int | None = None) -> BinaryIO:
    """A regular file, opened for reading; the caller closes it.

    A link could lead out of the folder, a pipe would wait for ever, a device never ends: none is opened.

    Args:
        path: The file.
        limit: Largest size in bytes; None: any.

    Raises:
        OSError: It cannot be read, is a link or no regular file, or is larger than ``limit``.
    """
    try:
        handle = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK) and Path(path).is_symlink():
            raise OSError(errno.ELOOP, "wanted a file, found a link", str(path)) from None
        raise
    except ValueError as error:  # a null byte in the name
        raise OSError(errno.EINVAL, str(error), str(path)) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "wanted a regular file", str(path))
        if limit is not None and status.st_size > limit:
            raise OSError(errno.EFBIG, f"wanted at most {limit} bytes, found {status.st_size}", str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: Path | str, *, limit: int | None = None) -> bytes:
    """The content of a regular file.

    Raises:
        OSError: See ``open_regular``.
    """
    with open_regular(path, limit=limit) as file:
        return file.read() if limit is None else file.read(limit)


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies below a folder, listed once; links are not followed.

    Args:
        root: The folder.
        files: Regular files, folder by folder in the order of names; as ``folder/file``, seen from the root.
        others: What is neither a regular file nor a folder, or cannot be listed, with the reason.
    """

    root: Path
    files: KeysView[str]
    others: Mapping[str, str]

    def open(self, name: str) -> BinaryIO:
        """A file, opened to be read.

        Raises:
            OSError: See ``open_regular``.
        """
        return open_regular(f"{self.root}{os.sep}{name}")

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            OSError: See ``open_regular``.
        """
        return read_regular(f"{self.root}{os.sep}{name}")


def list_tree(root: Path) -> Tree:
    """List a folder with all its subfolders.

    Raises:
        NotADirectoryError: No such folder.
    """
    if not root.is_dir():
        raise NotADirectoryError(f"folder: wanted an existing folder, found {root}")
    files: list[str] = []
    others: dict[str, str] = {}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        folders = []
        try:
            with os.scandir(f"{root}{os.sep}{folder}") as scanned:
                entries = sorted(scanned, key=attrgetter("name"))
        except OSError as error:
            others[folder or "."] = f"cannot be read: {error.strerror}"
            continue
        for entry in entries:
            name = f"{folder}{entry.name}"
            if entry.is_file(follow_symlinks=False):
                files.append(name)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(f"{name}/")
            elif entry.is_symlink():
                others[name] = f"a link, which leads to {Path(entry.path).readlink()} and is not followed"
            else:
                others[name] = "wanted a regular file"
        waiting += reversed(folders)
    return Tree(root, dict.fromkeys(files).keys(), others)
