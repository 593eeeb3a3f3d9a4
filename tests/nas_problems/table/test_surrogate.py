"""Surrogates: fitted, held out, stored without pickles."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nas_problems
from nas_problems import Categorical, Integer, Metric, Ordinal, SearchSpace
from nas_problems.parameter import Config, Parameter
from nas_problems.surrogate import agreement, available_kinds, check_kind, kinds
from nas_problems.table.surrogate import Surrogate, fit_surrogate
from nas_problems.testing import check_problem

CAR = nas_problems.make("mlp-car")


def test_a_surrogate_predicts_what_it_has_not_seen(tmp_path: Path) -> None:
    found = fit_surrogate(CAR, n=400, n_trees=20, rng=np.random.default_rng(0))
    assert found.record["n"] == 400 and found.record["problem"] == "mlp-car"
    assert found.record["held_out"]["r2"] > 0.5 and found.record["held_out"]["spearman"] > 0.6
    found.save(tmp_path / "s.npz")
    again = Surrogate.load(tmp_path / "s.npz")
    Z = CAR.space.sample(20, np.random.default_rng(1))
    assert np.array_equal(again.predict(CAR.space, Z), found.predict(CAR.space, Z))
    with np.load(tmp_path / "s.npz", allow_pickle=False) as stored:
        assert "record" in stored.files


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (Categorical("op", ("c", "b", "a")), r"Categorical op of \['c', 'b', 'a'\]"),
        (Ordinal("op", ("a", "b", "c")), "Ordinal op"),
    ],
)
def test_a_space_with_other_values_is_another_one(other: Parameter, found: str, tmp_path: Path) -> None:
    op, width = Categorical("op", ("a", "b", "c")), Integer("width", 1, 10)

    def loss(config: Config) -> float:
        return 10.0 * "abc".index(str(config["op"])) + float(str(config["width"]))

    problem = nas_problems.from_function(loss, SearchSpace((op, width)), name="loss", metric=Metric("loss"))
    fit_surrogate(problem, n_trees=5, rng=np.random.default_rng(0)).save(str(tmp_path / "s.npz"))
    surrogate = Surrogate.load(str(tmp_path / "s.npz"))
    assert surrogate.predict(SearchSpace((op, width)), np.array([[2, 9]]))[0] > 20
    with pytest.raises(ValueError, match=f"space: wanted Categorical op of .* was fitted, found {found}"):
        surrogate.predict(SearchSpace((other, width)), np.array([[2, 9]]))
    with pytest.raises(ValueError, match=r"found Integer width in \[1.0, 100.0\]"):
        surrogate.predict(SearchSpace((op, Integer("width", 1, 100))), np.array([[2, 9]]))


def test_another_metric_and_equal_candidates() -> None:
    problem = nas_problems.make("nb201-cifar10")
    found = fit_surrogate(problem, metric="n_parameters", n=200, n_trees=5, rng=np.random.default_rng(0))
    assert found.record["metric"] == "n_parameters"
    dead = np.array([[3, 0, 0, 2, 0, 0], [0, 0, 0, 2, 0, 0]])  # one function
    assert len(set(found.predict(problem.space, dead).tolist())) == 1


def test_agreement_by_hand() -> None:
    y = np.array([1.0, 2.0, 3.0])
    assert agreement(y, y) == pytest.approx({"r2": 1.0, "spearman": 1.0, "kendall": 1.0})
    assert agreement(y, y[::-1]) == pytest.approx({"r2": -3.0, "spearman": -1.0, "kendall": -1.0})


def test_what_cannot_be_fitted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="wanted at least 5 candidates that do not fail, found 3"):
        fit_surrogate(CAR, n=3, rng=rng)
    with pytest.raises(KeyError, match="no such metric"):
        fit_surrogate(CAR, metric="no such metric", n=10, rng=rng)
    with pytest.raises(ValueError, match="the space has infinitely many"):
        fit_surrogate(nas_problems.make("rf-digits"), rng=rng)
    found = fit_surrogate(CAR, n=20, n_trees=2, rng=rng)
    with pytest.raises(ValueError, match="space: wanted the parameters"):
        found.predict(nas_problems.make("nb201-cifar10").space, np.zeros((1, 6), dtype=np.int64))
    (tmp_path / "x.npz").write_bytes(b"x")
    with pytest.raises(ValueError, match="wanted a surrogate of iohnas"):
        Surrogate.load(tmp_path / "x.npz")
    with pytest.raises(FileNotFoundError):
        Surrogate.load(tmp_path / "none.npz")


def test_models_are_compared_and_the_best_one_is_a_problem(tmp_path: Path) -> None:
    found = fit_surrogate(CAR, model="best", n=200, n_trees=10, rng=np.random.default_rng(0))
    compared = found.record["compared"]
    assert set(compared) == set(available_kinds(CAR.space)) and found.record["model"] in compared
    assert found.record["held_out"]["kendall"] == max(splits["random"]["kendall"] for splits in compared.values())
    assert all(set(splits) == {"random", "best"} for splits in compared.values())
    found.save(tmp_path / "car.npz")
    problem = nas_problems.make(str(tmp_path / "car.npz"))
    Z = CAR.space.sample(30, np.random.default_rng(1))
    assert problem.name == "car" and np.corrcoef(problem(Z), CAR(Z))[0, 1] > 0.5
    check_problem(problem)


@pytest.mark.parametrize("kind", available_kinds(CAR.space))
def test_every_model_is_read_back(kind: str, tmp_path: Path) -> None:
    found = fit_surrogate(CAR, model=kind, n=60, n_trees=5, rng=np.random.default_rng(0))
    found.save(tmp_path / "s.npz")
    Z = CAR.space.sample(20, np.random.default_rng(1))
    predicted = found.predict(CAR.space, Z)
    again = Surrogate.load(tmp_path / "s.npz")
    assert again.record["model"] == kind and np.array_equal(again.predict(CAR.space, Z), predicted)
    assert [float(found.predict(CAR.space, z[None])[0]) for z in Z] == predicted.tolist()


def test_boosting_as_a_forest_is_boosting() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, size=(200, 6)).astype(np.float64)
    y = X @ rng.normal(size=6) + X[:, 0] * X[:, 1]
    wanted = HistGradientBoostingRegressor(max_iter=20, min_samples_leaf=5, random_state=0).fit(X, y).predict(X)
    np.testing.assert_allclose(
        kinds["boosting"].factory.fit(X, y, n_trees=10, space=CAR.space).predict(X), wanted, atol=1e-6
    )


def test_unknown_models_and_surrogates_of_no_problem(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="unknown model 'trees'"):
        fit_surrogate(CAR, model="trees", n=20, rng=np.random.default_rng(0))
    found = fit_surrogate(CAR, n=20, n_trees=2, rng=np.random.default_rng(0))
    Surrogate(found.model, {**found.record, "problem": "mlp-cars"}).save(tmp_path / "s.npz")
    with pytest.raises(ValueError, match="a surrogate of 'mlp-cars', which is not a registered problem"):
        nas_problems.make(str(tmp_path / "s.npz"))
    Surrogate(found.model, {**found.record, "model": "oracle"}).save(tmp_path / "s.npz")
    with pytest.raises(ValueError, match="found a model 'oracle'"):
        Surrogate.load(tmp_path / "s.npz")


@pytest.mark.parametrize("kind", ["ensemble", "linear"])
def test_members_of_an_ensemble_are_its_noise(kind: str, tmp_path: Path) -> None:
    """The mean over seeds is the noise-free value, and a draw is one of the members."""
    fit_surrogate(CAR, model=kind, n=80, n_trees=20, rng=np.random.default_rng(0)).save(tmp_path / "car.npz")
    Z = CAR.space.sample(5, np.random.default_rng(1))
    name = str(tmp_path / "car.npz")
    members = np.stack([nas_problems.make(name, noise=f"seed-{k}")(Z) for k in range(10)])
    assert np.allclose(members.mean(axis=0), nas_problems.make(name)(Z)) and np.ptp(members, axis=0).min() > 0
    drawn = nas_problems.make(name, noise="sampled")(Z, rng=np.random.default_rng(2))
    assert all(drawn[row] in members[:, row] for row in range(5))


def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its model says how to install it, and is not among those that are compared."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "lightgbm" in kinds and "lightgbm" not in available_kinds(CAR.space)
    with pytest.raises(ImportError, match=r"the model lightgbm needs lightgbm: pip install 'iohnas\[boosting\]'"):
        check_kind("lightgbm", CAR.space)


def test_a_model_learns_nothing_from_another_model() -> None:
    """Of a table with holes the recorded rows alone are used, all or some of them."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": np.arange(40) % 8, "b": np.arange(40) // 8, "loss": rng.random(40)}).iloc[:25]
    problem = nas_problems.from_frame(frame, metric="loss", candidates="predicted", name="holes")
    assert problem.space.n_rows is not None and problem.space.n_rows > 25
    assert fit_surrogate(problem, n_trees=5, rng=rng).record["n"] == 25
    assert fit_surrogate(problem, n=10, n_trees=5, rng=rng).record["n"] == 10
