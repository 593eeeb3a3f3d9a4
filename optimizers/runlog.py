"""What a run leaves behind in memory; ``optimizers.ioh_write`` writes it to disk, in IOHprofiler format."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas_problems.array import BoolArray, FloatArray
from nas_problems.metric import Metric
from nas_problems.notebook import curve, facts, short
from nas_problems.parameter import Config, config_text
from nas_problems.space import Codes, SearchSpace, used_configs
from optimizers.failure import FailureKind, failure_kinds, failures_text
from optimizers.regret import incumbents

if TYPE_CHECKING:
    import pandas as pd

    from nas_problems.problem import Problem

MAX_SEED = 2**53 - 1
"""Largest seed that a run attribute can hold; ioh keeps attributes as doubles."""

CONFIG_PREFIX = "config."
"""Before the name of a parameter, in tables where a column of another kind has that name."""


@dataclass(frozen=True, eq=False, repr=False)
class RunLog:
    """One finished run.

    Args:
        solver: Label of the solver, with its options.
        problem: Label of the problem.
        seed: Seed of the run.
        initializer: Name of what chose the first candidates.
        Z: Evaluated codes in their order, shape (n, d).
        y: Minimised values as observed, (n,), or (n, m) for m > 1 objectives.
        cost_seconds: Recorded or measured cost of each evaluation, (n,).
        failed: Whether an evaluation failed, (n,) bool.
        fidelity: Of each evaluation, (n,).
        price: What each evaluation took of the budget, (n,): 1 at the problem's own fidelity, its share at another.
        folder: Where the IOH log lies; None: not logged.
        columns: What the IOH log has besides values and positions, by name, each (n,); empty: not logged.
        n_sampled: Candidates that the initializer evaluated to make its choice; they are the first rows where
            they were charged to the run, else no rows at all.
        sampling_seconds: Cost of these.
        reason: Row -> why its evaluation failed; see ``failures`` for where.
        space: What was searched, to decode; None: not known.
        n_told: Evaluations of an interrupted run, the first rows, that the solver was told because it does not repeat
            itself; 0 where the run was not interrupted, or was made again as it was.
        searched: What was searched; None: not known, as of a run that came from another process.
        is_cut: Whether the clock ended it while something of its budget was left.
        metric: What was measured, of one objective; None: not known.

    >>> import optimizers
    >>> log = optimizers.run("random-search", "nb201-cifar10", budget=20, seed=1)
    >>> log.Z.shape, log.y.shape, bool(log.y[log.best] == log.y.min())
    ((20, 6), (20,), True)
    """

    solver: str
    problem: str
    seed: int
    initializer: str
    Z: Codes
    y: FloatArray
    cost_seconds: FloatArray
    failed: BoolArray
    fidelity: FloatArray
    price: FloatArray
    folder: Path | None = None
    columns: Mapping[str, FloatArray] = field(default_factory=dict)
    n_sampled: int = 0
    sampling_seconds: float = 0.0
    reason: Mapping[int, str] = field(default_factory=dict)
    space: SearchSpace | None = None
    n_told: int = 0
    is_cut: bool = False
    metric: Metric | None = None
    searched: "Problem | None" = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, object]:
        """Without the problem, which may be large, or live, and is then in one process only."""
        return {**self.__dict__, "searched": None}

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        """One line: what ran, how long, and what it found."""
        n_failed = int(self.failed.sum())
        failed = f", {short(n_failed)} failed" if n_failed else ""
        has_best = self.y.ndim == 1 and n_failed < len(self)
        best = f", best {self._in_words(float(self.y[self.best]))}" if has_best else ""
        return (
            f"<RunLog {self.solver} on {self.problem}: {short(len(self))} evaluations{failed}{best}, seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        known = {"solver": self.solver, "problem": self.problem, "initializer": self.initializer, "seed": self.seed}
        known |= {
            "evaluations": len(self),
            "failed": int(self.failed.sum()),
            "cost (s)": float(self.cost_seconds.sum()),
        }
        if self.y.ndim > 1:
            return facts(repr(self), known)
        if not len(self):
            return facts(repr(self), known)
        best = incumbents(self.y, fidelity=self.fidelity, failed=self.failed)
        so_far = np.where(self.failed[best], np.inf, self.y[best])
        label = "best so far" if self.metric is None else f"best {self.metric.measured_label} so far"
        return facts(repr(self), known, curve(so_far if self.metric is None else self.metric.measured(so_far), label))

    def _in_words(self, y: float) -> str:
        return short(y) if self.metric is None else self.metric.in_words(y)

    @property
    def best(self) -> int:
        """Row of the incumbent at the end, see ``optimizers.regret.incumbents``: the first of the smallest observed
        values at the highest fidelity, failed evaluations left out.

        Raises:
            ValueError: The run has no evaluation, or several objectives.
        """
        if self.y.ndim > 1 or not len(self.y):
            raise ValueError(f"best: wanted a run with values of one objective, found shape {self.y.shape}")
        return int(incumbents(self.y, fidelity=self.fidelity, failed=self.failed)[-1])

    @property
    def best_config(self) -> Config:
        """The configuration of row ``best``, with its true values; see ``nas_problems.space.used_configs``.

        Raises:
            ValueError: See ``best``; or a run without its space.
        """
        return used_configs(self._known_space(), self.Z[[self.best]])[0]

    def _decoded(self, start: int, end: int) -> list[Config]:
        return list(self._known_space().decode(self.Z[start:end]))

    def _known_space(self) -> SearchSpace:
        if self.space is None:
            raise ValueError("space: wanted a run with its space, found none")
        return self.space

    @property
    def failures(self) -> tuple[FailureKind, ...]:
        """The kinds of failed evaluations, each with its first one; ``traceback_of(kind.reason)`` says where."""
        return failure_kinds(sorted(self.reason.items()))

    def failures_text(self) -> str:
        """``failures`` to be read, with configurations and tracebacks; empty: none."""
        return failures_text(self.failures, lambda row: config_text(self._decoded(row, row + 1)[0]))

    def frame(self) -> "pd.DataFrame":
        """A row per evaluation: ``evaluation`` (from 1), the true value of every parameter, the minimised value ``y``
        (``y_1``, ``y_2``, ... of several objectives), ``cost_seconds``, ``failed``, ``fidelity`` and ``reason``.

        A column of a parameter that has one of these names is called ``config.<name>``.

        Raises:
            ValueError: A run without its space.
        """
        import pandas as pd

        several = self.y.ndim > 1
        values = {f"y_{i + 1}" if several else "y": column for i, column in enumerate(np.atleast_2d(self.y.T))}
        own = {
            **values,
            "cost_seconds": self.cost_seconds,
            "failed": self.failed,
            "fidelity": self.fidelity,
            "reason": [self.reason.get(row, "") for row in range(len(self))],
        }
        taken = {"evaluation", *own}
        configs = self._decoded(0, len(self))
        names = () if self.space is None else self.space.names
        parameters = {parameter_column(name, taken): [c[name] for c in configs] for name in names}
        return pd.DataFrame({"evaluation": np.arange(1, len(self) + 1), **parameters, **own})


def parameter_column(name: str, taken: Container[str]) -> str:
    """Name of a parameter's column in a table that has the columns ``taken``."""
    return f"{CONFIG_PREFIX}{name}" if name in taken else name


def algorithm_name(solver: str, initializer: str) -> str:
    """Name under which a log files a solver: its label, and the initializer where it is not ``uniform``.

    >>> algorithm_name("cma-es", "uniform"), algorithm_name("cma-es", "sobol")
    ('cma-es', 'cma-es.from-sobol')
    """
    return solver if initializer == "uniform" else f"{solver}.from-{initializer}"
