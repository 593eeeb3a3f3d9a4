"""Fitting the selector's model: a planted signal is used, none is not, and files are read back."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nas_problems.array import FloatArray
from nas_problems.array_file import read_arrays, write_arrays
from optimizers.selector import NAMES, Model, shipped_model
from optimizers.selector.fit import best_unseen, fit, losses_of, refit, single_best
from optimizers.selector.portfolio import Portfolio, family_of, shipped_portfolio, source_of, unknown_runs
from tests.nas_problems.hostile import rewrite

Columns = dict[str, NDArray[Any]]
WHAT = "a portfolio of 'iohnas portfolio pack'"
SOLVERS = ("random-search", "random-search:30:umda", "random-search:30:cma-es")


def planted(*, signal: bool, n: int = 40) -> Portfolio:
    """Umda is ahead where the first feature is positive, cma-es where it is not; or by chance."""
    rng = np.random.default_rng(1)
    features = np.zeros((n, 3, len(NAMES)))
    features[:, :, 0] = rng.normal(size=n)[:, None]
    ahead = np.sign(features[:, 0, 0]) if signal else rng.choice([-1, 1], size=n)
    loss = np.stack([np.zeros(n), -0.5 - 0.4 * ahead, -0.52 + 0.4 * ahead])[None]
    names = tuple(f"family{i % 8}-{i}" for i in range(n))
    runs = np.ones_like(loss, dtype=np.int64)
    return Portfolio(
        names, SOLVERS, np.array([100]), loss, np.zeros_like(loss), runs, features, 30, *unknown_runs(*loss.shape)
    )


def test_a_signal_decides() -> None:
    """With it the choice is nearly as good as the best in hindsight."""
    portfolio = planted(signal=True)
    model = fit(portfolio)
    assert model.looks(100) and not model.looks(50)
    assert losses_of(model, portfolio).mean() < -0.8
    x = np.zeros(len(NAMES))
    x[0] = 2.0
    chosen = model.choose(x, 100)
    assert (chosen.plan, chosen.by_features) == ("random-search:30:umda", True) or not chosen.by_features
    assert model.choose(-x, 100).plan == "random-search:30:cma-es"


def test_without_a_signal_there_is_no_look() -> None:
    """What is best on average is followed from the start."""
    model = fit(planted(signal=False))
    assert not model.looks(100)
    assert model.without_look(100).plan in SOLVERS[1:]


@pytest.mark.parametrize(("lead", "taken"), [(0.02, "umda"), (0.5, "random-search:30:cma-es")])
def test_a_schedule_is_taken_where_it_is_surely_ahead(lead: float, taken: str) -> None:
    """By two standard errors over the problems; the best single solver is it elsewhere."""
    portfolio = planted(signal=False)
    noise = np.random.default_rng(2).normal(size=40)
    noise -= noise.mean()
    loss = np.stack([np.zeros(40), np.full(40, -0.5), -0.5 - lead + noise])[None]
    portfolio = replace(portfolio, solvers=("random-search", "umda", "random-search:30:cma-es"), loss=loss)
    part = portfolio.at(100)
    assert part.solvers[best_unseen(part)] == taken
    assert part.solvers[single_best(part)] == "umda"


def test_what_was_not_run_everywhere_is_not_chosen() -> None:
    """One missing problem takes a solver out."""
    portfolio = planted(signal=True)
    portfolio.loss[0, 2, 5] = np.nan
    assert fit(portfolio).plans == ("random-search:30:umda",)
    portfolio.loss[0, 1, 5] = np.nan
    with pytest.raises(
        ValueError, match="wanted a plan after 30 evaluations that at least 3 problems have, found none"
    ):
        fit(portfolio)
    portfolio.loss[0, :, 5] = np.nan  # not searched at all, and so not among the problems of this budget
    assert fit(portfolio).n_problems.tolist() == [39]


def test_problems_left_out_do_not_matter() -> None:
    """A refitted model knows nothing of them, and keeps its settings."""
    portfolio = planted(signal=True)
    model = refit(fit(portfolio), portfolio.rows(list(range(20))))
    assert model.n_problems.tolist() == [20]
    assert model.ridge.tolist() == fit(portfolio).ridge.tolist()


def test_files_are_read_back(tmp_path: Path) -> None:
    """Models and portfolios, without pickle."""
    portfolio = planted(signal=True)
    model = fit(portfolio)
    model.save(tmp_path / "model.npz")
    portfolio.save(tmp_path / "portfolio.npz")
    read = Model.load(tmp_path / "model.npz")
    assert (read.plans, read.blind, read.features) == (model.plans, model.blind, model.features)
    assert np.array_equal(read.slopes, model.slopes)
    again = Portfolio.load(tmp_path / "portfolio.npz")
    assert again.solvers == portfolio.solvers and np.allclose(again.loss, portfolio.loss)


@pytest.mark.parametrize("kind", [Model, Portfolio])
def test_other_files_are_refused(kind: type[Model] | type[Portfolio], tmp_path: Path) -> None:
    """In one sentence with the file's name."""
    path = tmp_path / "other.npz"
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"other\.npz: wanted a"):
        kind.load(path)


