"""What fills the holes of a table: chosen by what it predicts of candidates that it has not seen."""

import numpy as np
import pandas as pd
import pytest

import nas_problems
from nas_problems.frame.predicted import CHOICE, FilledTable, PredictedEvaluator
from nas_problems.surrogate import better_of


def frame(n_rows: int, *, large: bool = False) -> pd.DataFrame:
    """Rows of two fidelities with a rule in three columns, and two columns that do not matter."""
    rng = np.random.default_rng(0)
    values = {name: rng.integers(6 if name < "d" else (40 if large else 3), size=n_rows) for name in "abcde"}
    rows = pd.DataFrame(values).drop_duplicates()
    loss = np.abs(rows["a"] - 2) * 2.0 + rows["b"] + np.where(rows["c"] > 2, 5.0, 0.0)
    return pd.concat([rows.assign(epoch=epoch, loss=loss / epoch + 0.1 * rng.random(len(rows))) for epoch in (1, 4)])


@pytest.mark.parametrize("large", [False, True])
def test_the_better_one_held_out_fills_the_holes(large: bool) -> None:
    """The rule is the higher Kendall correlation; a small space says so as a table does, a large one as it is."""
    rows = frame(200, large=large)
    problem = nas_problems.from_frame(rows, metric="loss", fidelity="epoch", candidates="predicted", name="holes")
    evaluator = problem.evaluator
    assert isinstance(evaluator, PredictedEvaluator if large else FilledTable)
    assert isinstance(evaluator, PredictedEvaluator | FilledTable)
    assert set(evaluator.compared) == set(CHOICE)
    assert evaluator.predicted_by == max(CHOICE, key=lambda kind: evaluator.compared[kind]["kendall"])
    assert evaluator.compared[evaluator.predicted_by]["kendall"] > 0.6
    if isinstance(evaluator, PredictedEvaluator):
        assert f"others by {evaluator.predicted_by} (held out: r2 0." in repr(evaluator)
    else:
        assert repr(evaluator).endswith(f"holes by {evaluator.predicted_by}>") and "array" not in repr(evaluator)


def test_whole_candidates_are_held_out() -> None:
    """Losses that nothing explains but the candidate itself are not predicted from its other fidelity."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"a": np.arange(80), "b": rng.integers(1000, size=80)})
    loss = rng.random(80)
    both = pd.concat([rows.assign(epoch=epoch, loss=loss) for epoch in (1, 2)])
    problem = nas_problems.from_frame(both, metric="loss", fidelity="epoch", candidates="predicted", name="noise")
    assert isinstance(problem.evaluator, PredictedEvaluator)
    assert all(numbers["kendall"] < 0.4 for numbers in problem.evaluator.compared.values())


def test_any_model_can_be_asked_for_and_stays_within_what_was_recorded() -> None:
    """A linear model would predict beyond; a millionth of it is kept, so that no two of its candidates become equal."""
    rows = frame(100, large=True)
    options = {"metric": "loss", "fidelity": "epoch", "candidates": "predicted", "name": "holes"}
    problem = nas_problems.from_frame(rows, model="linear", **options)  # type: ignore[arg-type]  # they are those
    assert "others by linear>" in repr(problem.evaluator)
    Z = np.unique(problem.space.sample(300, np.random.default_rng(0)), axis=0)
    y = problem(Z)
    margin = 1e-6 * np.ptp(rows["loss"])
    assert rows["loss"].min() - margin < y.min() < rows["loss"].min() < y.max() < rows["loss"].max() + margin
    assert problem.lower_bound is not None and rows["loss"].min() - margin <= problem.lower_bound < y.min()
    is_beyond = y < rows["loss"].min()
    assert is_beyond.sum() > 1 and len(np.unique(y[is_beyond])) == is_beyond.sum()
    with pytest.raises(KeyError, match="unknown model 'oracle'"):
        nas_problems.from_frame(rows, model="oracle", **options)  # type: ignore[arg-type]  # as above
    with pytest.raises(ValueError, match="model: wanted candidates='predicted' with it, found 'rows'"):
        nas_problems.from_frame(rows, metric="loss", candidates="rows", fidelity="epoch", model="linear")


def test_predicted_costs_are_not_negative() -> None:
    """A linear model predicts costs below 0 where the smallest one is 0."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"a": rng.integers(0, 6, 30), "b": rng.integers(0, 6, 30)}).drop_duplicates()
    rows["loss"], rows["cost"] = (rows.a - 3.0) ** 2 + rows.b, np.maximum(0.0, 2.0 * rows.a + rows.b - 8)
    problem = nas_problems.from_frame(
        rows, metric="loss", cost="cost", candidates="predicted", model="linear", name="c"
    )
    every = np.concatenate(list(problem.space.enumerate()))
    cost = problem.evaluate(every).cost_seconds
    assert len(cost) == 36 and cost.min() == 0.0
    assert problem.optimum is not None and problem.lower_bound is not None
    assert problem.lower_bound <= problem.optimum.y == problem(every).min()


def test_too_few_rows_to_compare() -> None:
    """The first of the two fills the holes then."""
    rows = frame(8)
    problem = nas_problems.from_frame(rows, metric="loss", fidelity="epoch", candidates="predicted", name="few")
    assert isinstance(problem.evaluator, FilledTable)
    assert problem.evaluator.compared == {} and problem.evaluator.predicted_by == CHOICE[0]


def test_undefined_correlations_lose() -> None:
    """Of models without any, the first is taken."""
    nan = float("nan")
    assert better_of({"a": {"kendall": nan}, "b": {"kendall": -0.5}}) == "b"
    assert better_of({"a": {"kendall": nan}, "b": {"kendall": nan}}) == "a"
    assert better_of({"a": {"kendall": 0.9}, "b": {"kendall": 0.5}}, among=("b",)) == "b"
