"""Cross-validation of estimators that succeed, fail and hang."""

import dataclasses

import numpy as np
import pytest

import nas_problems
from nas_problems import Metric, Problem
from nas_problems.evaluation import MEAN_SEEDS, Noise
from nas_problems.evaluators.estimators import METRICS, EstimatorEvaluator, Grade, Task, train
from nas_problems.parameter import Config
from nas_problems.space import Codes
from nas_problems.testing import check_problem
from tests.nas_problems.evaluators import trainable


def problem(evaluator: EstimatorEvaluator | None = None) -> Problem:
    evaluator = evaluator or trainable.evaluator()
    accuracy = METRICS["validation_accuracy"]
    return Problem("toy", 907, trainable.SPACE, evaluator, (accuracy,), "none", test_metric="test_accuracy")


def codes(kind: str, column: int = 0, at: float = 0.0) -> Codes:
    return trainable.SPACE.encode([{"kind": kind, "column": column, "at": at}])


def test_conformance() -> None:
    check_problem(problem(), n_candidates=4)


def test_the_right_threshold_makes_no_error() -> None:
    found = problem().evaluate(codes("threshold"))
    assert found.metrics["validation_accuracy"] == found.metrics["validation_f1"] == 100.0
    assert found.metrics["test_accuracy"] == 100.0
    assert 0 < found.metrics["train_seconds"][0] < found.cost_seconds[0]
    assert found.metrics["predict_seconds"] > 0


def test_accuracy_is_that_of_all_development_rows() -> None:
    """A threshold needs no training, so every row is predicted by the same rule: count by hand."""
    X, y = trainable.load()
    task = trainable.evaluator().task
    wrong = (X[:, 0] > 0.3) != y
    found = problem(EstimatorEvaluator(trainable.SPACE, dataclasses.replace(task, n_development=87)))
    evaluations = found.evaluate(codes("threshold", at=0.3))
    n_wrong = (1 - evaluations.metrics["validation_accuracy"] / 100) * 87 + (
        1 - evaluations.metrics["test_accuracy"] / 100
    ) * 3
    assert n_wrong == pytest.approx(wrong.sum())


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("raise", "ValueError: cannot be trained"),
        ("not-finite", "ValueError: predictions are not finite"),
        ("die", "the process was killed by SIGABRT"),
    ],
)
def test_failures_are_rows_with_a_reason_and_cost_what_they_took(kind: str, reason: str) -> None:
    found = problem().evaluate(np.concatenate([codes("majority"), codes(kind), codes("threshold")]))
    np.testing.assert_array_equal(found.failed, [False, True, False])
    assert list(found.reason) == [1] and found.reason[1].startswith(reason)
    assert (found.cost_seconds > 0).all()
    assert all(np.isnan(column[1]) and np.isfinite(column[[0, 2]]).all() for column in found.metrics.values())
    np.testing.assert_array_equal(problem()(codes(kind)), [100.0])


def test_the_limit_stops_code_that_is_stuck_in_c() -> None:
    evaluator = trainable.evaluator(limit_seconds=1.0)
    found = problem(evaluator).evaluate(np.concatenate([codes("hang-in-C"), codes("threshold")]))
    assert dict(found.reason) == {0: "exceeded the time limit of 1 s"}
    assert found.cost_seconds[0] == 1.0
    np.testing.assert_array_equal(found.failed, [True, False])


def test_a_failed_seed_ends_the_evaluation_and_the_seeds_before_it_are_paid() -> None:
    found = problem().evaluate(codes("raise"))
    assert found.cost_seconds[0] < 1.0
    evaluator = trainable.evaluator()
    problem(evaluator)(codes("raise"))
    assert len(evaluator._trainings) == 1


def test_what_is_printed_does_no_harm() -> None:
    assert problem()(codes("shout")) == problem()(codes("majority"))


def test_each_candidate_is_trained_once_per_seed() -> None:
    evaluator = trainable.evaluator()
    toy = problem(evaluator)
    first = toy.evaluate(codes("threshold"))
    assert len(evaluator._trainings) == 2 * len(MEAN_SEEDS)
    for again in (toy, toy.variant(instance=2)):
        Z = again.space.encode(toy.space.decode(codes("threshold")))
        found = again.evaluate(Z)
        np.testing.assert_array_equal(found.cost_seconds, first.cost_seconds)
        np.testing.assert_equal(dict(found.metrics), dict(first.metrics))
    assert len(evaluator._trainings) == 2 * len(MEAN_SEEDS)
    toy.variant(noise="sampled").evaluate(codes("threshold"), rng=np.random.default_rng(0))
    assert len(evaluator._trainings) == 2 * len(MEAN_SEEDS)


