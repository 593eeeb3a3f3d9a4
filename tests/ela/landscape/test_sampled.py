"""Birthday problem, nearest-neighbour proxy, persistence, density."""

import math

import numpy as np
import pytest

import nas_problems
from ela.landscape import (
    Landscape,
    birthday_of,
    estimate_by_birthday,
    fit_density,
    nearest_neighbour_optima,
    persistence,
)
from ela.landscape.birthday import BirthdayEstimate, cardinality, first_repeat
from tests.nas_problems.tiny import table_problem

TABLE_3 = (94, 57, 26, 58, 38, 195, 52, 129, 197)
"""First repeats of the nine trials of traore2021, table 3."""


def test_the_published_trials_give_the_published_cardinality() -> None:
    estimate = BirthdayEstimate(np.array(TABLE_3), n_failures=6)
    assert estimate.mean_first_repeat == pytest.approx(94.0)
    assert int(estimate.n_optima) == 6373
    published = (6373, 2343, 487, 2426, 1041, 27429, 1950, 12003, 27994)
    assert [cardinality(k) for k in TABLE_3] == pytest.approx(published, abs=1.0)


def test_first_repeat() -> None:
    assert first_repeat([1, 1]) == 2
    assert first_repeat([1, 2, 3, 2]) == 4
    assert first_repeat([1, 2, 3]) is None


def test_trials_without_a_repeat_are_counted_as_failures() -> None:
    estimate = estimate_by_birthday(lambda rng, m: list(range(m)), n_trials=3, n_starts=5, rng=np.random.default_rng(0))
    assert estimate.n_failures == 3
    assert math.isnan(estimate.n_optima)


def test_the_estimate_is_near_the_truth_for_equal_basins() -> None:
    def search(rng: np.random.Generator, m: int) -> list[int]:
        return list(rng.integers(0, 500, m))

    estimate = estimate_by_birthday(search, n_trials=400, n_starts=200, rng=np.random.default_rng(0))
    assert estimate.n_failures == 0
    # k_mean ~ sqrt(pi N / 2) + 2/3, so the estimate is pi / (4 ln 2) = 1.13 times N and a little more
    assert estimate.n_optima == pytest.approx(500 * 1.13, rel=0.15)


def test_birthday_on_a_table() -> None:
    landscape = Landscape.enumerate(nas_problems.make("nb201-cifar10"))
    estimate = birthday_of(landscape, rng=np.random.default_rng(1))
    assert estimate.n_failures == 0
    assert estimate.first_repeats.min() >= 2
    assert estimate.n_optima < landscape.local_search.n_optima  # basins are far from equal


def test_nearest_neighbour_optima_by_hand() -> None:
    x = np.arange(7.0)
    y = np.array([3.0, 2.0, 1.0, 4.0, 2.0, 0.0, 5.0])
    distance = np.abs(x[:, None] - x)
    assert nearest_neighbour_optima(distance, y, n_neighbours=2).tolist() == [2, 5]
    assert nearest_neighbour_optima(distance, y, n_neighbours=6).tolist() == [5]
    assert nearest_neighbour_optima(distance, np.ones(7), n_neighbours=2).tolist() == []


def test_persistence_by_hand() -> None:
    early = np.array([1.0, 2.0, 3.0, 4.0])
    late = np.array([1.0, 4.0, 2.0, 3.0])
    curve = persistence(np.stack([early, late]))
    assert (curve.at(25), curve.at(50), curve.at(75), curve.at(100)) == (1.0, 0.5, 2 / 3, 1.0)
    worst = persistence(np.stack([early, late]), "worst")
    assert (worst.at(25), worst.at(50), worst.at(75)) == (0.0, 0.5, 1.0)


def test_persistence_asks_for_every_fidelity_in_between() -> None:
    curve = persistence(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]]))
    assert curve.survival[:, 49].tolist() == [1.0, 0.0, 0.0]


def test_persistence_is_one_without_change_and_chance_without_memory() -> None:
    rng = np.random.default_rng(0)
    Y = np.repeat(rng.random((1, 400)), 3, axis=0)
    assert persistence(Y).values.tolist() == [1.0] * 100
    assert persistence(Y).area(25) == pytest.approx(1.0)
    random = persistence(rng.random((2, 20_000)))
    assert random.at(25) == pytest.approx(0.25, abs=0.02)


def test_negative_persistence_is_positive_persistence_of_the_negative() -> None:
    Y = np.random.default_rng(2).random((3, 50))
    assert persistence(Y, "worst").values.tolist() == persistence(-Y, "best").values.tolist()


def test_a_plateau_at_the_border_is_in_as_a_whole() -> None:
    Y = np.array([[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0]])
    assert persistence(Y).at(50) == 1.0


