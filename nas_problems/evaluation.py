"""What an evaluation returns, at which fidelity, and the protocol of everything that evaluates.

``Metric`` (``nas_problems.metric``) says what is measured, ``Noise`` (``nas_problems.noise``) how repeated trainings
become one value; both can be imported from here.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray, brief, check_numbers
from nas_problems.checked import check_fields
from nas_problems.metric import Metric
from nas_problems.noise import MEAN_SEEDS, Noise, NoiseKind
from nas_problems.notebook import facts, listed, table
from nas_problems.space import Codes

_MOST_ROWS = 10  # in a notebook

__all__ = [
    "MEAN_SEEDS",
    "Evaluations",
    "Evaluator",
    "EvaluatorKind",
    "EvaluatorWrapper",
    "Fidelities",
    "InstancedEvaluator",
    "KeepingEvaluator",
    "ListedEvaluator",
    "LiveEvaluator",
    "Metric",
    "Noise",
    "NoiseKind",
    "evaluate_at",
    "fidelity_text",
    "minimised",
    "partial_fidelity_text",
]


def fidelity_text(fidelity: float | None) -> str:
    """A fidelity in names: all its digits, so that two of them never look alike, and no exponent with a sign.

    >>> fidelity_text(12.0), fidelity_text(1e6), fidelity_text(0.25), fidelity_text(1 / 3), fidelity_text(1e-7)
    ('12', '1000000', '0.25', '0.3333333333333333', '1e-07')
    """
    value = float("nan") if fidelity is None else float(fidelity)
    return str(int(value)) if value.is_integer() else repr(value).replace("+", "")


def partial_fidelity_text(name: str, fidelity: float, own: float) -> str:
    """A fidelity that is below a problem's own, in words; else empty.

    >>> partial_fidelity_text("epochs", 3.0, 1e6), partial_fidelity_text("epochs", 50.0, 50.0)
    ('epochs 3 of 1000000', '')
    >>> partial_fidelity_text("share", 1 / 3, 1.0)
    'share 0.333333 of 1'
    """
    lower, full = (fidelity_text(value) if value.is_integer() else f"{value:g}" for value in (fidelity, own))
    return f"{name} {lower} of {full}" if fidelity < own else ""


@dataclass(frozen=True, slots=True)
class Fidelities:
    """The fidelities at which an evaluator can evaluate: the axis, of which a fidelity is one value.

    Args:
        name: What is spent: ``epochs``, ``train_fraction``, ...
        values: Increasing and positive; the last one is the full fidelity.
        continued: Whether a candidate that was evaluated at a lower fidelity goes on from there, as a training
            does that is resumed: its next, higher fidelity costs the difference only. Not where fidelities
            are separate trainings, as 12 and 200 epochs under learning rates that fall to zero within them.
        trained_from: The lowest of the values at which something is trained, so that it can be continued; those below
            it are proxies, on another scale and paid apart.

    Raises:
        ValueError: No value, one that is not positive and finite, or not increasing; or ``trained_from`` beyond them.

    >>> epochs = Fidelities("epochs", (1, 3, 9, 27), continued=True)
    >>> epochs.full, epochs.check(3, n=2)
    (27, array([3., 3.]))
    """

    name: str
    values: tuple[float, ...]
    continued: bool = False
    trained_from: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.name or not self.name.isprintable():
            raise ValueError(f"fidelities: wanted a printable name, found {brief(self.name)}")
        if not self.values or list(self.values) != sorted(set(self.values)):
            raise ValueError(f"fidelities {self.name}: wanted increasing values, found {self.values}")
        if not (self.values[0] > 0 and math.isfinite(self.values[-1])):
            raise ValueError(f"fidelities {self.name}: wanted positive, finite values, found {self.values}")
        if not 0 <= self.trained_from <= self.values[-1]:
            wanted = f"trained_from in [0, {self.values[-1]:g}]"
            raise ValueError(f"fidelities {self.name}: wanted {wanted}, found {self.trained_from}")

    @property
    def trained(self) -> "Fidelities":
        """The same axis without proxies: values of one scale.

        >>> Fidelities("epochs", (0.05, 1, 3), trained_from=1).trained.values
        (1, 3)
        """
        return replace(self, values=tuple(value for value in self.values if value >= self.trained_from))

    @property
    def full(self) -> float:
        """The highest fidelity."""
        return self.values[-1]

    def check(self, fidelity: float | FloatArray, n: int) -> FloatArray:
        """Fidelities of ``n`` rows, (n,), from one for all or one per row.

        Raises:
            ValueError: Another number of them, or one that is not among the values.
        """
        if type(fidelity) in (int, float) and fidelity in self.values:  # the common case, ten times as fast
            return np.full(n, fidelity, dtype=np.float64)
        levels = check_numbers(fidelity, "fidelity", finite=False)
        if levels.shape not in ((), (n,)):
            raise ValueError(f"fidelity: wanted a number or {n} of them, one per row, found shape {levels.shape}")
        unknown = set(levels.ravel().tolist()) - set(self.values)
        if unknown:
            raise ValueError(f"fidelity: wanted {self.name} of {self.values}, found {min(unknown):g}")
        return np.broadcast_to(levels, (n,))

    def up_to(self, fidelity: float) -> "Fidelities":
        """The same axis without the values above one of them.

        >>> Fidelities("epochs", (1, 3, 9)).up_to(3).values
        (1, 3)
        """
        values = tuple(value for value in self.values if value <= fidelity)
        return replace(self, values=values, trained_from=min(self.trained_from, fidelity))


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Results of a batch of n evaluations, columnar.

    Args:
        metrics: Name -> raw values (n,); NaN where an evaluation failed.
        cost_seconds: Recorded or measured cost of each evaluation, as if nothing had been evaluated before it,
            (n,); never NaN.
        failed: Whether an evaluation failed, (n,) bool.
        reason: Row -> why, for every failed row.

    >>> import nas_problems
    >>> evaluations = nas_problems.make("nb201-cifar10").evaluate([[0, 0, 0, 0, 0, 0], [3, 3, 3, 1, 3, 2]])
    >>> len(evaluations), evaluations.metrics["validation_accuracy"].round(2), evaluations.failed
    (2, array([ 9.71, 91.61]), array([False, False]))
    """

    metrics: Mapping[str, FloatArray]
    cost_seconds: FloatArray
    failed: BoolArray
    reason: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.cost_seconds)

    def __repr__(self) -> str:
        """One line: how many rows, how many failed, and what was measured."""
        return f"<Evaluations: {len(self)} rows, {int(self.failed.sum())} failed: {listed(list(self.metrics))}>"

    def _repr_html_(self) -> str:
        columns = {**self.metrics, "cost (s)": self.cost_seconds}
        n = min(len(self), _MOST_ROWS)
        rows = [
            [row, *(float(values[row]) for values in columns.values()), self.reason.get(row, "")] for row in range(n)
        ]
        more = f", the first {n}" if n < len(self) else ""
        return facts(f"{len(self)} evaluations{more}", {}, table(("row", *columns, "failed because"), rows))

    @staticmethod
    def concatenate(parts: "Sequence[Evaluations]") -> "Evaluations":
        """Batches of the same metrics, at least one, as one batch in their order."""
        starts = np.cumsum([0, *map(len, parts)]).tolist()
        return Evaluations(
            metrics={name: np.concatenate([part.metrics[name] for part in parts]) for name in parts[0].metrics},
            cost_seconds=np.concatenate([part.cost_seconds for part in parts]),
            failed=np.concatenate([part.failed for part in parts]),
            reason={
                start + row: why for start, part in zip(starts, parts, strict=False) for row, why in part.reason.items()
            },
        )

    def first(self, n: int) -> "Evaluations":
        """The first ``n`` rows."""
        return Evaluations(
            metrics={name: values[:n] for name, values in self.metrics.items()},
            cost_seconds=self.cost_seconds[:n],
            failed=self.failed[:n],
            reason={row: why for row, why in self.reason.items() if row < n},
        )

    def spread(self, rows: IntArray, n: int, *, missing: str) -> "Evaluations":
        """These evaluations as the given rows among ``n``; all others failed, at no cost.

        Args:
            rows: Increasing, one per evaluation.
            n: Number of rows.
            missing: Why the others failed.
        """

        def fill(values: FloatArray, other: float) -> FloatArray:
            column = np.full(n, other)
            column[rows] = values
            return column

        failed = np.ones(n, dtype=np.bool_)
        failed[rows] = self.failed
        reason = {int(row): missing for row in np.setdiff1d(np.arange(n), rows)}
        reason |= {int(rows[row]): why for row, why in self.reason.items()}
        return Evaluations(
            metrics={name: fill(values, np.nan) for name, values in self.metrics.items()},
            cost_seconds=fill(self.cost_seconds, 0.0),
            failed=failed,
            reason=dict(sorted(reason.items())),
        )


