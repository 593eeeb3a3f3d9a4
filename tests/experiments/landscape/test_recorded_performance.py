"""What a study says about its solvers: hand-worked regrets, with and without a known optimum, failures, fidelities."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.executors.serial import SerialExecutor
from experiments.folder import StudyFolder
from experiments.landscape import recorded_performance
from experiments.landscape.recorded_performance import learn
from experiments.report.result import Result
from experiments.session import work_on
from experiments.study import Study
from optimizers.selector.portfolio import Portfolio
from optimizers.selector.recorded import read_csv, to_csv, updated
from tests.experiments.records import RECORD

PROBLEM = "nb201-cifar10"
Learn = Callable[..., Portfolio]


def result(algorithm: str, regret: Sequence[float], *, is_optimum: bool = False, instance: int = 1) -> Result:
    """A run on a problem without a known optimum, or with one."""
    n = len(regret)
    record = replace(
        RECORD,
        algorithm=algorithm,
        instance=instance,
        budget=n,
        n_evaluations=n,
        target=8.0 if is_optimum else 0.0,
        target_is_optimum=is_optimum,
    )
    rows = np.arange(1.0, n + 1)
    return Result(record, rows, np.array(regret, dtype=np.float64), rows, rows, np.empty(0))


@pytest.fixture
def learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learn:
    """The table of these runs."""

    def learned(*results: Result) -> Portfolio:
        solvers = tuple(dict.fromkeys(found.record.algorithm for found in results))
        folder = StudyFolder.prepare(tmp_path / "study", Study((PROBLEM,), solvers, results[0].record.budget))
        monkeypatch.setattr(recorded_performance, "load_results", lambda folder, on_fault: list(results))
        return learn([folder])

    return learned


def ratios(table: Portfolio) -> dict[str, float]:
    """Losses relative to random search at the largest budget."""
    return dict(zip(table.solvers, (2 ** table.loss[-1, :, 0]).tolist(), strict=True))


@pytest.mark.parametrize("offset", [-100.0, -3.0, 0.0, 5.0])
def test_values_are_measured_from_the_best_of_all_runs_where_no_optimum_is_known(learned: Learn, offset: float) -> None:
    """The better solver has the smaller loss, whatever the sign of the values, and the table can be read back."""
    values = {"random-search": [[-1, -2], [0, -2]], "umda": [[-1, -5], [-1, -4]], "aging-evolution": [[2, 2], [4, 2]]}
    table = learned(*(result(name, [value + offset for value in run]) for name, runs in values.items() for run in runs))
    # Above -5: random search 4 3 and 5 3, so 3.75; umda 4 0 and 4 1, so 2.25; aging evolution 7 7 and 9 7, so 7.5.
    assert ratios(table) == pytest.approx({"random-search": 1.0, "umda": 2.25 / 3.75, "aging-evolution": 2.0})
    assert (table.error >= 0).all()
    again = read_csv(to_csv(table))
    assert np.allclose(again.loss, table.loss, atol=1e-5)
    assert updated(again, table).solvers == table.solvers


def test_regrets_from_a_known_optimum_stay_as_they_are(learned: Learn) -> None:
    runs = {"random-search": [4, 2], "umda": [2, 1]}
    table = learned(*(result(name, run, is_optimum=True) for name, run in runs.items()))
    assert ratios(table) == pytest.approx({"random-search": 1.0, "umda": 0.5})


def test_every_instance_has_its_own_best_value(learned: Learn) -> None:
    """Instance 2 is 1,000 higher."""
    table = learned(
        result("random-search", [3, 1]),
        result("umda", [1, 0]),
        result("random-search", [1003, 1001], instance=2),
        result("umda", [1001, 1000], instance=2),
    )
    assert ratios(table) == pytest.approx({"random-search": 1.0, "umda": 0.25})


def test_a_solver_all_of_whose_evaluations_failed_is_as_bad_as_the_worst(learned: Learn) -> None:
    table = learned(
        result("random-search", [-1, -2]), result("umda", [np.inf, np.inf]), result("aging-evolution", [np.inf, -3])
    )
    # Above -3: random search 2 1; umda 2 2; aging evolution's largest is 0.
    assert ratios(table) == pytest.approx({"random-search": 1.0, "umda": 2 / 1.5, "aging-evolution": 1e-9})


@pytest.mark.parametrize("known", [True, False])
def test_equal_runs_are_equally_good(learned: Learn, known: bool) -> None:
    table = learned(*(result(name, [0, 0], is_optimum=known) for name in ("random-search", "umda")))
    assert ratios(table) == {"random-search": 1.0, "umda": 1.0}
    assert ratios(learned(*(result(name, [-7, -7]) for name in ("random-search", "umda"))))["umda"] == 1.0


@pytest.mark.parametrize(
    ("fidelity", "name"), [(2, "nb201-digits[fidelity=2]"), (8, "nb201-digits"), (None, "nb201-digits")]
)
def test_a_study_at_a_lower_fidelity_names_its_problems_with_it(
    tmp_path: Path, fidelity: float | None, name: str
) -> None:
    """Its runs are not those of the full fidelity, and features are measured where the runs were made."""
    study = Study(("nb201-digits",), ("random-search", "umda"), 20, runs=2, fidelity=fidelity)
    folder = StudyFolder.prepare(tmp_path / "study", study)
    with closing(SerialExecutor()) as executor:
        assert len(list(work_on(folder, executor))) == 4
    table = learn([folder])
    assert table.problems == (name,)
    assert read_csv(to_csv(table)).problems == (name,)