@pytest.mark.parametrize("field", ["slopes", "plans"])
def test_an_altered_model_is_refused(field: str, tmp_path: Path) -> None:
    """Numbers and names are compared with the digest that the file was written with."""
    path = tmp_path / "model.npz"
    fit(planted(signal=True)).save(path)
    with np.load(path) as stored:
        entries = {name: stored[name] for name in stored.files}
    if field == "plans":
        record = json.loads(str(entries["record"]))
        record["plans"].reverse()
        entries["record"] = np.array(json.dumps(record, sort_keys=True))
    else:
        entries[field] = -entries[field]
    np.savez(path, **entries)
    with pytest.raises(ValueError, match=r"model\.npz: wanted a model .* its digest differs"):
        Model.load(path)


def test_names_and_arrays_of_different_lengths_are_refused(tmp_path: Path) -> None:
    """A model with a plan fewer than its arrays have."""
    path = tmp_path / "model.npz"
    model = fit(planted(signal=True))
    replace(model, plans=model.plans[:-1]).save(path)
    with pytest.raises(ValueError, match=r"model\.npz: wanted a model .*, found 1 plans and arrays for 2"):
        Model.load(path)


def test_a_portfolio_with_other_features_is_refused(tmp_path: Path) -> None:
    """What a model would be fitted on must be what it is asked with."""
    path = tmp_path / "portfolio.npz"
    replace(planted(signal=True), feature_names=NAMES[::-1]).save(path)
    with pytest.raises(ValueError, match=r"portfolio\.npz: wanted a portfolio with the features of this version"):
        Portfolio.load(path)


def test_names_have_families_and_sources() -> None:
    """What is alike is held out together."""
    assert family_of("nb201-digits") == family_of("nb201-cifar10") == "nb201"
    assert source_of("fcnet-naval") == "HPO"
    assert source_of("bbob-f3[dimension=2]") == "BBOB and PBO"
    assert source_of("mine") == "other"


def test_what_comes_with_the_package() -> None:
    """The shipped model chooses among what the shipped portfolio has, from its features."""
    portfolio, model = shipped_portfolio(), shipped_model()
    assert set(model.plans) | set(model.blind) <= set(portfolio.solvers)
    assert {"nb201-cifar10", "fcnet-protein", "bbob-f1"} <= set(portfolio.problems)
    reference: FloatArray = portfolio.loss[:, portfolio.solvers.index("random-search")]
    assert np.nanmax(np.abs(reference)) == 0
    assert np.isfinite(portfolio.features).all()


