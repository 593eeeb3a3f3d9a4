"""Reads and checks folders in IOHprofiler format (json + dat), ours and those of other software.

Nothing that is read is evaluated or unpickled; ``ioh_index`` and ``ioh_file`` say what is checked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from optimizers.ioh_file import read_data_file
from optimizers.ioh_index import read_index
from optimizers.logged_run import Best, DamageError, FaultKind, LoggedRun
from optimizers.regular_file import Tree, list_tree


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


def scan(folder: Path | str, on_fault: Callable[[Fault], object], *, trust_data: bool = False) -> Iterator[LoggedRun]:
    """Runs below a folder one file at a time, so that memory holds few of them.

    Args:
        folder: Any folder.
        on_fault: Called for every file that cannot be trusted; its runs are left out.
        trust_data: Take the numbers of evaluations and the best values from the rows where a json has others, as
            after a crash; rows themselves are checked as ever.

    Raises:
        NotADirectoryError: No such folder.
    """
    tree = list_tree(Path(folder))
    return scan_tree(tree, on_fault, trust_data=trust_data)


def foreign_format(folder: Path | str) -> str:
    """Whose files a folder has where they are not of this format: ``""``, or the end of a sentence for a message.

    Raises:
        NotADirectoryError: No such folder.
    """
    n = sum(name.endswith(".info") for name in list_tree(Path(folder)).files)
    if not n:
        return ""
    files = "an .info file" if n == 1 else f"{n} .info files"
    return f"; there is {files} of COCO or of IOHexperimenter before 0.3, which IOHanalyzer reads and iohnas does not"


def scan_tree(tree: Tree, on_fault: Callable[[Fault], object], *, trust_data: bool = False) -> Iterator[LoggedRun]:
    """Runs in files that are listed already.

    Args:
        tree: The files.
        on_fault: See ``scan``.
        trust_data: See ``scan``.
    """
    claimed: dict[str, str] = {}
    first_in: dict[tuple[object, ...], Path] = {}
    for name, reason in tree.others.items():
        path = tree.root / name
        if path.suffix in (".json", ".dat") or path.is_dir():
            on_fault(Fault(path, "invalid", reason))
    for name in tree.files:
        if not name.endswith(".json"):
            continue
        repeated: set[Path] = set()
        for run in _read_json_file(name, tree, claimed, on_fault, trust_data):
            if run.identity not in first_in:
                first_in[run.identity] = run.path
                yield run
            elif run.path not in repeated:
                repeated.add(run.path)
                reason = f"run {run.position + 1} is in {first_in[run.identity]} already"
                on_fault(Fault(run.path, "duplicated", reason))
    for name in tree.files:
        if name.endswith(".dat") and name not in claimed:
            on_fault(Fault(tree.root / name, "invalid", "no readable json names this file"))


def _read_json_file(
    name: str,
    tree: Tree,
    claimed: dict[str, str],
    on_fault: Callable[[Fault], object],
    trust_data: bool,
) -> list[LoggedRun]:
    """The runs of one json; ``claimed`` maps data files to the json that names them."""
    runs: list[LoggedRun] = []
    try:
        with _opened(name, tree) as file:
            index = read_index(name, file.read(), tree)
        for data_name, _ in index:
            first = claimed.setdefault(data_name, name)
            if first != name:
                raise DamageError("duplicated", f"{tree.root / first} names the same data, {data_name}")
    except DamageError as damage:
        on_fault(Fault(tree.root / name, damage.kind, str(damage)))
        return runs
    for data_name, heads in index:
        path = tree.root / data_name
        try:
            with _opened(data_name, tree) as file:
                runs += read_data_file(path, file, heads, trust_data=trust_data)
        except DamageError as damage:
            on_fault(Fault(path, damage.kind, str(damage)))
    return runs


@contextmanager
def _opened(name: str, tree: Tree) -> Iterator[BinaryIO]:
    try:
        with tree.open(name) as file:
            yield file
    except OSError as error:
        raise DamageError("invalid", f"cannot be read: {error.strerror}") from error


__all__ = ["Best", "Fault", "FormatError", "LoggedRun", "foreign_format", "lint", "read_runs", "scan", "scan_tree"]