def test_mean_is_the_mean_of_the_recorded_seeds() -> None:
    """The majority class depends on the folds by chance, so seeds differ."""
    toy = problem()
    Z = codes("threshold", column=1, at=0.4)
    seeds = [toy.variant(noise=f"seed-{k}").evaluate(Z) for k in MEAN_SEEDS]
    mean = toy.evaluate(Z)
    for name in METRICS:
        assert mean.metrics[name][0] == pytest.approx(np.mean([seed.metrics[name][0] for seed in seeds]))
    assert mean.cost_seconds[0] == pytest.approx(sum(seed.cost_seconds[0] for seed in seeds))


def test_inactive_parameters_change_nothing() -> None:
    toy = problem()
    assert toy(codes("majority", column=1, at=0.7)) == toy(codes("majority"))
    assert len(toy.evaluator._trainings) == len(MEAN_SEEDS)  # type: ignore[attr-defined]


def test_the_test_part_is_only_looked_at_when_asked_for() -> None:
    evaluator = trainable.evaluator()
    problem(evaluator)(codes("threshold"))
    assert {part for _, _, _, part in evaluator._trainings} == {"validation"}


def test_parts_do_not_overlap_and_fractions_are_stratified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks into one training, in this process: which rows are trained on, and which are scored."""
    seen: list[tuple[int, int, set[int], set[int], float]] = []
    X, y = trainable.load()
    row_of = {tuple(x): i for i, x in enumerate(X.tolist())}

    class Spy(trainable.Classifier):
        def fit(self, X: np.ndarray, y: np.ndarray) -> None:
            self.rows = {row_of[tuple(x)] for x in X.tolist()}
            self.share = float(y.mean())
            super().fit(X, y)

        def predict(self, X: np.ndarray) -> np.ndarray:
            scored = {row_of[tuple(x)] for x in X.tolist()}
            seen.append((len(self.rows), len(scored), self.rows, scored, self.share))
            return super().predict(X)

    monkeypatch.setattr(trainable, "Classifier", Spy)
    task = trainable.evaluator(limit_seconds=60).task
    config: Config = {"kind": "majority", "column": 0, "at": 0.0}
    for part, fraction, sizes in (
        ("validation", 1.0, [(40, 20)] * 3),
        ("validation", 0.5, [(20, 20)] * 3),
        ("test", 1.0, [(60, 30)]),
        ("test", 0.25, [(15, 30)]),
    ):
        seen.clear()
        train(task, config, 0, Grade(train_fraction=fraction), part)  # type: ignore[arg-type]
        assert [(n_trained, n_scored) for n_trained, n_scored, *_ in seen] == sizes
        for _, _, trained, scored, share in seen:
            assert not trained & scored
            assert share == pytest.approx(y.mean(), abs=0.06)
        development = set().union(*(trained | scored for _, _, trained, scored, _ in seen))
        assert part == "test" or len(development) == 60


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"build": lambda config, seed: None}, "build: wanted a top-level function of an importable module"),
        ({"load": "digits"}, "load: wanted a top-level function"),
        ({"n_folds": 1}, r"n_folds: wanted 2 \.\.\. 60, found 1"),
        ({"n_development": 2}, r"n_folds: wanted 2 \.\.\. 2, found 3"),
        ({"limit_seconds": 0.0}, "limit_seconds: wanted a positive number"),
        ({"limit_seconds": float("inf")}, "limit_seconds: wanted a positive number"),
    ],
)
def test_bad_tasks(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(Task(trainable.build, trainable.load, 60), **change)  # type: ignore[arg-type]


def test_noise_scaled_is_not_known() -> None:
    assert trainable.evaluator().noise_kinds == {"mean", "sampled", "seed"}
    assert isinstance(METRICS["test_accuracy"], Metric)
    with pytest.raises(ValueError, match="noise: toy knows"):
        problem().variant(noise=Noise("scaled", scale=1.0))


@pytest.mark.parametrize("axis", ["train_fraction", "folds", "train_fraction-folds", "resolution", "size"])
def test_every_kind_of_fidelity_of_a_forest(axis: str) -> None:
    """The full one is the same forest on every axis; the cheapest is another one, at its own cost."""
    problem = nas_problems.make("rf-digits", axis=axis, noise="seed-0")
    Z = problem.space.upper[None]
    low, full = (problem.evaluate(Z, fidelity=problem.fidelities.values[k]) for k in (0, -1))
    assert not low.failed.any() and (low.cost_seconds > 0).all()
    assert low.metrics["validation_accuracy"] != full.metrics["validation_accuracy"]
    plain = nas_problems.make("rf-digits", noise="seed-0").evaluate(Z)
    assert full.metrics["validation_accuracy"] == plain.metrics["validation_accuracy"]


def test_axes_that_a_task_does_not_have_are_refused() -> None:
    for name, axis, known in (("svm-digits", "size", "resolution"), ("gbdt-breast-cancer", "resolution", "size")):
        with pytest.raises(ValueError, match=f"axis: wanted one of .*{known}, found {axis!r}"):
            nas_problems.make(name, axis=axis)
