"""Live evaluation: scikit-learn estimators, trained and cross-validated in a child process that can be killed."""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal, Protocol, get_args

import numpy as np

from nas_problems.array import FloatArray, IntArray, brief
from nas_problems.datasets.images import area_means
from nas_problems.evaluation import MEAN_SEEDS, Evaluations, Fidelities, Metric, Noise
from nas_problems.evaluators.child import ChildError, check_importable, child
from nas_problems.evaluators.live import LiveTraining
from nas_problems.evaluators.records import mean_of_records
from nas_problems.evaluators.serve import time_limit
from nas_problems.exception import reason_of
from nas_problems.parameter import Config
from nas_problems.score import score, score_metrics
from nas_problems.space import Codes, SearchSpace

METRICS = {
    **score_metrics("validation"),
    "validation_f1": Metric("validation_f1", "%", maximize=True, penalty=100.0),
    "train_seconds": Metric("train_seconds", "s", penalty=1e6, range=(0.0, 10.0)),
    "predict_seconds": Metric("predict_seconds", "s", penalty=1e6, range=(0.0, 10.0)),
    **score_metrics("test"),
}
"""Overall and balanced accuracy, Cohen's kappa and macro-averaged F1 over all validation parts; seconds spent in
``fit`` and in ``predict`` for all of them; and the first three on the test part after training on all other data."""
_TEST_METRICS = frozenset(score_metrics("test"))

Part = Literal["validation", "test"]

Axis = Literal["train_fraction", "folds", "train_fraction-folds", "resolution", "size"]
"""Kinds of fidelities: the share of every training part, drawn by class; the share of the folds that are scored; both
at once; the share of the pixels per side, of images; and the share of what makes an estimator large, such as trees."""


@dataclass(frozen=True, slots=True)
class Grade:
    """One way to train and score an estimator, fully or more cheaply; see ``Axis``."""

    train_fraction: float = 1.0
    folds: float = 1.0
    resolution: float = 1.0
    size: float = 1.0


_GRADES: Mapping[Axis, Mapping[float, Grade]] = {
    "train_fraction": {share: Grade(train_fraction=share) for share in (0.25, 0.5, 1.0)},
    "folds": {share: Grade(folds=share) for share in (1 / 3, 2 / 3, 1.0)},
    "train_fraction-folds": {
        share * folds: Grade(train_fraction=share, folds=folds)
        for share, folds in ((0.25, 1 / 3), (0.5, 2 / 3), (1, 1))
    },
    "resolution": {share: Grade(resolution=share) for share in (0.5, 0.75, 1.0)},
    "size": {share: Grade(size=share) for share in (0.125, 0.25, 0.5, 1.0)},
}


class Estimator(Protocol):
    """What is used of a scikit-learn classifier."""

    def fit(self, X: FloatArray, y: IntArray) -> object:
        """Train on X (n, features) and class numbers y (n,)."""
        ...

    def predict(self, X: FloatArray) -> IntArray:
        """Class numbers (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """What is trained, on which data. Functions are those of importable modules: the child imports them.

    Args:
        build: ``(config, seed) -> Estimator``, untrained; it imports scikit-learn inside. It may change
            the configuration, of which every call gets its own.
        load: ``() -> (X, y)``, all data.
        n_development: Rows for cross-validation, drawn once and for all; the others are the test part.
        n_folds: Folds of the cross-validation.
        limit_seconds: Time for the training and prediction of one seed.
        side: Pixels per side of square images, whose rows X has; None: X has no images.
        size_parameter: Integer of the configuration that makes an estimator large, such as ``n_estimators``.

    Raises:
        ValueError: A function that the child cannot import, or a number that is too small.
    """

    build: Callable[[Config, int], Estimator]
    load: Callable[[], tuple[FloatArray, IntArray]]
    n_development: int
    n_folds: int = 3
    limit_seconds: float = 5.0
    side: int | None = None
    size_parameter: str | None = None

    def __post_init__(self) -> None:
        for name, function in (("build", self.build), ("load", self.load)):
            check_importable(function, name)
        if self.n_folds < 2 or self.n_development < self.n_folds:
            raise ValueError(f"n_folds: wanted 2 ... {self.n_development}, found {self.n_folds}")
        if not 0 < self.limit_seconds < math.inf:
            raise ValueError(f"limit_seconds: wanted a positive number, found {self.limit_seconds}")


@dataclass(frozen=True, slots=True)
class Training:
    """One seed's result: metrics, seconds it took, and why it failed (then without metrics)."""

    values: Mapping[str, float]
    seconds: float
    failure: str | None = None


