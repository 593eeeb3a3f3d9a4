"""The chain CNN spaces, the published tables, and the surrogates fitted on them."""

import os

import numpy as np
import pytest

import nas_problems
from nas_problems.catalog.chain_cnn import INITIAL, REDUCED, codes_of, held_out
from nas_problems.datasets.chain_cnn import COLUMNS, FILES, load_table
from nas_problems.evaluators.forest import Forest

needs_data = pytest.mark.skipif(
    not all(file.at_hand for file in FILES.values()), reason="$IOHNAS_DATA has no learning_from_nas"
)
MEANS = {  # Source: vanstein2020, published tables; validation accuracy in percent
    ("mnist", "initial"): 56.116,
    ("fashion", "initial"): 61.051,
    ("cifar10", "initial"): 19.170,
    ("mnist", "reduced"): 99.177,
    ("fashion", "reduced"): 89.360,
    ("cifar10", "reduced"): 70.641,
}


def test_both_spaces_have_the_23_variables_of_the_paper() -> None:
    assert INITIAL.names == REDUCED.names == tuple(COLUMNS)
    assert INITIAL.n_parameters == 23
    counts = [sum(name.startswith(kind) for name in COLUMNS) for kind in ("s_", "filters_", "k_", "dropout_", "dense_")]
    assert counts == [3, 3, 6, 7, 2]


def test_the_reduced_space_lies_in_the_initial_one() -> None:
    INITIAL.encode(REDUCED.decode(REDUCED.sample(200, np.random.default_rng(0))))


@pytest.mark.data
@needs_data
@pytest.mark.parametrize(("dataset", "which"), MEANS)
def test_published_tables(dataset: str, which: str) -> None:
    table = load_table(dataset, which)
    assert table.values.shape == (1000, 23)
    assert table.accuracy.mean() == pytest.approx(MEANS[dataset, which], abs=5e-4)
    assert (table.train_seconds > 0).all()
    space = INITIAL if which == "initial" else REDUCED
    values = [dict(zip(COLUMNS, row, strict=True)) for row in table.values.tolist()]
    assert space.encode(values).shape == (1000, 23)  # every row lies in its range
    decoded = INITIAL.decode(codes_of(table.values[:3]))
    assert list(decoded[0].values()) == pytest.approx(table.values[0].tolist())


@pytest.mark.data
@needs_data
def test_the_surrogate_knows_good_networks_from_bad_ones() -> None:
    problem = nas_problems.make("chaincnn-fashion")
    table = load_table("fashion")
    predicted = 100 - problem(codes_of(table.values))
    assert np.corrcoef(predicted, table.accuracy)[0, 1] > 0.9
    narrow = problem(codes_of(load_table("fashion", "reduced").values))
    assert narrow.mean() < problem(codes_of(table.values)).mean() - 20


@pytest.mark.slow
@pytest.mark.data
@needs_data
def test_held_out_quality() -> None:
    report = held_out("cifar10")
    assert report["initial"]["spearman"] > 0.6 and report["reduced"]["spearman"] > 0.9


def test_unknown_table() -> None:
    with pytest.raises(KeyError, match="imagenet"):
        load_table("imagenet")


@pytest.mark.skipif("IOHNAS_DATA" in os.environ, reason="the data is available")
def test_a_problem_can_be_made_without_its_data() -> None:
    assert nas_problems.make("chaincnn-mnist").space.n_parameters == 23


class TestForest:
    """Trees kept as arrays predict what scikit-learn's do."""

    def test_equals_scikit_learn(self) -> None:
        from sklearn.ensemble import ExtraTreesRegressor

        rng = np.random.default_rng(0)
        X, y = rng.uniform(size=(120, 4)), rng.uniform(size=120)
        forest = Forest.fit(X, y, n_trees=7, seed=3)
        model = ExtraTreesRegressor(7, min_samples_leaf=2, random_state=3).fit(X.astype(np.float32), y)
        new = rng.uniform(size=(1500, 4))
        assert forest.predict(new) == pytest.approx(model.predict(new.astype(np.float32)), rel=1e-12)

    def test_survives_storing(self) -> None:
        rng = np.random.default_rng(0)
        X, y = rng.uniform(size=(50, 3)), rng.uniform(size=50)
        forest = Forest.fit(X, y, n_trees=3)
        assert np.array_equal(Forest.from_arrays(forest.arrays).predict(X), forest.predict(X))

    def test_one_leaf(self) -> None:
        forest = Forest.fit(np.zeros((3, 2)), np.array([1.0, 2.0, 3.0]), n_trees=2)
        assert forest.predict(np.ones((2, 2))).tolist() == [2, 2]
