"""Small problems with values that can be worked out by hand, shared by the tests of all packages."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nas_problems import Categorical, Fidelities, Integer, Metric, Noise, Ordinal, Problem, Real, SearchSpace
from nas_problems.array import BoolArray, FloatArray
from nas_problems.evaluation import Evaluations, EvaluatorKind, NoiseKind
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.space import Codes

ERROR = Metric("validation_error", "%", penalty=100.0)
ACCURACY = Metric("validation_accuracy", "%", maximize=True, penalty=100.0)
SECONDS = Metric("train_seconds", "s", penalty=1e6)

TABLE_SPACE = SearchSpace(
    (Categorical("op", ("none", "conv", "pool")), Ordinal("kernel", (1, 3, 5, 7)), Integer("depth", 2, 4))
)
"""3 x 4 x 3 = 36 codes."""

MIXED_SPACE = SearchSpace(
    (
        Categorical("kind", ("linear", "square", "cube")),
        Integer("shift", 1, 9),
        Real("rate", 1e-3, 1.0, log=True),
        Real("weight", -2.0, 2.0),
    )
)


def table_evaluator(space: SearchSpace = TABLE_SPACE, *, failed_rows: tuple[int, ...] = ()) -> TableEvaluator:
    """A table with 2 fidelities and 3 seeds of which every third row has only 2.

    Row i has at the full fidelity the accuracies ``base - 1, base, base + 1`` with
    ``base = 50 + i``, at the lower one 10 less; training takes ``1 + i`` and ``(1 + i) / 4`` seconds.
    The rows in ``failed_rows`` have no accuracy at all.
    """
    assert space.size is not None
    row = np.arange(space.size, dtype=np.float64)
    full = 50.0 + row[:, None] + np.array([-1.0, 0.0, 1.0])
    accuracy = np.stack([full - 10.0, full])
    accuracy[:, ::3, 2] = np.nan
    accuracy[:, list(failed_rows)] = np.nan
    seconds = np.stack([np.repeat((1 + row[:, None]) / 4, 3, axis=1), np.repeat(1 + row[:, None], 3, axis=1)])
    return TableEvaluator(
        space,
        {"validation_accuracy": accuracy, "train_seconds": seconds},
        {"validation_accuracy": ACCURACY, "train_seconds": SECONDS},
        Fidelities("epochs", (3, 12)),
        cost_metric="train_seconds",
    )


def table_problem() -> Problem:
    """36 codes; the optimum is the last one, (2, 3, 2), with mean accuracy 85 (error 15)."""
    return Problem("tiny-table", 901, TABLE_SPACE, table_evaluator(), (ACCURACY,), "none")


def _sum_is_even(Z: Codes) -> BoolArray:
    return np.asarray(Z.sum(axis=1) % 2 == 0)


def constrained_problem() -> Problem:
    """The table with a validity test: only codes with an even sum; the optimum is (2, 3, 1), error 16."""
    space = SearchSpace(TABLE_SPACE.parameters, validity=_sum_is_even)
    return Problem("tiny-constrained", 902, space, table_evaluator(space), (ACCURACY,), "none")


def flaky_problem() -> Problem:
    """The table in which the trainings of rows 7, 20 and 35 failed; the optimum is row 34, error 16."""
    evaluator = table_evaluator(failed_rows=(7, 20, 35))
    return Problem("tiny-flaky", 903, TABLE_SPACE, evaluator, (ACCURACY,), "none")


@dataclass(frozen=True)
class FormulaEvaluator:
    """Computes ``(weight - 0.1 shift)**(1, 2 or 3 in absolute value) + |log10 rate|`` plus seed noise.

    Seeds 0, 1, 2 add 0, 0.5, 1. A candidate with ``shift`` code ``fails_at`` fails after 2 seconds;
    any other takes one second times the fidelity.
    """

    fails_at: int | None = None

    @property
    def kind(self) -> EvaluatorKind:
        """A formula."""
        return "computed"

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The error and the seconds."""
        return {"validation_error": ERROR, "train_seconds": SECONDS}

    @property
    def fidelities(self) -> Fidelities:
        """Half of the data, or all."""
        return Fidelities("train_fraction", (0.5, 1.0))

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """All but scaled."""
        return frozenset({"mean", "sampled", "seed"})

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        kind, shift, rate, weight = Z.T
        seed: FloatArray = np.full(len(Z), {"mean": 1.0, "seed": float(noise.seed % 3)}.get(noise.kind, np.nan))
        if noise.kind == "sampled":
            assert rng is not None
            seed = rng.integers(0, 3, len(Z)).astype(np.float64)
        error = np.abs(weight - 0.1 * (1 + shift)) ** (1 + kind) + np.abs(np.log10(rate)) + seed / 2
        failed = np.zeros(len(Z), dtype=np.bool_) if self.fails_at is None else shift == self.fails_at
        seconds = np.where(failed, 2.0, fidelity)
        values = {
            "validation_error": np.where(failed, np.nan, error),
            "train_seconds": np.where(failed, np.nan, seconds),
        }
        reason = {int(row): "this shift cannot be trained" for row in np.flatnonzero(failed)}
        return Evaluations({name: values[name] for name in metrics}, seconds, failed, reason)


def mixed_problem() -> Problem:
    """Categorical, integer and two reals; no optimum known, the lower bound is 0."""
    return Problem("tiny-mixed", 904, MIXED_SPACE, FormulaEvaluator(), (ERROR,), "none")


def failing_problem() -> Problem:
    """The mixed problem in which every candidate with shift 5 (code 4) fails after two seconds."""
    return Problem("tiny-failing", 905, MIXED_SPACE, FormulaEvaluator(fails_at=4), (ERROR,), "none")


ALL = (table_problem, constrained_problem, flaky_problem, mixed_problem, failing_problem)
"""One maker per tiny problem."""
