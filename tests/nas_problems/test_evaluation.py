"""Metrics, minimised values and fidelities."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_problems import Evaluations, Fidelities, Metric, Noise
from tests.nas_problems.strategies import mistakes

# ---- Metric


def test_accuracy_is_minimised_as_error_in_percent() -> None:
    accuracy = Metric("validation_accuracy", "%", maximize=True)
    np.testing.assert_array_equal(accuracy.minimised(np.array([91.5, 0.0])), [8.5, 100.0])
    assert accuracy.label == "validation error (%)"


def test_other_metrics() -> None:
    assert Metric("train_seconds", "s").label == "training time (s)"
    assert Metric("predict_seconds", "s").label == "prediction time (s)"
    assert Metric("latency_seconds", "s").label == "latency (s)"
    assert Metric("validation_f1", "%", maximize=True).label == "validation f1 shortfall (%)"
    assert Metric("predictive_accuracy", maximize=True).label == "negative predictive accuracy"
    np.testing.assert_array_equal(Metric("auc", maximize=True).minimised(np.array([0.75])), [-0.75])
    np.testing.assert_array_equal(Metric("loss").minimised(np.array([0.75])), [0.75])


@pytest.mark.parametrize(
    ("metric", "y", "words"),
    [
        (Metric("accuracy", maximize=True), -90.85, "accuracy 90.85"),
        (Metric("validation_accuracy", "%", maximize=True), 9.15, "validation accuracy (%) 90.85"),
        (Metric("validation_f1", "%", maximize=True), 25.0, "validation f1 (%) 75"),
        (Metric("reward", maximize=True), 0.0, "reward 0"),
        (Metric("train_seconds", "s"), 2.5, "training time (s) 2.5"),
    ],
)
def test_users_read_what_they_measured(metric: Metric, y: float, words: str) -> None:
    assert metric.in_words(y) == words
    assert float(metric.minimised(np.array([metric.measured(y)]))[0]) == pytest.approx(y)
    np.testing.assert_array_equal(metric.measured(np.array([y])), [metric.measured(y)])


@given(st.lists(st.floats(), min_size=1), st.booleans(), st.sampled_from(("", "%")))
def test_minimised_values_are_always_finite(values: list[float], maximize: bool, unit: str) -> None:
    metric = Metric("m", unit, maximize=maximize, penalty=77.0)
    before = np.array(values)
    found = metric.minimised(before)
    np.testing.assert_array_equal(before, values)
    assert np.isfinite(found).all()
    assert (found[~np.isfinite(values)] == 77.0).all()


@pytest.mark.parametrize("penalty", [math.inf, math.nan])
def test_penalties_are_finite(penalty: float) -> None:
    with pytest.raises(ValueError, match="m: wanted a finite penalty"):
        Metric("m", penalty=penalty)


# ---- Fidelities


def test_the_full_fidelity_is_the_last() -> None:
    assert Fidelities("epochs", (1, 12, 200)).full == 200


@pytest.mark.parametrize("values", [(), (2, 1), (1, 1)])
def test_bad_fidelities(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="fidelities epochs: wanted increasing values"):
        Fidelities("epochs", values)


# ---- Noise


@pytest.mark.parametrize(
    ("text", "noise", "is_random"),
    [
        ("mean", Noise("mean"), False),
        ("sampled", Noise("sampled"), True),
        ("seed-0", Noise("seed", seed=0), False),
        ("seed-123456789", Noise("seed", seed=123456789), False),
        ("scaled:0", Noise("scaled", scale=0.0), False),
        ("scaled:1", Noise("scaled", scale=1.0), True),
        ("scaled:.5", Noise("scaled", scale=0.5), True),
        ("scaled:2.", Noise("scaled", scale=2.0), True),
    ],
)
def test_noise_modes(text: str, noise: Noise, is_random: bool) -> None:
    assert Noise.parse(text) == noise
    assert noise.is_random == is_random


@given(
    st.one_of(
        st.builds(Noise, st.sampled_from(("mean", "sampled"))),
        st.builds(Noise, st.just("seed"), seed=st.integers(0, 999_999_999)),
        st.builds(Noise, st.just("scaled"), scale=st.floats(0, 1e12)),
    )
)
def test_text_and_noise_are_the_same_thing(noise: Noise) -> None:
    """Regression: small scales were written with an exponent, which parse refuses."""
    assert Noise.parse(str(noise)) == noise


@pytest.mark.parametrize(
    "text",
    [
        *("", "Mean", "mean ", "seed", "seed-", "seed--1", "seed-1.5", "seed-1234567890", "seed-\u0663"),
        *("scaled", "scaled:", "scaled:-1", "scaled:nan", "scaled:inf", "scaled:1e5", "scaled:" + "9" * 400),
        *(None, 3, ["mean"]),
    ],
)
def test_bad_noise_modes(text: str) -> None:
    with pytest.raises(ValueError, match="noise"):
        Noise.parse(text)


@given(mistakes)
def test_anything_is_a_noise_mode_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="noise"):
        Noise.parse(text)


def test_bad_noise() -> None:
    with pytest.raises(ValueError, match="kind: wanted one of"):
        Noise("loud")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="noise seed: wanted an integer >= 0"):
        Noise("seed", seed=-1)
    with pytest.raises(ValueError, match="noise scale: wanted a finite number >= 0"):
        Noise("scaled", scale=math.nan)


def test_seeds_of_live_evaluations() -> None:
    rng = np.random.default_rng(0)
    assert Noise("mean").seeds(2, averaged=(0, 1), rng=None) == [(0, 1), (0, 1)]
    assert Noise("seed", seed=7).seeds(2, averaged=(0, 1), rng=None) == [(7,), (7,)]
    drawn = Noise("sampled").seeds(1000, averaged=(0, 1), rng=rng)
    assert len(set(drawn)) == 1000 and all(0 <= seed < 2**31 for (seed,) in drawn)
    for noise in (Noise("sampled"), Noise("scaled", scale=1.0)):
        with pytest.raises(ValueError, match="noise: wanted"):
            noise.seeds(1, averaged=(0,), rng=None)


@pytest.mark.parametrize("values", [(0, 1), (-1, 1), (1, np.inf)])
def test_fidelities_are_positive_and_finite(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="wanted positive, finite values"):
        Fidelities("epochs", values)


def test_fidelities_of_rows() -> None:
    epochs = Fidelities("epochs", (1, 3, 9))
    assert epochs.check(3, 2).tolist() == [3, 3]
    assert epochs.check(np.array([9, 1]), 2).tolist() == [9, 1]
    assert epochs.check(1, 0).tolist() == []
    with pytest.raises(ValueError, match=r"wanted a number or 3 of them, one per row, found shape \(2,\)"):
        epochs.check(np.array([9, 1]), 3)
    with pytest.raises(ValueError, match=r"fidelity: wanted epochs of \(1, 3, 9\), found 2"):
        epochs.check(np.array([9, 2]), 2)


def test_concatenated_evaluations_keep_the_rows_of_their_reasons() -> None:
    def batch(values: list[float], reason: dict[int, str]) -> Evaluations:
        failed = np.isin(np.arange(len(values)), list(reason))
        return Evaluations({"error": np.array(values)}, np.ones(len(values)), failed, reason)

    joined = Evaluations.concatenate([batch([1.0, np.nan], {1: "a"}), batch([], {}), batch([np.nan, 2.0], {0: "b"})])
    assert joined.metrics["error"].tolist()[:1] + joined.metrics["error"].tolist()[3:] == [1.0, 2.0]
    assert joined.failed.tolist() == [False, True, True, False]
    assert joined.reason == {1: "a", 2: "b"}
    assert len(joined) == 4
