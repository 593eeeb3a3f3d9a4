"""Runs behind the selector: plans, resuming, and packing."""

from pathlib import Path

import numpy as np
import pytest

import nas_problems
from experiments.landscape import portfolio_runs
from experiments.landscape.portfolio_runs import Part, pack, path_of, read_plan, run_plan

PLAN = """
[problems]
small = ["nb201-cifar10", "pbo-f1"]

[solvers]
all = ["random-search", "schedule[plan=random-search:30:umda]", "aging-evolution"]

[[part]]
problems = ["small"]
solvers = ["all"]
budget = 40
seeds = [1, 2]
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Part, ...], Path]:
    """A finished plan."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "plan.toml").write_text(PLAN)
    plan = read_plan(folder / "plan.toml")
    run_plan(plan, folder)
    return plan, folder


def test_a_plan_is_read(runs: tuple[tuple[Part, ...], Path]) -> None:
    """Groups are put in."""
    assert runs[0][0].problems == ("nb201-cifar10", "pbo-f1")
    assert runs[0][0].seeds == (1, 2)


def test_a_wrong_plan_is_refused(tmp_path: Path) -> None:
    """The message has what is missing."""
    (tmp_path / "plan.toml").write_text(PLAN.replace("budget = 40\n", ""))
    with pytest.raises(ValueError, match="found no 'budget'"):
        read_plan(tmp_path / "plan.toml")


def test_finished_runs_are_not_made_again(runs: tuple[tuple[Part, ...], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call has nothing to do."""
    monkeypatch.setattr("optimizers.run", lambda *_, **__: pytest.fail("ran again"))
    run_plan(*runs)


def test_losses_are_relative_to_the_same_start(runs: tuple[tuple[Part, ...], Path]) -> None:
    """Random search has 0; what starts with the same 30 candidates has 0 at 30 evaluations."""
    packed = pack(*runs)
    assert packed.solvers == ("random-search", "random-search:30:umda", "aging-evolution")
    assert np.nanmax(np.abs(packed.loss[0])) < 1e-6
    assert (packed.runs[0] == 2).all()
    assert np.isnan(packed.loss[1:]).all()  # no run has got to 100
    curve = np.load(path_of(runs[1], "nb201-cifar10", "random-search", 1))
    assert curve.shape == (40,) and (np.diff(curve) <= 0).mean() > 0.9


def test_a_loss_by_hand(runs: tuple[tuple[Part, ...], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the mean regret of random search is a log2 loss of -1."""
    monkeypatch.setattr(portfolio_runs, "BUDGETS", (4,))
    part = Part(("nb201-cifar10",), ("random-search", "umda"), 4, (1,))
    for solver, curve in (("random-search", [8, 4, 2, 2]), ("umda", [4, 2, 1, 1])):
        path = path_of(tmp_path, "nb201-cifar10", solver, 1)
        path.parent.mkdir(exist_ok=True)
        np.save(path, np.array(curve, dtype=np.float32))
    assert pack((part,), tmp_path).loss[0, :, 0] == pytest.approx([0, -1])
    with pytest.raises(ValueError, match="wanted finished runs, found none"):
        pack((part,), tmp_path / "empty")


def test_the_shipped_plan_names_what_exists() -> None:
    """Every problem and solver of it can be made."""
    plan = read_plan(Path(portfolio_runs.__file__).parents[2] / "optimizers" / "data" / "portfolio_plan.toml")
    names = {name for part in plan for name in part.problems}
    assert {"nb101-cifar10", "fcnet-naval"} <= names
    assert all(name in nas_problems.problems.names() for name in names)
