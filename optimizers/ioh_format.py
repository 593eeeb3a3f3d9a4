"""Reads and checks folders in IOHprofiler format (json + dat), one's own and other people's.

Nothing that is read is evaluated or unpickled; see ``optimizers.ioh_file`` for what is checked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from optimizers.ioh_file import Best, DamageError, FaultKind, LoggedRun, read_data_file, read_index
from optimizers.regular_file import Tree, list_tree, read_regular


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that cannot be trusted.

    Args:
        path: The file.
        kind: ``truncated``: its end is missing; ``duplicated``: it repeats runs of another file;
            ``invalid``: anything else.
        reason: What was wanted and what was found.
    """

    path: Path
    kind: FaultKind
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.kind}: {self.reason}"


class FormatError(ValueError):
    """A folder has files that cannot be trusted.

    Args:
        faults: One entry per file, at least one.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(map(str, faults[:5])) + (f"; and {len(faults) - 5} more" if faults[5:] else ""))
        self.faults = faults


def read_runs(folder: Path | str) -> tuple[LoggedRun, ...]:
    """All runs below a folder, in the order of files and runs.

    Args:
        folder: Any folder; IOHprofiler files are looked for in all its subfolders.

    Returns:
        The runs; none where the folder has no IOHprofiler files.

    Raises:
        NotADirectoryError: No such folder.
        FormatError: Files are truncated, duplicated or invalid; all are named.
    """
    faults: list[Fault] = []
    runs = tuple(scan(folder, faults.append))
    if faults:
        raise FormatError(tuple(faults))
    return runs


def lint(folder: Path | str) -> tuple[Fault, ...]:
    """Every file below a folder that is truncated, duplicated or invalid.

    Raises:
        NotADirectoryError: No such folder.
    """
    faults: list[Fault] = []
    for _ in scan(folder, faults.append):
        pass
    return tuple(faults)


def scan(folder: Path | str, on_fault: Callable[[Fault], object]) -> Iterator[LoggedRun]:
    """Runs below a folder one file at a time, so that memory holds few of them.

    Args:
        folder: Any folder.
        on_fault: Called for every file that cannot be trusted; its runs are left out.

    Raises:
        NotADirectoryError: No such folder.
    """
    return scan_tree(list_tree(Path(folder)), read_regular, on_fault)


def scan_tree(tree: Tree, read: Callable[[Path], bytes], on_fault: Callable[[Fault], object]) -> Iterator[LoggedRun]:
    """Runs in files that are listed already.

    Args:
        tree: The files.
        read: Reads one of them.
        on_fault: See ``scan``.
    """
    claimed: dict[Path, Path] = {}
    first_in: dict[tuple[object, ...], Path] = {}
    for path, reason in tree.others.items():
        if path.suffix in (".json", ".dat") or path.is_dir():
            on_fault(Fault(path, "invalid", reason))
    for path in tree.files:
        if path.suffix != ".json":
            continue
        repeated: set[Path] = set()
        for run in _read_json_file(path, tree, read, claimed, on_fault):
            if run.identity not in first_in:
                first_in[run.identity] = run.path
                yield run
            elif run.path not in repeated:
                repeated.add(run.path)
                reason = f"run {run.position + 1} is in {first_in[run.identity]} already"
                on_fault(Fault(run.path, "duplicated", reason))
    for path in tree.files:
        if path.suffix == ".dat" and path not in claimed:
            on_fault(Fault(path, "invalid", "no readable json names this file"))


def _read_json_file(
    path: Path,
    tree: Tree,
    read: Callable[[Path], bytes],
    claimed: dict[Path, Path],
    on_fault: Callable[[Fault], object],
) -> list[LoggedRun]:
    """The runs of one json; ``claimed`` maps data files to the json that names them."""
    runs: list[LoggedRun] = []
    try:
        index = read_index(path, _content(path, read), tree)
        for data_path, _ in index:
            first = claimed.setdefault(data_path, path)
            if first != path:
                raise DamageError("duplicated", f"{first} names the same data, {data_path.name}")
    except DamageError as damage:
        on_fault(Fault(path, damage.kind, str(damage)))
        return runs
    for data_path, heads in index:
        try:
            runs += read_data_file(data_path, _content(data_path, read), heads)
        except DamageError as damage:
            on_fault(Fault(data_path, damage.kind, str(damage)))
    return runs


def _content(path: Path, read: Callable[[Path], bytes]) -> bytes:
    try:
        return read(path)
    except OSError as error:
        raise DamageError("invalid", f"cannot be read: {error.strerror}") from error


__all__ = ["Best", "Fault", "FormatError", "LoggedRun", "lint", "read_runs", "scan", "scan_tree"]
