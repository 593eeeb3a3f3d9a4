"""BANANAS as in its authors' code: networks next to torch, columns and mutants next to the code's formulas."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems.array import FloatArray
from optimizers.catalog.bananas_published import PublishedView
from optimizers.deep_ensemble import Fit, deep_ensemble_predictions
from optimizers.variation import mutate_each

NB201 = nas_problems.make("nb201-cifar10")
OPERATIONS = ["avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3", "none", "skip_connect"]  # in the order of the code


def data(n: int = 40) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(1)
    X = rng.integers(0, 2, (n, 8)).astype(float)
    return X, 5 + X @ np.arange(8.0)


@pytest.mark.parametrize("fit", [Fit(), Fit("mape", lower_bound=4.5)], ids=lambda fit: fit.loss)
def test_networks_learn_as_in_torch(fit: Fit) -> None:
    """Full batches, so that only the first weights are drawn; torch's gradients, and Adam as Keras documents it."""
    torch = pytest.importorskip("torch", reason="a reference")
    X, y = data(30)
    rng = np.random.default_rng(3)
    sizes = [8, *[20] * 10, 1]
    weights = []
    for a, b in pairwise(sizes):
        bound = np.sqrt(6.0 / (a + b))
        weights.append(torch.tensor(rng.uniform(-bound, bound, (1, a, b))[0], requires_grad=True))
    biases = [torch.zeros(b, dtype=torch.float64, requires_grad=True) for b in sizes[1:]]
    values = [*weights, *biases]
    first, second = ([torch.zeros_like(value) for value in values] for _ in range(2))

    def outputs(x: FloatArray) -> Any:
        hidden = torch.tensor(x)
        for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            hidden = hidden @ weight + bias
            hidden = torch.relu(hidden) if layer < 10 else hidden
        return hidden[:, 0]

    for step in range(1, 11):
        error = torch.abs(outputs(X) - torch.tensor(y))
        loss = (error / (torch.tensor(y) - 4.5) if fit.loss == "mape" else error).mean()
        gradients = torch.autograd.grad(loss, values)
        rate = 0.01 * np.sqrt(1 - 0.99**step) / (1 - 0.9**step)
        with torch.no_grad():
            for value, gradient, m, v in zip(values, gradients, first, second, strict=True):
                m.mul_(0.9).add_(0.1 * gradient)
                v.mul_(0.99).add_(0.01 * gradient**2)
                value.sub_(rate * m / (v.sqrt() + 1e-7))
    ten = Fit(fit.loss, fit.lower_bound, n_epochs=10)
    found = deep_ensemble_predictions(X, y, X, n_predictors=1, fit=ten, rng=np.random.default_rng(3))
    assert found[0] == pytest.approx(outputs(X).detach().numpy(), abs=1e-6)


def test_an_ensemble_tells_good_from_bad_and_its_networks_differ() -> None:
    X, y = data(60)
    found = deep_ensemble_predictions(X[:40], y[:40], X[40:], n_predictors=3, fit=Fit(), rng=np.random.default_rng(2))
    assert np.corrcoef(found.mean(axis=0), y[40:])[0, 1] > 0.9
    assert found.std(axis=0).min() > 0


def test_a_value_below_the_lower_bound_is_refused() -> None:
    X, y = data()
    with pytest.raises(ValueError, match="lower_bound: wanted a number below all values, found 8 and 5"):
        deep_ensemble_predictions(
            X, y - y.min() + 5, X, n_predictors=1, fit=Fit("mape", 8.0), rng=np.random.default_rng(1)
        )


def authors_columns(names: list[str]) -> FloatArray:
    """The first forty columns of a NAS-Bench-201 cell as ``Cell.encode_paths`` of the released code fills them."""
    encoding = np.zeros(155)
    for number, path in enumerate(([3], [0, 4], [1, 5], [0, 2, 5])):
        index = [0, 5, 5, 30][number]
        encoding[index + sum(OPERATIONS.index(names[edge]) * 5**j for j, edge in enumerate(path))] = 1
    return encoding[:40]


def test_columns_are_those_of_the_authors_code() -> None:
    Z = NB201.space.sample(200, np.random.default_rng(1))
    wanted = [authors_columns([config[name] for name in NB201.space.names]) for config in NB201.space.decode(Z)]
    assert np.array_equal(PublishedView(NB201.space, 40).encode(Z), wanted)


def test_forty_columns_of_vertices_are_all_paths_of_up_to_three() -> None:
    space = nas_problems.make("nb101-digits").space
    view = PublishedView(space, 40)
    assert view.encode(space.sample(3, np.random.default_rng(1))).shape == (3, 1 + 3 + 9 + 27)
    assert view.rates.tolist() == [1 / 21 if name.startswith("edge") else 1 / 5 for name in space.names]


def test_cells_change_as_often_as_in_the_authors_code() -> None:
    Z = np.repeat(NB201.space.sample(1, np.random.default_rng(1)), 4000, axis=0)
    children = mutate_each(NB201.space, Z, np.random.default_rng(2), rate=PublishedView(NB201.space, 40).rates)
    assert (children != Z).mean(axis=0) == pytest.approx(np.full(6, 0.25), abs=0.03)


def test_it_finds_better_cells_than_its_start_and_none_twice() -> None:
    log = optimizers.run("bananas-published", NB201, budget=60, seed=1)
    assert len(np.unique(log.Z, axis=0)) == len(log) == 60
    assert np.median(log.y[40:]) < np.median(log.y[:10])
