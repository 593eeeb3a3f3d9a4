"""Recorded tables: the noise modes worked out by hand on the tiny table."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_problems import Fidelities, Metric, Noise
from nas_problems.array import FloatArray
from nas_problems.evaluation import Evaluations
from nas_problems.evaluators.table import TableEvaluator
from tests.nas_problems.tiny import ACCURACY, TABLE_SPACE, table_evaluator

ALL_CODES = TABLE_SPACE.from_index(np.arange(36))


def evaluate(
    evaluator: TableEvaluator, noise: str, rows: list[int], *metrics: str, fidelity: float = 12
) -> Evaluations:
    return evaluator.evaluate(
        TABLE_SPACE.from_index(rows),
        metrics=metrics or ("validation_accuracy",),
        fidelity=fidelity,
        noise=Noise.parse(noise),
        rng=np.random.default_rng(0),
    )


def accuracy(noise: str, rows: list[int], **options: float) -> FloatArray:
    return evaluate(table_evaluator(), noise, rows, **options).metrics["validation_accuracy"]


def test_mean_over_the_recorded_seeds() -> None:
    """Row 1 has 50, 51, 52; row 3 only 52, 53."""
    np.testing.assert_array_equal(accuracy("mean", [1, 3]), [51.0, 52.5])
    np.testing.assert_array_equal(accuracy("mean", [1, 3], fidelity=3), [41.0, 42.5])


def test_one_seed_starts_again_where_fewer_are_recorded() -> None:
    for k, wanted in enumerate([[50.0, 52.0], [51.0, 53.0], [52.0, 52.0], [50.0, 53.0]]):
        np.testing.assert_array_equal(accuracy(f"seed-{k}", [1, 3]), wanted)


def test_sampled_draws_every_recorded_seed_equally_often() -> None:
    drawn, counts = np.unique(accuracy("sampled", [1] * 30_000), return_counts=True)
    np.testing.assert_array_equal(drawn, [50.0, 51.0, 52.0])
    assert (np.abs(counts - 10_000) < 400).all()  # five standard deviations are 408


def test_scaled_one_has_the_moments_of_sampled() -> None:
    for row, sd in ((1, np.sqrt(2 / 3)), (3, 0.5)):
        for noise in ("scaled:1", "sampled"):
            values = accuracy(noise, [row] * 40_000)
            assert values.mean() == pytest.approx(accuracy("mean", [row])[0], abs=0.02)
            assert values.std() == pytest.approx(sd, abs=0.02)
    assert accuracy("scaled:3", [1] * 40_000).std() == pytest.approx(3 * np.sqrt(2 / 3), abs=0.05)


def test_cost_is_the_recorded_time() -> None:
    for noise in ("mean", "seed-1", "sampled", "scaled:1"):
        found = evaluate(table_evaluator(), noise, [0, 7])
        np.testing.assert_array_equal(found.cost_seconds, [1.0, 8.0])
        assert set(found.metrics) == {"validation_accuracy"}
    np.testing.assert_array_equal(evaluate(table_evaluator(), "mean", [7], fidelity=3).cost_seconds, [2.0])


def test_a_table_without_a_cost_metric_costs_nothing() -> None:
    full = table_evaluator()
    free = TableEvaluator(full.space, full.values, full.metrics, full.fidelities)
    np.testing.assert_array_equal(evaluate(free, "mean", [0, 7]).cost_seconds, [0.0, 0.0])


def test_failed_trainings_are_failed_rows_that_cost_their_time() -> None:
    for noise in ("mean", "seed-1", "sampled", "scaled:1"):
        found = evaluate(table_evaluator(failed_rows=(7, 20)), noise, [6, 7, 20])
        np.testing.assert_array_equal(found.failed, [False, True, True])
        assert dict(found.reason) == {1: "recorded training failed", 2: "recorded training failed"}
        np.testing.assert_array_equal(found.cost_seconds, [7.0, 8.0, 21.0])
        np.testing.assert_array_equal(np.isnan(found.metrics["validation_accuracy"]), found.failed)


def test_a_row_fails_only_for_the_metrics_asked_for() -> None:
    found = evaluate(table_evaluator(failed_rows=(7,)), "mean", [7], "train_seconds")
    assert not found.failed.any() and found.metrics["train_seconds"] == [8.0]


def test_no_metrics_and_no_rows() -> None:
    evaluator = table_evaluator()
    for noise in ("mean", "sampled", "scaled:1"):
        found = evaluator.evaluate(
            ALL_CODES[:2], metrics=(), fidelity=12, noise=Noise.parse(noise), rng=np.random.default_rng(0)
        )
        assert not found.metrics and len(found) == 2 and not found.failed.any()
        assert len(evaluate(evaluator, noise, [])) == 0


@given(st.sampled_from(("mean", "seed-2", "sampled", "scaled:0.5")), st.lists(st.integers(0, 35), min_size=1))
def test_a_metric_has_the_same_value_alone_and_beside_others(noise: str, rows: list[int]) -> None:
    """One draw decides the seed of all metrics, whichever of them are asked for."""
    evaluator = table_evaluator(failed_rows=(7,))
    both = evaluate(evaluator, noise, rows, "train_seconds", "validation_accuracy")
    for name in both.metrics:
        alone = evaluate(evaluator, noise, rows, name)
        np.testing.assert_array_equal(alone.metrics[name], both.metrics[name])
        np.testing.assert_array_equal(alone.cost_seconds, both.cost_seconds)
    twice = evaluate(evaluator, noise, rows, "validation_accuracy", "validation_accuracy")
    np.testing.assert_array_equal(twice.metrics["validation_accuracy"], both.metrics["validation_accuracy"])


def test_a_metric_with_more_seeds_than_another() -> None:
    """Regression: seeds were drawn among those of the cost and wrapped around, so the first came too often."""
    size = len(ALL_CODES)
    values = {"a": np.broadcast_to([0.0, 1.0, 2.0], (1, size, 3)), "b": np.broadcast_to([0.0, 1.0], (1, size, 2))}
    metrics = {name: Metric(name) for name in values}
    evaluator = TableEvaluator(TABLE_SPACE, values, metrics, Fidelities("epochs", (1,)))
    found = evaluate(evaluator, "sampled", [0] * 30_000, "a", "b", fidelity=1).metrics
    assert (np.abs(np.bincount(found["a"].astype(int)) - 10_000) < 400).all()
    assert (np.abs(np.bincount(found["b"].astype(int)) - 15_000) < 450).all()
    assert set(zip(found["a"], found["b"], strict=True)) == {(0, 0), (1, 0), (1, 1), (2, 1)}


def test_the_table_is_not_changed_by_what_callers_do_with_results() -> None:
    evaluator = table_evaluator()
    before = evaluate(evaluator, "mean", [1, 3])
    before.metrics["validation_accuracy"][...] = -1
    before.cost_seconds[...] = -1
    before.failed[...] = True
    after = evaluate(evaluator, "mean", [1, 3])
    np.testing.assert_array_equal(after.metrics["validation_accuracy"], [51.0, 52.5])
    assert not after.failed.any() and (after.cost_seconds > 0).all()


def test_bad_tables() -> None:
    values = {"a": np.zeros((1, 36, 2))}
    metrics = {"a": ACCURACY}
    epochs = Fidelities("epochs", (1,))
    with pytest.raises(ValueError, match=r"values: wanted the metrics \['b'\], found \['a'\]"):
        TableEvaluator(TABLE_SPACE, values, {"b": ACCURACY}, epochs)
    with pytest.raises(ValueError, match="cost_metric: wanted one of"):
        TableEvaluator(TABLE_SPACE, values, metrics, epochs, cost_metric="b")
    for shape in ((36, 2), (2, 36, 2), (1, 35, 2), (1, 36, 0)):
        with pytest.raises(ValueError, match=r"values\['a'\]: wanted shape \(1, 36\) \+ \(seeds,\), found"):
            TableEvaluator(TABLE_SPACE, {"a": np.zeros(shape)}, metrics, epochs)


def _rows(values: list[list[float]], *, all_recorded: bool = False) -> TableEvaluator:
    """A table whose first rows have these records of a metric without a unit; all others have the last ones."""
    records = np.array(values + values[-1:] * (36 - len(values)))[None]
    metrics, epochs = {"a": Metric("a")}, Fidelities("epochs", (1,))
    return TableEvaluator(TABLE_SPACE, {"a": records}, metrics, epochs, all_recorded=all_recorded)


def _shares(evaluator: TableEvaluator, row: int, n: int = 30_000) -> dict[float | None, float]:
    found = evaluate(evaluator, "sampled", [row] * n, "a", fidelity=1)
    drawn, counts = np.unique(np.where(found.failed, -1.0, found.metrics["a"]), return_counts=True)
    return {None if value == -1 else value: count / n for value, count in zip(drawn, counts, strict=True)}


NAN = float("nan")
GAPS = {
    "in the middle": ([1.0, NAN, 3.0], {1.0: 1 / 3, None: 1 / 3, 3.0: 1 / 3}, 2.0),
    "at the start": ([NAN, 2.0, 3.0], {None: 1 / 3, 2.0: 1 / 3, 3.0: 1 / 3}, 2.5),
    "twice": ([NAN, NAN, 3.0], {None: 2 / 3, 3.0: 1 / 3}, 3.0),
    "of four": ([NAN, 2.0, NAN, 4.0], {None: 1 / 2, 2.0: 1 / 4, 4.0: 1 / 4}, 3.0),
    "infinity": ([np.inf, 2.0, 3.0], {None: 1 / 3, 2.0: 1 / 3, 3.0: 1 / 3}, 2.5),
    "none": ([1.0, 2.0, 3.0], {1.0: 1 / 3, 2.0: 1 / 3, 3.0: 1 / 3}, 2.0),
    "not trained": ([1.0, 2.0, NAN], {1.0: 1 / 2, 2.0: 1 / 2}, 1.5),
}


@pytest.mark.parametrize(("records", "shares", "mean"), GAPS.values(), ids=GAPS)
def test_a_failed_seed_hides_none_behind_it(
    records: list[float], shares: dict[float | None, float], mean: float
) -> None:
    """Regression: of [1, nan, 3] the third record was never drawn and seed-2 gave the first one."""
    evaluator = _rows([records])
    assert _shares(evaluator, 0) == pytest.approx(shares, abs=0.015)
    assert evaluate(evaluator, "mean", [0], "a", fidelity=1).metrics["a"] == mean
    n_records = round(1 / min(shares.values()))
    for k in range(2 * n_records):
        found = evaluate(evaluator, f"seed-{k}", [0], "a", fidelity=1)
        assert bool(found.failed[0]) == (not np.isfinite(records[k % n_records]))
        assert found.failed[0] or found.metrics["a"][0] == records[k % n_records]


def test_a_failure_at_the_end_counts_where_all_seeds_were_trained() -> None:
    assert _shares(_rows([[1.0, 2.0, NAN]], all_recorded=True), 0) == pytest.approx(
        {1.0: 1 / 3, 2.0: 1 / 3, None: 1 / 3}, abs=0.015
    )
    assert evaluate(_rows([[1.0, 2.0, NAN]], all_recorded=True), "seed-2", [0], "a", fidelity=1).failed[0]
    assert _shares(_rows([[NAN, NAN]], all_recorded=True), 0) == {None: 1.0}


def test_a_failure_at_the_end_counts_where_the_number_of_trainings_is_known() -> None:
    """Of a candidate trained three times and of one trained once, both without a value at the end."""
    evaluator = replace(_rows([[1.0, NAN, NAN], [2.0, NAN, NAN]]), n_recorded=np.array([[3, 1] + [1] * 34]))
    assert _shares(evaluator, 0) == pytest.approx({1.0: 1 / 3, None: 2 / 3}, abs=0.015)
    assert _shares(evaluator, 1) == {2.0: 1.0}
    found = [evaluate(evaluator, f"seed-{k}", [0, 1], "a", fidelity=1).failed.tolist() for k in range(3)]
    assert found == [[False, False], [True, False], [True, False]]
    for wrong in ([[3, 0]], [[4, 1]], [[3]]):
        with pytest.raises(ValueError, match=r"n_recorded: wanted numbers in 1 ... 3 of shape"):
            replace(evaluator, n_recorded=np.array(wrong))


@given(st.lists(st.sampled_from((0.1, 0.2, 0.3, 66.67, 70.01, 1e-7)), min_size=2, max_size=5), st.randoms())
def test_the_order_of_seeds_breaks_no_tie(records: list[float], random: Random) -> None:
    other = list(records)
    random.shuffle(other)
    means = evaluate(_rows([records, other]), "mean", [0, 1], "a", fidelity=1).metrics["a"]
    assert means[0] == means[1] == pytest.approx(np.mean(records), rel=1e-10)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([0.1, 0.2, 0.3], [0.2, 0.2, NAN]),
        ([0.7, 0.1, 0.1], [0.3, 0.3, 0.3]),
        ([66.67, 66.67, 66.66], [66.66, 66.67, 66.67]),
        ([1e6 + 0.1, 1e6 + 0.2, 1e6 + 0.3], [1e6 + 0.2, NAN, 1e6 + 0.2]),
        ([-0.1, -0.2, -0.3], [-0.2, -0.2, -0.2]),
        ([1e-8, 2e-8, 3e-8], [2e-8, 2e-8, NAN]),
    ],
)
def test_equal_means_are_equal_numbers(first: list[float], second: list[float]) -> None:
    means = evaluate(_rows([first, second]), "mean", [0, 1], "a", fidelity=1).metrics["a"]
    assert means[0] == means[1]


def test_a_mean_that_overflows_is_a_failure() -> None:
    found = evaluate(_rows([[1e308, 1e308, 1e308], [1e308, 0.0, 0.0]]), "mean", [0, 1], "a", fidelity=1)
    assert found.failed.tolist() == [True, False] and found.metrics["a"][1] == pytest.approx(1e308 / 3)
