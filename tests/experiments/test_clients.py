"""One study and a single run, opened in IOHanalyzer, iohinspector and pandas: the same numbers as ours.

The part about IOHanalyzer needs R with that package (its own dependencies are Debian's r-base-core and r-cran-*); name
the library it lies in by ``R_LIBS``.
"""

import shutil
import subprocess
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import iohinspector
import numpy as np
import pandas as pd
import pytest

import optimizers
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_folders
from experiments.session import work_on
from experiments.statistics.running_time import align, expected_running_time, first_hits
from experiments.study import Study
from nas_problems.array import FloatArray
from optimizers.ioh_format import LoggedRun, read_runs
from optimizers.ioh_write import WATCHED

BUDGET = 60
TARGETS = (12.0, 10.0, 9.5, 9.0, 0.5, 0.3, 0.25)
SCRIPT = Path(__file__).with_name("iohanalyzer.R")


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two solvers on two problems with four seeds each, and a fifth run of one by ``optimizers.run``, merged."""
    path = tmp_path_factory.mktemp("clients")
    study = Study(("nb201-cifar10", "fcnet-protein"), ("local-search", "random-search"), budget=BUDGET, runs=4)
    for _ in work_on(StudyFolder.prepare(path / "study", study), SerialExecutor()):
        pass
    optimizers.run("random-search", "nb201-cifar10", budget=BUDGET, seed=99, folder=path / "single")
    merge_folders([path], path / "ioh")
    return path / "ioh"


def runs_of(folder: Path) -> Mapping[tuple[str, str], list[LoggedRun]]:
    """Solver and problem -> the runs, in the order of the merged file."""
    found: dict[tuple[str, str], list[LoggedRun]] = {}
    for run in read_runs(folder):
        found.setdefault((run.algorithm, run.function_name), []).append(run)
    return found


def best_so_far(runs: list[LoggedRun]) -> FloatArray:
    """Shape (runs, budget)."""
    evaluations = [run.columns["evaluations"] for run in runs]
    return align(evaluations, [np.minimum.accumulate(run.columns["raw_y"]) for run in runs], BUDGET)


def test_the_single_run_is_one_of_its_solver(merged: Path) -> None:
    """Five runs in place of four, under one suite name."""
    runs = runs_of(merged)
    assert {key: len(of) for key, of in runs.items()} == {
        ("local-search", "fcnet-protein"): 4,
        ("local-search", "nb201-cifar10"): 4,
        ("random-search", "fcnet-protein"): 4,
        ("random-search", "nb201-cifar10"): 5,
    }
    assert {(run.function_name, run.suite) for of in runs.values() for run in of} == {
        ("nb201-cifar10", "nas201"),
        ("fcnet-protein", "fcnet"),
    }


def test_iohinspector_and_pandas_see_the_same(merged: Path) -> None:
    """Every value of every run, in the order in which it was found."""
    manager = iohinspector.DataManager()
    manager.add_folder(str(merged))
    seen = manager.load(monotonic=False, include_meta_data=True)
    for (solver, problem), runs in runs_of(merged).items():
        ours = np.concatenate([run.columns["raw_y"] for run in runs])
        rows = seen.filter((seen["algorithm_name"] == solver) & (seen["function_name"] == problem))
        assert np.array_equal(rows["raw_y"].to_numpy(), ours)
        table = pd.read_csv(runs[0].path, sep=" ")
        table = table[table["raw_y"] != "raw_y"].astype(float)  # a header starts every run
        for column in ("raw_y", *WATCHED):
            assert np.array_equal(table[column], np.concatenate([run.columns[column] for run in runs]))


@pytest.fixture(scope="module")
def analyzed(merged: Path) -> pd.DataFrame:
    """What IOHanalyzer reads, a row per number."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("R is not installed (Debian: r-base-core)")
    has_package = 'quit(status = !requireNamespace("IOHanalyzer", quietly = TRUE))'
    if subprocess.run([rscript, "-e", has_package], capture_output=True, check=False).returncode:
        pytest.skip("R has no package IOHanalyzer in its library; R_LIBS can name one")
    folders = sorted(path for path in merged.iterdir() if path.is_dir())
    arguments = [rscript, str(SCRIPT), ",".join(map(str, TARGETS)), *map(str, folders)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return pd.read_csv(StringIO(done.stdout))


def test_iohanalyzer_has_our_expected_running_times(merged: Path, analyzed: pd.DataFrame) -> None:
    """For all targets, also those that no run reaches."""
    rows = analyzed[analyzed.what == "ert"]
    n_finite = 0
    for (solver, problem), runs in runs_of(merged).items():
        V = best_so_far(runs)
        theirs = rows[(rows.solver == solver) & (rows.problem == problem)].sort_values("at", ascending=False)
        assert theirs["at"].tolist() == list(TARGETS)
        ours = [expected_running_time(first_hits(V, target), BUDGET) for target in TARGETS]
        assert theirs.value.to_numpy() == pytest.approx(np.array(ours), rel=1e-12)
        n_finite += int(np.isfinite(ours).sum())
    assert len(rows) == 28 and 10 < n_finite < 28


def test_iohanalyzer_has_our_curves_and_columns(merged: Path, analyzed: pd.DataFrame) -> None:
    """Best value, regret, cost, failures and distinct candidates of every run, the single one among them."""
    rows = analyzed[analyzed.what == "curve"]
    assert set(rows.column) == {"raw_y", *WATCHED}
    for (solver, problem), runs in runs_of(merged).items():
        theirs = rows[(rows.solver == solver) & (rows.problem == problem)]
        assert theirs.run.max() == len(runs)
        best = best_so_far(runs)
        for number, run in enumerate(runs):
            for column in ("raw_y", *WATCHED):
                curve = theirs[(theirs.run == number + 1) & (theirs.column == column)].sort_values("at")
                values = best[number] if column == "raw_y" else run.columns[column]
                at = curve["at"].to_numpy(dtype=np.int64) - 1
                assert np.abs(curve.value.to_numpy() - values[at]).max() <= 1e-10 * max(1.0, np.abs(values).max())
