"""Packing runs into a portfolio: losses, recorded searches, and earlier packs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.landscape import portfolio_pack
from experiments.landscape.portfolio_pack import pack
from experiments.landscape.portfolio_runs import Part, path_of
from optimizers.selector.portfolio import Portfolio
from optimizers.selector.recorded import of_ratios


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
    monkeypatch.setattr(portfolio_pack, "BUDGETS", (4,))
    part = Part(("nb201-cifar10",), ("random-search", "umda"), 4, (1,))
    for solver, curve in (("random-search", [8, 4, 2, 2]), ("umda", [4, 2, 1, 1])):
        path = path_of(tmp_path, "nb201-cifar10", solver, 1)
        path.parent.mkdir(exist_ok=True)
        np.save(path, np.array(curve, dtype=np.float32))
    assert pack((part,), tmp_path).loss[0, :, 0] == pytest.approx([0, -1])
    with pytest.raises(ValueError, match="wanted finished runs, found none"):
        pack((part,), tmp_path / "empty")


def written(folder: Path, curves: dict[tuple[str, int], list[float]], problem: str = "nb201-cifar10") -> Part:
    """Runs with such curves, and their plan."""
    for (solver, seed), curve in curves.items():
        path = path_of(folder, problem, solver, seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.array(curve, dtype=np.float32))
    solvers, seeds = {solver for solver, _ in curves}, {seed for _, seed in curves}
    return Part((problem,), tuple(sorted(solvers)), 4, tuple(sorted(seeds)))


def test_runs_of_other_seeds_are_averaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packs put together are one pack of all runs: means, standard errors and numbers."""
    monkeypatch.setattr(portfolio_pack, "BUDGETS", (4,))
    factors = {1: 0.5, 2: 0.25, 3: 1.0, 4: 0.3}
    base = {("random-search", seed): [8.0, 4, 2, 2] for seed in factors}
    others = {("umda", seed): [factor * y for y in (8, 4, 2, 2)] for seed, factor in factors.items()}
    curves = base | others
    whole = pack((written(tmp_path / "all", curves),), tmp_path / "all")
    first = {key: curve for key, curve in curves.items() if key[1] == 1}
    rest = {key: curve for key, curve in curves.items() if key[1] > 1}
    earlier = pack((written(tmp_path / "first", first),), tmp_path / "first")
    both = pack((written(tmp_path / "rest", rest),), tmp_path / "rest", earlier=earlier)
    umda = whole.solvers.index("umda"), both.solvers.index("umda")
    assert both.loss[0, umda[1]] == pytest.approx(whole.loss[0, umda[0]])
    assert both.error[0, umda[1]] == pytest.approx(whole.error[0, umda[0]]) and whole.error[0, umda[0]] > 0
    assert both.runs[0, umda[1]] == [4]


def test_searches_that_tables_filled_in_make_way_for_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier loss of a table is not averaged, as no run is behind it; what has no runs is filled in again."""
    monkeypatch.setattr(portfolio_pack, "BUDGETS", (4,))
    name, solvers = "nb201-cifar10", ("random-search", "umda", "cma-es")
    table = of_ratios(
        (name,),
        solvers,
        np.array([4]),
        np.full((3, 1), 20),
        np.array([[[1.0], [0.25], [0.5]]]),
        np.full((1, 3, 1), 0.1),
    )
    curves = {("random-search", 1): [8.0, 4, 2, 2], ("aging-evolution", 1): [4.0, 2, 1, 1]}
    plan = (written(tmp_path / "first", curves),)
    earlier = pack(plan, tmp_path / "first", tables=[table])
    losses = dict(zip(earlier.solvers, earlier.loss[0, :, 0], strict=True))
    assert losses == pytest.approx({"random-search": 0, "aging-evolution": -1, "umda": -2, "cma-es": -1})
    newer = {("random-search", 2): [8.0, 4, 2, 2], ("umda", 2): [4.0, 2, 1, 1]}
    both = pack((written(tmp_path / "rest", newer),), tmp_path / "rest", tables=[table], earlier=earlier)
    assert dict(zip(both.solvers, both.loss[0, :, 0], strict=True)) == pytest.approx(losses | {"umda": -1})
    runs = dict(zip(both.solvers, both.runs[0, :, 0].tolist(), strict=True))
    assert (runs["cma-es"], runs["random-search"]) == (20, 2)  # random search has 0 in runs and in the table


def test_without_an_optimum_newer_runs_take_the_place_of_earlier_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regrets that are measured from different values are not averaged."""
    monkeypatch.setattr(portfolio_pack, "BUDGETS", (4,))
    problem = "pbo-f24"
    base = {("random-search", 1): [8.0, 4, 2, 2]}
    earlier = pack((written(tmp_path / "first", base | {("umda", 1): [4.0, 2, 1, 0]}, problem),), tmp_path / "first")
    earlier = replace(earlier, loss=np.where(earlier.loss == 0, 0, 1.5))
    newer = base | {("umda", 1): [4.0, 2, 1, 1]}
    both = pack((written(tmp_path / "rest", newer, problem),), tmp_path / "rest", earlier=earlier)
    umda = both.solvers.index("umda")
    assert both.runs[0, umda].tolist() == [1] and both.loss[0, umda, 0] < 0