EvaluatorKind = Literal["table", "computed", "live"]
"""``table``: every candidate of the space is recorded; ``computed``: a formula or a model answers at once;
``live``: something is trained or called, at a cost of its own."""


class Evaluator(Protocol):
    """Evaluates batches of valid codes of one search space; the thing behind a problem.

    >>> import nas_problems
    >>> evaluator = nas_problems.make("nb201-cifar10").evaluator
    >>> evaluator.kind, evaluator.fidelities.full, sorted(evaluator.noise_kinds)
    ('table', 200, ['mean', 'sampled', 'scaled', 'seed'])
    """

    @property
    def kind(self) -> EvaluatorKind:
        """What an evaluation is."""
        ...

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Every metric that can be asked for."""
        ...

    @property
    def fidelities(self) -> Fidelities:
        """The fidelities that can be asked for."""
        ...

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """The noise modes that the evaluator knows."""
        ...

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """Evaluate valid, checked codes (n, d).

        Args:
            Z: Codes that passed the space's check and validity test.
            metrics: Names of the metrics wanted; at least these are in the result.
            fidelity: One of ``self.fidelities.values``.
            noise: Its kind is in ``self.noise_kinds``.
            rng: Given where ``noise.is_random``.

        Returns:
            One row per row of ``Z``. A candidate that cannot be evaluated is a failed row, never an
            exception.
        """
        ...


class EvaluatorWrapper:
    """What an evaluator that wraps another one takes over from it; ``_evaluator`` is the wrapped one."""

    _evaluator: Evaluator

    @property
    def kind(self) -> EvaluatorKind:
        """That of the evaluator."""
        return self._evaluator.kind

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Those of the evaluator."""
        return self._evaluator.metrics

    @property
    def fidelities(self) -> Fidelities:
        """Those of the evaluator."""
        return self._evaluator.fidelities

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """Those of the evaluator."""
        return self._evaluator.noise_kinds

    def prepare(self) -> None:
        """See ``Problem.prepare``."""
        if isinstance(self._evaluator, PreparingEvaluator):
            self._evaluator.prepare()


