"""All predictors of learning curves: one conformance test, and what each of them knows."""

import numpy as np
import pytest

from nas_problems.array import FloatArray
from nas_problems.curve import chance_below, curve_predictors, make
from nas_problems.curve.catalog.mean_of_last import MeanOfLast
from nas_problems.curve.family import FAMILIES, Family, curves_of, fit, normalised


def curves(n: int, *, noise: float = 0.3, seed: int = 1) -> FloatArray:
    """Errors that fall as a power of the epoch to a level of their own."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(5, 30, size=(n, 1))
    falling = level + rng.uniform(20, 50, size=(n, 1)) * np.arange(1.0, 41) ** -0.9
    return np.asarray(falling + noise * rng.standard_normal(falling.shape))


@pytest.mark.parametrize("name", curve_predictors.names())
def test_every_predictor_predicts_many_curves_as_it_predicts_each(name: str) -> None:
    predictor, learned, begun = make(name), curves(60), curves(7, seed=2)[:, :12]
    predictor.fit(learned, 12)
    together, spread = predictor.predict(begun), predictor.spread(begun)
    assert together.shape == spread.shape == (7,)
    assert (spread > 0).all()
    assert together == pytest.approx([predictor.predict(row[None])[0] for row in begun], rel=1e-3)


@pytest.mark.parametrize("name", curve_predictors.names())
def test_every_predictor_takes_constant_curves_short_ones_and_penalties(name: str) -> None:
    predictor, learned = make(name), curves(30)
    learned[3] = 100.0
    for n_seen in (1, 2, 5):
        predictor.fit(learned, n_seen)
        begun = np.vstack([np.full(n_seen, 7.0), np.full(n_seen, 1e6), np.zeros(n_seen)])
        assert np.isfinite(predictor.predict(begun)).all()
        chance = chance_below(predictor, begun, 7.0)
        assert ((chance >= 0) & (chance <= 1)).all()
    with pytest.raises(ValueError, match="steps, found shape"):
        predictor.fit(learned, 41)


@pytest.mark.parametrize("spoiled", [np.nan, np.inf])
@pytest.mark.parametrize("name", curve_predictors.names())
def test_every_predictor_leaves_out_curves_of_failed_trainings(name: str, spoiled: float) -> None:
    """As if they were not there; those that failed where nobody looks are learned from."""
    whole, gaps = curves(30), curves(33)
    gaps[:30] = whole
    gaps[30, 2:], gaps[31, -1], gaps[32, 0] = spoiled, spoiled, spoiled
    gaps[3, 20] = spoiled
    clean, learned, begun = make(name), make(name), curves(6, seed=2)[:, :10]
    clean.fit(whole, 10)
    learned.fit(gaps, 10)
    assert learned.predict(begun).tolist() == clean.predict(begun).tolist()
    assert learned.spread(begun).tolist() == clean.spread(begun).tolist()
    broken = begun.copy()
    broken[1, 4], broken[5] = spoiled, spoiled
    with np.errstate(all="raise"):
        end, spread, chance = learned.predict(broken), learned.spread(broken), chance_below(learned, broken, 10.0)
    assert np.isnan(end).tolist() == np.isnan(spread).tolist() == [False, True, False, False, False, True]
    assert end[[0, 2, 3, 4]] == pytest.approx(clean.predict(begun)[[0, 2, 3, 4]], rel=1e-3)
    assert chance[[1, 5]].tolist() == [1.0, 1.0]  # nothing is known of it, and it is not stopped
    assert np.isnan(learned.predict(np.full((2, 10), spoiled))).all()


@pytest.mark.parametrize(("name", "n"), [("ridge", 2), ("nu-svr", 5)])
def test_too_few_curves_without_gaps_are_refused(name: str, n: int) -> None:
    learned = curves(30)
    learned[n - 1 :, -1] = np.nan
    wanted = f"curves: wanted >= {n} whose first 10 values and last one are finite, found {n - 1} of 30"
    with pytest.raises(ValueError, match=wanted):
        make(name).fit(learned, 10)


def test_a_mean_without_a_usable_curve_does_not_know_its_spread() -> None:
    predictor = make("last-value")
    predictor.fit(np.full((3, 12), np.nan), 10)
    assert predictor.predict(np.ones((1, 10))) == 1.0 and np.isnan(predictor.spread(np.ones((1, 10))))


@pytest.mark.parametrize("name", ["parametric", "ridge", "nu-svr"])
def test_what_was_not_fitted_for_curves_of_a_length_does_not_predict_them(name: str) -> None:
    predictor, begun = make(name), np.ones((2, 10))
    calls = (predictor.predict, predictor.spread, lambda begun: chance_below(predictor, begun, 1.5))
    for call in calls:
        with pytest.raises(RuntimeError, match="wanted a call of fit before predictions, found none"):
            call(begun)
    predictor.fit(curves(30), 9)
    for call in calls:
        with pytest.raises(ValueError, match=r"begun: wanted shape \(n, 9\), as in fit, found \(2, 10\)"):
            call(begun)


@pytest.mark.parametrize("name", ["parametric", "ridge", "nu-svr"])
def test_those_that_know_curves_are_nearer_to_the_end_than_the_last_value(name: str) -> None:
    predictor, test = make(name), curves(50, seed=3)
    predictor.fit(curves(60), 10)
    error = np.abs(predictor.predict(test[:, :10]) - test[:, -1]).mean()
    assert error < np.abs(test[:, 9] - test[:, -1]).mean() / 2


def test_the_chance_of_being_better_is_small_for_what_is_far_behind_and_large_for_what_is_ahead() -> None:
    predictor, test = make("parametric"), curves(40, seed=4)
    predictor.fit(test[:0], 20)
    level = float(np.median(test[:, -1]))
    chance = chance_below(predictor, test[:, :20], level)
    assert (chance[test[:, -1] > level + 5] < 0.05).all()
    assert (chance[test[:, -1] < level - 5] > 0.9).all()


def test_chances_are_none_above_one_where_weights_add_up_to_more_by_rounding() -> None:
    """Whether they do differs between processors: many curves are tried, all of which are certain to end below."""
    rng, predictor = np.random.default_rng(5), make("parametric")
    predictor.fit(curves(1)[:0], 5)
    begun = 7.0 + rng.uniform(0, 1e-3, size=(60, 5))
    chance = chance_below(predictor, begun, 1e6)
    assert chance.max() <= 1.0 and chance.min() > 0.99


@pytest.mark.parametrize("level", [7.0, 0.0, -3.3, 1e6, 0.1 + 0.2])
@pytest.mark.parametrize("name", curve_predictors.names())
def test_a_curve_that_stood_still_at_the_level_is_a_tie_and_is_not_stopped(name: str, level: float) -> None:
    """Whatever the last bit says, and only a tie: one that stood still above the level can be stopped."""
    predictor = make(name)
    predictor.fit(curves(30), 6)
    begun = np.full((4, 6), level)
    begun[1] += np.spacing(level)
    begun[2, 3] -= np.spacing(level)
    assert chance_below(predictor, begun, level)[:3].tolist() == [1.0, 1.0, 1.0]


def test_an_end_without_a_spread_is_below_at_or_above_the_level() -> None:
    predictor = MeanOfLast()
    predictor.fit(np.ones((3, 6)), 4)
    begun = np.array([[4.0, 3, 2, 1], [4.0, 3, 2, 2], [4.0, 3, 2, 2 - 1e-12], [4.0, 3, 2, 2 + 1e-12], [4.0, 3, 2, 3]])
    assert chance_below(predictor, begun, 2.0).tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]


def test_without_a_spread_nothing_is_ruled_out() -> None:
    assert chance_below(MeanOfLast(), np.array([[9.0]]), 1.0).tolist() == [1.0]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_fits_its_own_curves(family: Family) -> None:
    x, rng = np.arange(1.0, 21), np.random.default_rng(1)
    P = np.array(family.start) * rng.uniform(0.9, 1.1, size=(5, len(family.start)))
    Y = curves_of(family, x, P)
    found = fit(family, x, Y)
    assert found.shape == P.shape
    assert curves_of(family, x, found) == pytest.approx(Y, abs=0.01)


def test_there_are_eleven_families_that_rise() -> None:
    assert len(FAMILIES) == 11
    for family in FAMILIES:
        (y,) = curves_of(family, np.arange(1.0, 50), np.array([family.start]))
        assert (np.diff(y) > 0).all()


def test_normalised_curves_lead_back() -> None:
    begun = np.vstack([curves(3)[:, :5], np.full(5, 4.0)])
    Y, level, unit = normalised(begun)
    assert level[:, None] - unit[:, None] * Y == pytest.approx(begun)
    assert Y[:3].min(axis=1) == pytest.approx(0.1)
    assert Y[:3].max(axis=1) == pytest.approx(0.9)