def test_seeds_are_recorded(runs: tuple[tuple[Part, ...], Path], tmp_path: Path) -> None:
    """Each run with its seed and length, also in the file and in parts of the portfolio."""
    packed = pack(*runs)
    assert packed.seeds.tolist() == [1, 2]
    assert (packed.evaluations == 40).all() and packed.evaluations.shape == (3, 2, 2)
    packed.save(tmp_path / "portfolio.npz")
    read = Portfolio.load(tmp_path / "portfolio.npz").only(lambda name: name == "pbo-f1")
    assert read.evaluations.shape == (3, 1, 2) and read.at(30).evaluations.shape == (3, 1, 2)


def test_runs_are_not_packed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that both have is refused, with its name; other seeds are averaged, and recorded with the earlier ones."""
    monkeypatch.setattr(portfolio_pack, "BUDGETS", (4,))
    curves = {("random-search", seed): [8.0, 4, 2, 2] for seed in (1, 2)} | {("umda", 2): [4.0, 2, 1, 1]}
    earlier = pack((written(tmp_path / "runs", curves),), tmp_path / "runs")
    again = (written(tmp_path / "again", {("random-search", 2): [8.0, 4, 2, 2], ("umda", 2): [4.0, 2, 1, 1]}),)
    with pytest.raises(ValueError, match="found random-search on nb201-cifar10 with seed 2 in both"):
        pack(again, tmp_path / "again", earlier=earlier)
    new = (written(tmp_path / "new", {("random-search", 3): [8.0, 4, 2, 2], ("umda", 3): [4.0, 2, 1, 1]}),)
    both = pack(new, tmp_path / "new", earlier=earlier)
    made = dict(zip(both.solvers, both.evaluations[:, 0].tolist(), strict=True))
    assert (both.seeds.tolist(), made) == ([1, 2, 3], {"random-search": [4, 4, 4], "umda": [0, 4, 4]})
    with pytest.raises(ValueError, match="with seed 3 in both"):
        pack(new, tmp_path / "new", earlier=both)


def test_noise_that_solvers_have_in_common_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it where solvers differ from seed to seed alike, none where they differ apart."""
    monkeypatch.setattr(portfolio_pack, "BUDGETS", (4,))
    for name, factors, expected in (
        ("all", ((0.5, 0.25), (0.25, 0.125)), 1),
        ("none", ((0.5, 0.25), (0.25, 0.5)), 0),
        ("one", ((0.5, 0.25), (0.5, 0.5)), 0),
    ):
        curves = {("random-search", seed): [8.0, 4, 2, 2] for seed in (1, 2)}
        for solver, own in zip(("umda", "cma-es"), factors, strict=True):
            curves |= {(solver, seed): [own[seed - 1] * y for y in (8, 4, 2, 2)] for seed in (1, 2)}
        packed = pack((written(tmp_path / name, curves),), tmp_path / name)
        assert packed.shared[0] == pytest.approx([expected], abs=1e-6), name
    once = pack((written(tmp_path / "once", {("random-search", 1): [8.0, 4, 2, 2]}),), tmp_path / "once")
    assert np.isnan(once.shared).all()
