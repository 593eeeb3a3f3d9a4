"""What readers of studies hold in memory and how often they open files: neither grows with what is not shown.

Only allocations of Python and numpy are counted, which are the same on every machine.
"""

import gc
import sys
import tracemalloc
import weakref
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from experiments.best import best_of, read_records
from experiments.folder import StudyFolder
from experiments.folder.check import check_folder
from experiments.folder.merge import merge_logs
from experiments.folder.status import read_status
from experiments.report import write_report
from experiments.report.result import load_results
from experiments.run_study import run_study
from experiments.study import Study

FEW, MANY = 2, 8  # runs
ROWS = 8_000  # of each of their logs

_opened: Counter[str] | None = None


def _count(event: str, arguments: tuple[object, ...]) -> None:
    if _opened is not None and event == "open":
        _opened[Path(str(arguments[0])).name] += 1


sys.addaudithook(_count)  # for good: a hook cannot be removed


def opened(call: Callable[[], object]) -> Counter[str]:
    """How often a call opens the files of each name."""
    global _opened
    names: Counter[str] = Counter()
    _opened = names
    try:
        call()
    finally:
        _opened = None
    return names


def peak(call: Callable[[], object]) -> int:
    """Bytes that a call holds at most, after a first one has imported and cached what it needs."""
    call()
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def made(folder: Path, n_runs: int, n_rows: int) -> StudyFolder:
    return run_study(folder, Study(("nb201-cifar10",), ("random-search",), budget=n_rows, runs=n_runs))


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyFolder, StudyFolder]:
    """The same study with few and with many runs."""
    place = tmp_path_factory.mktemp("studies")
    return made(place / "few", FEW, ROWS), made(place / "many", MANY, ROWS)


@pytest.fixture(scope="module")
def long_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyFolder, StudyFolder]:
    """One run of 40,000 and one of 80,000 evaluations; see ``EVALUATIONS``."""
    place = tmp_path_factory.mktemp("long")
    return made(place / "shorter", 1, EVALUATIONS[0]), made(place / "longer", 1, EVALUATIONS[1])


EVALUATIONS = (40_000, 80_000)

READERS: dict[str, Callable[[StudyFolder], object]] = {
    "results": lambda folder: load_results(folder, print),
    "check": lambda folder: check_folder(folder.path),
    "merge": merge_logs,
    "status": read_status,
    "best": lambda folder: best_of(read_records(folder)),
}


@pytest.mark.parametrize("reader", READERS)
def test_memory_does_not_grow_with_the_number_of_runs(reader: str, studies: tuple[StudyFolder, StudyFolder]) -> None:
    few, many = (peak(partial(READERS[reader], folder)) for folder in studies)
    assert many - few < 50_000 * (MANY - FEW)  # a log that is held has 12 columns of float64, 768,000 bytes


@pytest.mark.parametrize("reader", ["results", "check", "merge"])
def test_a_row_of_a_long_log_takes_few_bytes(reader: str, long_runs: tuple[StudyFolder, StudyFolder]) -> None:
    shorter, longer = (peak(partial(READERS[reader], folder)) for folder in long_runs)
    assert longer - shorter < 120 * (EVALUATIONS[1] - EVALUATIONS[0])  # as text and as floats, it has about 240


@pytest.mark.parametrize(("reader", "times"), [("results", 1), ("check", 2), ("merge", 2), ("status", 0), ("best", 0)])
def test_every_log_is_opened_so_many_times(reader: str, times: int, studies: tuple[StudyFolder, StudyFolder]) -> None:
    for folder, n_runs in zip(studies, (FEW, MANY), strict=True):
        names = opened(partial(READERS[reader], folder))
        (data,) = {path.name for path in (folder.path / "runs").rglob("*.dat")}
        n_merged = {"check": 2, "merge": 1}.get(reader, 0)  # in the merged folder, the data is one file
        assert names[data] == times * n_runs + n_merged


def test_a_report_holds_one_picture_at_a_time(
    studies: tuple[StudyFolder, StudyFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: weakref.WeakSet[Figure] = weakref.WeakSet()
    most = 0
    begin = Figure.__init__

    def counted(self: Figure, *arguments: object, **options: object) -> None:
        nonlocal most
        begin(self, *arguments, **options)
        gc.collect()
        alive.add(self)
        most = max(most, len(alive))

    monkeypatch.setattr(Figure, "__init__", counted)
    monkeypatch.setattr("experiments.page.picture._n_children", lambda: 1)  # whose figures are not seen here
    write_report(studies[0], tmp_path / "report")
    assert most == 1
