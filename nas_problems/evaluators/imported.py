"""Which code a process has imported, and whether it is still that of the files.

Python takes compiled code for that of its source where size and second of the last change agree; a file
that is changed twice within a second, or gets the time that it had (``cp -p``, ``rsync -t``), is then imported as it
was. ``CheckedLoader`` compiles what is the user's anew, and what has changed is seen by the file system's own time.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)
from importlib.util import cache_from_source, spec_from_file_location
from pathlib import Path

from nas_problems.origin import OURS, is_installed

_Stamp = tuple[int, ...]  # of a file: device, number, size, and when its content and its entry changed

_imported: dict[str, _Stamp] = {}  # source file of the user's -> what it was when it was imported


class CheckedLoader(SourceFileLoader):
    """Loads a Python file; one of ours from compiled code only where that is certainly newer, the user's never."""

    def path_stats(self, path: str) -> Mapping[str, float]:
        """Time and size of the source.

        Raises:
            OSError: There is no such file, or its compiled code cannot be trusted: Python then compiles it.
        """
        source = Path(path).stat()
        if not is_installed(path) and self.name.partition(".")[0] not in OURS:
            _imported[path] = _stamp_of(source)
            raise OSError(f"{path}: the user's own, of which compiled code is not trusted")
        compiled = Path(cache_from_source(path)).stat()
        if compiled.st_mtime_ns <= max(source.st_mtime_ns, source.st_ctime_ns) and not is_installed(path):
            raise OSError(f"{path}: the compiled code may be older")
        return super().path_stats(path)


def is_current() -> bool:
    """Whether all files of the user's that this process imported are as they were then."""
    return all(_stamp(path) == stamp for path, stamp in _imported.items())


def _stamp(path: str) -> _Stamp | None:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return _stamp_of(status)


def _stamp_of(status: os.stat_result) -> _Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@dataclass(frozen=True)
class Surroundings:
    """What decides which code another process imports, and what that does.

    Args:
        path: ``sys.path``.
        files: Modules that were loaded from a file under another name: name -> file.
        folder: The working directory; None where it is gone.
    """

    path: Sequence[str]
    files: Mapping[str, str]
    folder: str | None

    @classmethod
    def now(cls) -> "Surroundings":
        """Those of this process."""
        try:
            folder = str(Path.cwd())
        except FileNotFoundError:
            folder = None
        return cls(tuple(sys.path), files_by_name(), folder)


def files_by_name() -> dict[str, str]:
    """Modules that were loaded from a file under another name, such as plug-ins: nobody can import them by it."""
    files = {}
    for name, module in list(sys.modules.items()):
        spec: ModuleSpec | None = getattr(module, "__spec__", None)
        if name == "__main__" or "." in name or spec is None or not isinstance(spec.loader, SourceFileLoader):
            continue
        if spec.origin is not None and Path(spec.origin).stem not in (name, "__init__"):
            files[name] = spec.origin
    return files


def import_as(files: Mapping[str, str]) -> None:
    """Have this process import files with ``CheckedLoader``, and those in ``files`` under their names."""
    loaders = (
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (CheckedLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )
    sys.path_hooks.insert(0, FileFinder.path_hook(*loaders))
    sys.path_importer_cache.clear()
    sys.meta_path.append(_FileFinder(files))


class _FileFinder(MetaPathFinder):
    """Finds modules that were loaded from a file under another name."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name not in self._files:
            return None
        file = self._files[name]
        return spec_from_file_location(name, file, loader=CheckedLoader(name, file))