FAILED = np.nan
FAILURES = {
    "at the last fidelity": ([[1.0, 2.0, 3.0, 4.0], [FAILED, 2.0, 3.0, 4.0]], [0.0, 0.5], [0.0, 0.5]),
    "at the first fidelity": ([[1.0, 2.0, 3.0, FAILED], [1.0, 2.0, 4.0, 3.0]], [1.0, 1.0], [0.0, 1.0]),
    "at both": ([[1.0, 2.0, 3.0, FAILED], [1.0, 2.0, 3.0, FAILED]], [1.0, 1.0], [1.0, 1.0]),
    "of two": ([[1.0, 2.0, FAILED, FAILED], [2.0, 1.0, FAILED, 3.0]], [0.0, 1.0], [0.5, 1.0]),
    "of all": ([[FAILED, FAILED], [FAILED, FAILED]], [1.0, 1.0], [1.0, 1.0]),
    "as infinity": ([[1.0, 2.0, 3.0, 4.0], [np.inf, 2.0, 3.0, 4.0]], [0.0, 0.5], [0.0, 0.5]),
    "of all but one": ([[1.0, FAILED, FAILED, FAILED], [1.0, FAILED, 2.0, FAILED]], [1.0, 0.5], [2 / 3, 2 / 3]),
}


@pytest.mark.parametrize(("Y", "best", "worst"), FAILURES.values(), ids=FAILURES)
def test_persistence_counts_failures_as_the_worst(Y: list[list[float]], best: list[float], worst: list[float]) -> None:
    """Regression: a NaN was never in a ranking, which moved the borders of all others, or made the curve NaN."""
    positive, negative = persistence(np.array(Y)), persistence(np.array(Y), "worst")
    assert [positive.at(25), positive.at(50)] == pytest.approx(best)
    assert [negative.at(25), negative.at(50)] == pytest.approx(worst)


def test_densities_recover_their_parameters() -> None:
    rng = np.random.default_rng(0)
    beta = fit_density(rng.beta(8.0, 2.0, 20_000), "beta")
    assert beta.parameters == pytest.approx((8.0, 2.0), rel=0.05)
    weibull = fit_density(np.minimum(0.6 * rng.weibull(9.0, 20_000), 1.0), "weibull")
    assert weibull.parameters == pytest.approx((9.0, 0.6), rel=0.05)
    lognormal = fit_density(np.minimum(0.4 * np.exp(0.1 * rng.standard_normal(20_000)), 1.0), "lognormal")
    assert lognormal.parameters == pytest.approx((0.1, 0.4), rel=0.05)


def test_the_true_family_wins() -> None:
    values = np.random.default_rng(1).beta(3.0, 3.0, 5_000)
    fits = {family: fit_density(values, family) for family in ("beta", "weibull", "lognormal")}
    assert max(fits, key=lambda family: fits[family].log_likelihood) == "beta"
    assert min(fits, key=lambda family: fits[family].aic) == "beta"


def test_two_parameters_reproduce_the_published_criteria() -> None:
    """Table 2 of traore2021 from its likelihood 84.47 and n = 100, within its rounding."""
    from ela.landscape import DensityFit

    fit = DensityFit("beta", (1.0, 1.0), 84.47, 100)
    assert fit.aic == pytest.approx(-164.91, abs=0.05)
    assert fit.bic == pytest.approx(-159.73, abs=0.05)


def test_cdf_and_quantile_are_inverse() -> None:
    fit = fit_density(np.random.default_rng(0).beta(5, 2, 500), "weibull")
    p = np.array([0.1, 0.5, 0.9])
    assert fit.cdf(fit.quantile(p)) == pytest.approx(p)
    assert np.trapezoid(fit.pdf(np.linspace(0, 1, 2001)), dx=1 / 2000) == pytest.approx(
        fit.cdf(np.array([1.0]))[0], abs=1e-3
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cardinality(3, duplicate_probability=1.0), "in \\(0, 1\\)"),
        (
            lambda: estimate_by_birthday(lambda rng, m: [], n_trials=0, rng=np.random.default_rng(0)),
            "n_trials: wanted an integer >= 1",
        ),
        (
            lambda: nearest_neighbour_optima(np.zeros((3, 3)), np.zeros(3), n_neighbours=3),
            "n_neighbours: wanted fewer than 3",
        ),
        (lambda: persistence(np.zeros((1, 5))), "fidelities >= 2"),
        (lambda: persistence(np.zeros((2, 5)), n_max=0), "n_max: wanted an integer >= 1"),
        (lambda: persistence(np.zeros((2, 5)), n_max=20).area(25), "n_max: wanted 2 ... 20"),
        (lambda: fit_density(np.array([0.1, 0.2, 0.3]), "gamma"), "family: wanted"),
        (lambda: fit_density(np.array([0.1, 0.1, 0.1]), "beta"), "different numbers"),
        (lambda: fit_density(np.array([0.1, 0.2, 1.3]), "beta"), "in \\[0, 1\\]"),
    ],
)
def test_wrong_arguments_are_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]  # a function in a list


def test_a_percentile_beyond_the_curve_is_refused() -> None:
    with pytest.raises(KeyError, match="found 25"):
        persistence(np.random.default_rng(0).random((2, 9)), n_max=20).at(25)


def test_birthday_needs_an_exact_landscape() -> None:
    with pytest.raises(ValueError, match="wanted an exact landscape"):
        birthday_of(Landscape.sample(table_problem(), 9, rng=np.random.default_rng(0)), rng=np.random.default_rng(0))
