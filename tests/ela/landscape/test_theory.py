"""Closed forms of the local-search paper, next to numbers and simulations."""

import numpy as np
import pytest

from ela.landscape.graph import neighbour_graph
from ela.landscape.local_search import LocalSearch, best_improvement
from ela.landscape.theory import (
    LossModel,
    branching_fractions,
    expected_minima,
    expected_preimages,
    expected_share_within,
    fit_truncated_normal,
    hamming_second_preimage,
    measured_model,
    normal_model,
    uniform_model,
    uniform_share_within,
)
from nas_problems import Categorical, Ordinal, SearchSpace

CELL = SearchSpace(tuple(Categorical(f"edge{i}", tuple("abcde")) for i in range(6)))
GRAPH = neighbour_graph(CELL)
BRANCHING = branching_fractions(CELL)
N, S = 15_625, 24
_TREE = (1.0,) * 40


def _uniform_draws(n_draws: int) -> list[LocalSearch]:
    rng = np.random.default_rng(7)
    return [best_improvement(GRAPH, rng.random(N)) for _ in range(n_draws)]


def test_branching_of_the_cell_space() -> None:
    assert BRANCHING[1:7] == pytest.approx([(6 - k + 1) / (6 * k) for k in range(1, 7)])


def test_branching_of_a_clique_is_one_then_zero() -> None:
    assert branching_fractions(SearchSpace((Categorical("x", tuple(range(7))),))) == (1.0, 1.0, 0.0)


def test_uniform_labels_have_n_over_s_plus_one_minima() -> None:
    assert expected_minima(uniform_model(), n=N, s=S) == pytest.approx(N / (S + 1), rel=1e-3)
    counts = np.array([search.n_optima for search in _uniform_draws(40)])
    assert counts.mean() == pytest.approx(N / (S + 1), abs=4 * counts.std() / np.sqrt(len(counts)))


def test_numbers_and_closed_form_agree() -> None:
    tolerances = np.array([0.01, 0.05, 0.2, 1.0])
    numeric = expected_share_within(uniform_model(2000), tolerances, s=S, branching=BRANCHING, depth=8)
    assert numeric == pytest.approx(uniform_share_within(tolerances, s=S, branching=BRANCHING), abs=2e-3)


def test_preimages_have_the_closed_form_of_the_uniform_case() -> None:
    model = uniform_model(1000)
    sizes = expected_preimages(model, s=S, branching=BRANCHING, depth=3)
    product = 1.0
    for k in range(4):
        assert sizes[k] == pytest.approx(S**k * (1 - model.losses) ** (S * k) * product, rel=0.02, abs=1e-3)
        product *= BRANCHING[k] / (k * S + 1)


def test_one_and_two_steps_back_are_what_simulation_gives() -> None:
    ones, twos, losses = [], [], []
    for search in _uniform_draws(40):
        moved = search.successor != np.arange(N)
        twice = moved & moved[search.successor]
        first = np.bincount(search.successor[moved], minlength=N)
        second = np.bincount(search.successor[search.successor[twice]], minlength=N)
        low = search.y < 0.02
        ones.append(first[low])
        twos.append(second[low])
        losses.append(search.y[low])
    loss = np.concatenate(losses)
    for found, expected in (
        (np.concatenate(ones), S * (1 - loss) ** S),  # lemma 5.2, eq. 5.1
        (np.concatenate(twos), hamming_second_preimage(loss, n_parameters=6, n_choices=5)),
    ):
        error = 4 * (found - expected).std() / np.sqrt(len(loss))
        assert found.mean() == pytest.approx(expected.mean(), abs=error)
    printed = BRANCHING[1] * S**2 * (1 - loss) ** (2 * S) / (S + 1)  # lemma 5.2, eq. 5.2: too many
    assert printed.mean() > np.concatenate(twos).mean() * 1.1


def test_lemma_5_3_as_printed_loses_a_tenth_of_the_starts() -> None:
    """Every start ends somewhere, so that the share within 1 must be 1; on a tree it is."""
    assert uniform_share_within(np.array([1.0]), s=S, branching=BRANCHING)[0] == pytest.approx(0.897, abs=1e-3)
    assert uniform_share_within(np.array([1.0]), s=S, branching=_TREE)[0] == pytest.approx(1.0, abs=1e-3)


def test_a_normal_without_correlation_is_the_same_everywhere() -> None:
    model = normal_model(0.2, 0.3, correlation=0.0, centre="regressing", m=50)
    assert np.allclose(model.neighbour, model.node)
    assert model.losses @ model.node == pytest.approx(0.3, abs=0.05)


def test_correlation_makes_fewer_minima() -> None:
    models = [normal_model(0.1, 0.5, correlation=rho, centre="regressing") for rho in (0.0, 0.3, 0.6)]
    counts = [expected_minima(model, n=N, s=S) for model in models]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == pytest.approx(N / (S + 1), rel=0.01)  # independence: the distribution does not matter


def test_around_the_own_loss_minima_lie_near_the_best() -> None:
    model = normal_model(0.2, 0.3, correlation=0.8)
    minima = model.node * np.diag(model.tail) ** S
    assert minima[model.losses < 0.1].sum() > 0.99 * minima.sum()
    assert expected_minima(model, n=N, s=S) < N / (S + 1) / 5


def test_measured_model_of_random_labels_is_the_uniform_one() -> None:
    losses = np.random.default_rng(0).random(N)
    model = measured_model(GRAPH, losses, m=20)
    assert model.neighbour == pytest.approx(np.full((20, 20), 0.05), abs=0.01)


def test_fit_recovers_sigma_and_v() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.normal(0.25, 0.18, 40_000)
    sigma, v = fit_truncated_normal(drawn[(drawn >= 0) & (drawn <= 1)])
    assert [sigma, v] == pytest.approx([0.18, 0.25], abs=0.01)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LossModel(np.ones(2) / 2, np.ones((3, 3)) / 3), "wanted shape"),
        (lambda: LossModel(np.ones(2), np.ones((2, 2)) / 2), "sum to 1"),
        (lambda: normal_model(0.0, 0.5, correlation=0.1), "sigma > 0"),
        (lambda: measured_model(GRAPH, np.full(N, 1.5)), "numbers in \\[0, 1\\]"),
        (lambda: fit_truncated_normal(np.ones(3)), "two different values"),
        (lambda: branching_fractions(SearchSpace((Ordinal("x", (1, 2, 3)),))), "categorical parameters only"),
    ],
)
def test_wrong_arguments_are_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]  # a function in a list