@runtime_checkable
class LiveEvaluator(Evaluator, Protocol):
    """An evaluator that trains or calls something when asked, every candidate on its own.

    Its noise ``sampled`` is ``seed-k`` with the k that ``Noise.seeds`` draws for each row, so that a batch
    may be evaluated row by row, in any order and in any process.
    """

    @property
    def remembers(self) -> bool:
        """Whether a candidate that is asked for again, with the same seeds, gives what it gave before."""
        ...


@runtime_checkable
class PreparingEvaluator(Evaluator, Protocol):
    """An evaluator that can say before the first evaluation that a package or a file is missing."""

    def prepare(self) -> None:
        """See ``Problem.prepare``."""
        ...


@runtime_checkable
class KeepingEvaluator(Evaluator, Protocol):
    """A live evaluator that can keep what it has begun on disk, so that a killed process loses none of it."""

    def keeping(self, folder: Path) -> Evaluator:
        """The evaluator that keeps what it has begun in a folder, which several processes may share."""
        ...


@runtime_checkable
class InstancedEvaluator(Evaluator, Protocol):
    """An evaluator that has instances of its own, in place of the symmetric relabellings of its space."""

    def of_instance(self, instance: int) -> Evaluator:
        """The evaluator of an instance, 1, 2, ..."""
        ...


@runtime_checkable
class SolvedEvaluator(Evaluator, Protocol):
    """An evaluator of one metric whose best candidates are known by theory, without looking at all."""

    def solutions(self) -> Codes:
        """Codes that no candidate is better than, shape (k, d); k = 0 where none is known."""
        ...


@runtime_checkable
class ListedEvaluator(Evaluator, Protocol):
    """An evaluator that has every candidate of a listed space recorded, and hands them out at once."""

    def every(self, metrics: tuple[str, ...], fidelity: float, noise: Noise) -> Evaluations:
        """All candidates in the order of the listing; ``noise`` is not random."""
        ...


def evaluate_at(
    evaluator: Evaluator,
    Z: Codes,
    levels: FloatArray,
    *,
    metrics: tuple[str, ...],
    noise: Noise,
    rng: np.random.Generator | None,
) -> Evaluations:
    """Evaluate rows (n, d), n >= 1, at fidelities (n,) of their own, as one row after another would be.

    Rows that follow each other at one fidelity are evaluated as a batch.
    """
    first = float(levels[0])
    if len(levels) == 1 or (levels == first).all():
        return evaluator.evaluate(Z, metrics=metrics, fidelity=first, noise=noise, rng=rng)
    starts = np.flatnonzero(np.r_[True, levels[1:] != levels[:-1]])
    return Evaluations.concatenate(
        [
            evaluator.evaluate(rows, metrics=metrics, fidelity=level, noise=noise, rng=rng)
            for rows, level in zip(np.split(Z, starts[1:]), levels[starts].tolist(), strict=True)
        ]
    )


def minimised(evaluations: Evaluations, objectives: tuple[Metric, ...], label: str) -> FloatArray:
    """The minimised values of evaluations, (n,), or (n, m) for m > 1 objectives; the penalty where a row failed.

    Args:
        evaluations: They hold the objectives.
        objectives: What is minimised.
        label: Of the problem, for the warning that a value is worse than the penalty, which is given once.
    """
    columns = [metric.minimised(evaluations.metrics[metric.name]) for metric in objectives]
    for metric, column in zip(objectives, columns, strict=True):
        if column.max(initial=metric.penalty) > metric.penalty:
            _warn_worse(label, metric, float(column.max()))
    if evaluations.reason:
        columns = [
            np.where(evaluations.failed, metric.penalty, column)
            for metric, column in zip(objectives, columns, strict=True)
        ]
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)


_warned: set[tuple[str, str]] = set()  # problems and metrics


def _warn_worse(label: str, metric: Metric, value: float) -> None:
    """Warn, once per problem and metric, that a failure would be better for a search than an honest value."""
    if (label, metric.name) not in _warned:
        _warned.add((label, metric.name))
        warnings.warn(
            f"{label}: a candidate has the minimised {metric.name} {value:.6g}, worse than the penalty "
            f"{metric.penalty:.6g} of a failed evaluation: give the metric a penalty that nothing is worse than",
            stacklevel=5,
        )
