"""Runs behind the selector: plans and resuming."""

import hashlib
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nas_problems
import optimizers
from experiments.landscape import portfolio_runs
from experiments.landscape.bbob_performance import build
from experiments.landscape.portfolio_pack import pack
from experiments.landscape.portfolio_runs import Part, path_of, read_curve, read_plan, run_plan
from optimizers.regret import regret_so_far
from optimizers.selector.portfolio import shipped_portfolio, shipped_races
from tests.experiments.landscape.conftest import PLAN


def test_a_plan_is_read(runs: tuple[tuple[Part, ...], Path]) -> None:
    """Groups are put in."""
    assert runs[0][0].problems == ("nb201-cifar10", "pbo-f1")
    assert runs[0][0].seeds == (1, 2)


def test_a_wrong_plan_is_refused(tmp_path: Path) -> None:
    """The message has what is missing."""
    (tmp_path / "plan.toml").write_text(PLAN.replace("budget = 40\n", ""))
    with pytest.raises(ValueError, match="found KeyError: budget"):
        read_plan(tmp_path / "plan.toml")


def test_finished_runs_are_not_made_again(runs: tuple[tuple[Part, ...], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call has nothing to do."""
    monkeypatch.setattr("optimizers.run", lambda *_, **__: pytest.fail("ran again"))
    run_plan(*runs)


@pytest.mark.parametrize(("solver", "budget"), [("hyperband", 6), ("successive-halving", 8), ("asha", 3)])
def test_evaluations_at_lower_fidelities_count_as_their_share(solver: str, budget: int, tmp_path: Path) -> None:
    """A curve has a value per full evaluation, the report's, however many rows the log has."""
    plan = (Part(("nb201-digits",), (solver, "random-search"), budget, (1,)),)
    run_plan(plan, tmp_path)
    problem = portfolio_runs.make_noisy("nb201-digits")
    seed = int.from_bytes(hashlib.sha256(b"nb201-digits/1").digest()[:6], "big")
    log = optimizers.run(solver, problem, budget=budget, seed=seed)
    assert len(np.unique(log.fidelity)) > 1
    regret = regret_so_far(problem, log.Z, log.y, fidelity=log.fidelity, failed=log.failed)
    spent = np.cumsum(log.price)
    expected = [regret[np.flatnonzero(spent <= max(n, spent[0]) + 1e-6)[-1]] for n in range(1, budget + 1)]
    curve = read_curve(path_of(tmp_path, "nb201-digits", solver, 1))
    np.testing.assert_allclose(curve, expected, rtol=1e-6)
    assert len(read_curve(path_of(tmp_path, "nb201-digits", "random-search", 1))) == budget


def test_a_run_without_an_evaluation_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are made."""
    run, said = optimizers.run, list[str]()

    def one_fails(solver: Any, problem: Any, **settings: Any) -> Any:
        if solver.label == "umda":
            raise RuntimeError("umda on nb201-digits: finished without an evaluation")
        return run(solver, problem, **settings)

    monkeypatch.setattr("optimizers.run", one_fails)
    run_plan((Part(("nb201-digits",), ("umda", "random-search"), 5, (1,)),), tmp_path, report=said.append)
    assert "left out: umda on nb201-digits: finished without an evaluation" in said
    assert [path.stem for path in (tmp_path / "nb201-digits").iterdir()] == ["random-search-1"]


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


CURVES: dict[str, bytes | np.ndarray[Any, Any]] = {
    "nothing": b"",  # of a disk that was full: was an EOFError
    "text": b"no curve",
    "pickled": pickle.dumps([1.0]),
    "a matrix": np.zeros((40, 2)),
    "one number": np.array(3.0),
    "none": np.zeros(0),
    "integers": np.arange(40),
    "gaps": np.full(40, np.nan),
    "endless regret": np.full(40, np.inf),
}


def _spoil(path: Path, content: bytes | np.ndarray[Any, Any]) -> None:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)


@pytest.mark.parametrize("content", CURVES)
def test_a_damaged_curve_is_named_and_made_again(
    content: str, runs: tuple[tuple[Part, ...], Path], tmp_path: Path
) -> None:
    plan, folder = runs
    shutil.copytree(folder, tmp_path / "runs")
    path = path_of(tmp_path / "runs", "pbo-f1", "random-search", 1)
    right = path.read_bytes()
    _spoil(path, CURVES[content])
    with pytest.raises(ValueError, match=r"random-search-1\.npy: wanted the curve of a run, found .*remove the file"):
        pack(plan, tmp_path / "runs", tables=(), earlier=None)
    run_plan(plan, tmp_path / "runs")
    assert path.read_bytes() == right


@pytest.mark.parametrize(
    "change",
    [
        ("one-plus-one-ea,", "umda,"),
        (",2,3,", ",2,5,"),
        (",2,3,", ",2,99,"),
        ("0.", "zero."),
        (",2,3,10,", ",2,3,-10,"),
        ("\n", "\n\x00"),
    ],
    ids=str,
)
def test_a_part_of_the_table_on_bbob_that_was_changed_is_made_again(change: tuple[str, str], tmp_path: Path) -> None:
    """Its lines would have become part of the table."""

    def built() -> str:
        return build(tmp_path, solvers=("one-plus-one-ea",), dimensions=(2,), instances=1, evaluations=20)

    text = built()
    (part,) = tmp_path.glob("*-f3-*.csv")
    right = part.read_text()
    assert change[0] in right
    part.write_text(right.replace(*change))
    assert built() == text and part.read_text() == right
