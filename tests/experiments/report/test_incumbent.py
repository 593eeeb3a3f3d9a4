"""What the searches found."""

from pathlib import Path

import numpy as np
import pytest

import nas_problems
import optimizers
from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.report import by_problem
from experiments.report.incumbent import incumbent_shares, shares_table
from experiments.report.result import incumbent, load_results
from experiments.session import work_on
from experiments.study import Study
from optimizers.ioh_format import read_runs
from tests.optimizers.curves import asking, at, curve_problem


@pytest.fixture
def study(plugin: Path) -> Study:
    return Study(("tiny-table", "tiny-mixed"), ("random-search", "local-search"), budget=12, runs=3, instances=(1, 2))


def test_shares_are_those_of_the_best_configurations(study: Study, tmp_path: Path) -> None:
    """Decoded here one by one, from the logs and by the space of the run's own instance."""
    folder = StudyFolder.prepare(tmp_path / "study", study)
    for _ in work_on(folder, SerialExecutor()):
        pass
    found, reasons = incumbent_shares(by_problem(load_results(folder, print)), study)
    assert reasons == {}
    counts: dict[tuple[str, str], float] = {}
    for run in read_runs(folder.runs_path):
        if run.function_name != "tiny-table":
            continue
        space = nas_problems.make("tiny-table", instance=run.instance).space
        best = int(np.argmin(run.columns["raw_y"]))
        code = np.array([[int(run.columns[f"x{j}"][best]) for j in range(run.dimension)]])
        for name, value in space.decode(code)[0].items():
            place = (run.algorithm, f"{name} = {value}")
            counts[place] = counts.get(place, 0) + 1 / 6
    table = shares_table({"tiny-table": found["tiny-table"]})
    shares = {(row.solver, row.value): row.share_of_runs for row in table.itertuples() if row.share_of_runs}
    assert shares == pytest.approx(counts)
    for one in found.values():
        n_parameters = len({row.split(" = ")[0] for row in one.rows})
        assert one.values.sum(axis=0) == pytest.approx([n_parameters] * 2)


def test_the_incumbent_is_the_best_at_the_highest_fidelity(tmp_path: Path) -> None:
    """After one epoch candidates 2 and 1 have errors 29 and 19, after nine 3 has 31."""
    asked = asking(at([2, 1], 1), at([3, 4], 9))
    log = optimizers.run(asked, curve_problem(continued=True), budget=9, seed=1, folder=tmp_path / "log")
    (run,) = read_runs(tmp_path / "log")
    assert run.best.y == 19.0 and run.incumbent == log.best == 2
    assert incumbent(run).tolist() == [3.0]


def test_problems_that_are_not_at_hand_are_named(finished: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = by_problem(load_results(finished, print))
    nas_problems.problems.unregister("tiny-table")
    try:
        found, reasons = incumbent_shares(problems, finished.study)
    finally:
        from tests.nas_problems import tiny

        nas_problems.register("tiny-table", summary="for tests", family="tiny")(tiny.table_problem)
    assert list(found) == ["tiny-mixed"]
    assert list(reasons) == ["tiny-table"]
    assert reasons["tiny-table"].startswith("unknown problem 'tiny-table'; ")
    assert reasons["tiny-table"].endswith("if it is your own, give --import FILE")
