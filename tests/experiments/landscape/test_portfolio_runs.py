"""Runs behind the selector: plans and resuming."""

from pathlib import Path

import pytest

import nas_problems
from experiments.landscape import portfolio_runs
from experiments.landscape.portfolio_runs import Part, read_plan, run_plan
from optimizers.selector.portfolio import shipped_portfolio, shipped_races
from tests.experiments.landscape.conftest import PLAN


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


def test_the_shipped_plan_names_what_exists() -> None:
    """Every problem and solver of it can be made."""
    plan = read_plan(Path(portfolio_runs.__file__).parents[2] / "optimizers" / "data" / "portfolio_plan.toml")
    names = {name for part in plan for name in part.problems}
    assert {"nb101-cifar10", "fcnet-naval"} <= names
    assert {name.partition("[")[0] for name in names} <= set(nas_problems.problems.names())


def test_the_shipped_portfolio_has_the_seeds_of_the_shipped_plan() -> None:
    """No run is counted less often than its seeds say, and the plan's runs could not be packed again."""
    portfolio = shipped_portfolio()
    for budget in (30, 100, 300, 1000):  # the first packs had no others
        b = portfolio.nearest_budget(budget)
        assert ((portfolio.evaluations >= budget).sum(axis=2) <= portfolio.runs[b]).all()
    plan = read_plan(Path(portfolio_runs.__file__).parents[2] / "optimizers" / "data" / "portfolio_plan.toml")
    seeds = portfolio.seeds.tolist()
    for part in plan:
        rows = [portfolio.problems.index(name) for name in part.problems]
        made = portfolio.evaluations[portfolio.solvers.index("bananas"), rows]
        if "bananas" in part.solvers:
            assert (made[:, [seeds.index(seed) for seed in part.seeds]] >= part.budget).all()


def test_the_shipped_races_are_those_of_their_plan() -> None:
    """Every run of it, with its seed."""
    raced = shipped_races()
    (part,) = read_plan(Path(portfolio_runs.__file__).parents[2] / "optimizers" / "data" / "races_plan.toml")
    assert (raced.problems, raced.seeds.tolist()) == (part.problems, list(part.seeds))
    assert len(raced.solvers) == len(part.solvers) and "bananas+optuna-tpe" in raced.solvers
    assert (raced.evaluations == part.budget).all()