def test_a_portfolio_of_the_first_version_is_read(tmp_path: Path) -> None:
    """It says nothing of seeds; one of a version to come, or without what its own version has, is refused."""
    portfolio = planted(signal=True)
    portfolio.save(tmp_path / "new.npz")
    stored = read_arrays(tmp_path / "new.npz", what=WHAT)
    arrays = {name: values for name, values in stored.arrays.items() if name not in ("seeds", "evaluations", "shared")}
    record = {name: value for name, value in stored.record.items() if name != "version"}
    for name, version in (("old", {}), ("later", {"version": 9}), ("short", {"version": 2})):
        write_arrays(tmp_path / f"{name}.npz", arrays, what=WHAT, record={**record, **version})
    read = Portfolio.load(tmp_path / "old.npz")
    assert read.evaluations.shape == (len(SOLVERS), 40, 0)
    assert np.allclose(read.loss, portfolio.loss)
    with pytest.raises(ValueError, match=r"later\.npz: .* found one of version 9, where the latest that is known is 3"):
        Portfolio.load(tmp_path / "later.npz")
    with pytest.raises(ValueError, match=r"short\.npz: .* found no array seeds"):
        Portfolio.load(tmp_path / "short.npz")


# ---- files that a stranger has changed, with a digest of their own


def _filled(name: str, value: float) -> Callable[[Columns, dict[str, Any]], object]:
    return lambda arrays, record: arrays.update({name: np.full_like(arrays[name], value)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_filled("default", 10**6), "plan 1000000 as default where there are"),  # was an IndexError in the run
        (_filled("scale", 0), "scale with values in 0.0"),
        (_filled("scale", -1), "scale with values in -1.0"),
        (_filled("mean", np.nan), "losses or cautions that are not numbers"),  # chose by NaN
        (_filled("mean", np.inf), "a default whose loss is not finite"),
        (_filled("slopes", 1e308), "slopes with values in 1e[+]308"),
        (_filled("spread", -1), "negative variances"),
        (_filled("residual", np.nan), "residual with values that are not finite"),
        (_filled("blind_loss", 1e300), "blind_loss with values in 1e[+]300"),  # was an OverflowError
        (_filled("budgets", 5), "budgets with values that do not increase"),
        (lambda a, r: a.update(budgets=np.full(a["budgets"].shape, 2**64 - 1, np.uint64)), "budgets with values in"),
        (lambda a, r: r.update(plans=[r["plans"][0]] * len(r["plans"])), "one of the plans twice"),
        (lambda a, r: r["features"].__setitem__(0, "beauty"), "features that are not known: .'beauty'"),
        (lambda a, r: r["blind"].__setitem__(0, "\x1b[31m"), "no list of names as blind"),
        (lambda a, r: r.update(n_design=10**30), "10+ as n_design"),
        (lambda a, r: r.update(version=True), "one of version True"),
    ],
)
def test_a_model_that_cannot_choose(
    change: Callable[[Columns, dict[str, Any]], object], message: str, tmp_path: Path
) -> None:
    shipped_model().save(tmp_path / "m.npz")
    rewrite(tmp_path / "m.npz", "a model of 'iohnas portfolio fit'", change)
    with pytest.raises(ValueError, match=rf"m\.npz: wanted a model of 'iohnas portfolio fit', found .*{message}"):
        Model.load(tmp_path / "m.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_filled("loss", np.inf), "loss with values in inf"),
        (_filled("error", -1), "error with values in -1.0"),
        (_filled("error", np.inf), "error with values in inf"),
        (_filled("features", -np.inf), "features with values in -inf"),
        (_filled("shared", 1.5), "shared with values in 1.5"),
        (lambda a, r: a.update(budgets=np.array([0])), "budgets with values in 0"),
        (lambda a, r: a.update(loss=a["loss"][:, :2]), "of shape"),
        (lambda a, r: r.update(problems=[r["problems"][0]] * len(r["problems"])), "one of the problems twice"),
        (lambda a, r: r.update(solvers=["random-search"] * 3), "one of the solvers twice"),
        (lambda a, r: r["problems"].__setitem__(0, "a" * 10**6), "no list of names as problems"),
    ],
)
def test_a_portfolio_that_cannot_be(
    change: Callable[[Columns, dict[str, Any]], object], message: str, tmp_path: Path
) -> None:
    planted(signal=True, n=4).save(tmp_path / "p.npz")
    assert Portfolio.load(tmp_path / "p.npz").solvers == SOLVERS
    rewrite(tmp_path / "p.npz", WHAT, change)
    with pytest.raises(ValueError, match=rf"p\.npz: wanted {WHAT}, found .*{message}"):
        Portfolio.load(tmp_path / "p.npz")