@dataclass(frozen=True, eq=False)
class EstimatorEvaluator(LiveTraining):
    """Cross-validated error of an estimator; every evaluation is a real training at measured cost.

    The seed decides the folds, the subsample and the estimator's own randomness, so that accuracies are
    the same in every process; each process trains a candidate once per seed and remembers the result.
    Seconds, and with them the rows that fail because of the time limit, depend on the machine.

    Noise ``mean`` averages over ``MEAN_SEEDS``, ``seed-k`` is seed k, ``sampled`` draws a seed for every
    query. A candidate whose estimator raises, exceeds the time limit or gives a value that is not finite
    is a failed row; it costs the time that it took.

    Args:
        space: Candidates; its canonical form is what is trained.
        task: What is trained.
        axis: The kind of fidelities.

    Raises:
        ValueError: Another axis, or one that the task does not have.
    """

    space: SearchSpace
    task: Task
    axis: Axis = "train_fraction"

    def __post_init__(self) -> None:
        lacking = {"resolution": self.task.side is None, "size": self.task.size_parameter is None}
        known = [axis for axis in get_args(Axis) if not lacking.get(axis, False)]
        if self.axis not in known:
            raise ValueError(f"axis: wanted one of {', '.join(known)}, found {brief(self.axis)}")

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """See ``METRICS``."""
        return METRICS

    @property
    def fidelities(self) -> Fidelities:
        """Those of the axis."""
        return Fidelities(self.axis, tuple(_GRADES[self.axis]))

    @cached_property
    def _trainings(self) -> dict[tuple[bytes, int, Grade, Part], Training]:
        return {}

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``; one draw of ``rng`` per row with noise ``sampled``."""
        codes = self.space.canonical(Z)
        parts: tuple[Part, ...] = ("validation", "test") if _TEST_METRICS & set(metrics) else ("validation",)
        values = {name: np.full(len(codes), np.nan) for name in metrics}
        cost = np.zeros(len(codes))
        reason: dict[int, str] = {}
        grade = _GRADES[self.axis][fidelity]
        for row, seeds in enumerate(noise.seeds(len(codes), averaged=MEAN_SEEDS, rng=rng)):
            for part in parts:
                trainings = self._train(codes[row], seeds, grade, part, remember=not noise.is_random)
                if part == "validation":  # testing is for reports and costs a solver nothing
                    cost[row] = sum(training.seconds for training in trainings)
                if trainings[-1].failure is not None:
                    reason[row] = trainings[-1].failure
                    break
                for name in trainings[-1].values.keys() & values.keys():
                    records = np.array([[training.values[name] for training in trainings]])
                    values[name][row] = mean_of_records(records, unit=self.metrics[name].unit)[0]
        failed = np.zeros(len(codes), dtype=np.bool_)
        failed[list(reason)] = True
        for column in values.values():
            column[failed] = np.nan
        return Evaluations(values, cost, failed, reason)

    def _train(
        self, code: Codes, seeds: tuple[int, ...], grade: Grade, part: Part, *, remember: bool
    ) -> list[Training]:
        """Train seed after seed, until one fails."""
        done: list[Training] = []
        for seed in seeds:
            key = (code.tobytes(), seed, grade, part)
            training = self._trainings.get(key)
            if training is None:
                config = self.space.decode(code[None, :])[0]
                training = _train_in_child(self.task, config, seed, grade, part)
                if remember:
                    self._trainings[key] = training
            done.append(training)
            if training.failure is not None:
                break
        return done


def _train_in_child(task: Task, config: Config, seed: int, grade: Grade, part: Part) -> Training:
    start = time.perf_counter()
    try:
        return child().call(train, task, config, seed, grade, part)
    except TimeoutError:
        return Training({}, task.limit_seconds, f"exceeded the time limit of {task.limit_seconds:g} s")
    except ChildError as error:
        return Training({}, time.perf_counter() - start if error.seconds is None else error.seconds, error.reason)


def train(task: Task, config: Config, seed: int, grade: Grade, part: Part) -> Training:
    """Train and score one candidate with one seed; runs in the child.

    Args:
        task: What is trained.
        config: The candidate.
        seed: Seed of the folds, the subsample and the estimator.
        grade: How completely.
        part: ``validation``: cross-validate on the development part. ``test``: train on the
            development part, score on the test part.
    """
    X, y, development, test = _data(task.load, task.n_development)
    splits = [(development, test)] if part == "test" else _folds(y, development, task.n_folds, seed)
    splits = splits[: max(1, round(grade.folds * len(splits)))]
    splits = [(_subsample(rows, y, grade.train_fraction, seed), scored) for rows, scored in splits]
    if grade.resolution < 1:
        X = _reduced(X, task.side or 1, grade.resolution)
    if grade.size < 1 and task.size_parameter is not None:
        large = int(config[task.size_parameter])
        config = {**config, task.size_parameter: max(1, round(grade.size * large))}
    with suppress(Exception):
        task.build(dict(config), seed)  # imports what it needs before the clock starts
    start = time.perf_counter()
    with time_limit(task.limit_seconds):
        try:
            values = _score(task.build, config, seed, X, y, splits)
        except Exception as error:
            return Training({}, time.perf_counter() - start, reason_of(error))
    seconds = time.perf_counter() - start
    if part == "test":
        return Training({name: values[name.replace("test", "validation", 1)] for name in _TEST_METRICS}, seconds)
    return Training(values, seconds)


@cache
def _data(
    load: Callable[[], tuple[FloatArray, IntArray]], n_development: int
) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """All data, and the row numbers of the development part and of the test part."""
    from sklearn.model_selection import train_test_split

    X, y = load()
    development, test = train_test_split(np.arange(len(y)), train_size=n_development, stratify=y, random_state=0)
    return X, y, development, test


def _folds(y: IntArray, rows: IntArray, n_folds: int, seed: int) -> list[tuple[IntArray, IntArray]]:
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    return [(rows[train], rows[scored]) for train, scored in folds.split(rows, y[rows])]


def _subsample(rows: IntArray, y: IntArray, fraction: float, seed: int) -> IntArray:
    from sklearn.model_selection import train_test_split

    if fraction == 1:
        return rows
    kept: IntArray = train_test_split(rows, train_size=fraction, stratify=y[rows], random_state=seed)[0]
    return kept


def _reduced(X: FloatArray, side: int, share: float) -> FloatArray:
    """Images (n, side * side) with a share of the pixels per side, each the mean over its area."""
    weights = area_means(max(1, round(share * side)), side)
    return (weights @ X.reshape(-1, side, side) @ weights.T).reshape(len(X), -1)


def _score(
    build: Callable[[Config, int], Estimator],
    config: Config,
    seed: int,
    X: FloatArray,
    y: IntArray,
    splits: list[tuple[IntArray, IntArray]],
) -> dict[str, float]:
    from sklearn.metrics import f1_score

    train_seconds = predict_seconds = 0.0
    predicted = []
    for rows, scored in splits:
        start = time.perf_counter()
        estimator = build(dict(config), seed)
        estimator.fit(X[rows], y[rows])
        trained = time.perf_counter()
        predicted.append(estimator.predict(X[scored]))
        train_seconds += trained - start
        predict_seconds += time.perf_counter() - trained
    answers, wanted = np.concatenate(predicted), y[np.concatenate([scored for _, scored in splits])]
    if not np.isfinite(answers).all():
        raise ValueError("predictions are not finite")
    numbers = np.unique(np.concatenate([answers, wanted]), return_inverse=True)[1]
    scores = score(numbers[: len(answers), None], numbers[len(answers) :]).named("validation")
    return {
        **{name: float(values[0]) for name, values in scores.items()},
        "validation_f1": 100.0 * float(f1_score(wanted, answers, average="macro")),
        "train_seconds": train_seconds,
        "predict_seconds": predict_seconds,
    }
