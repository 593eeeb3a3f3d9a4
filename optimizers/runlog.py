"""What a run leaves behind: the record in memory, and the IOH log on disk.

One run is one folder in IOHprofiler format, written by ioh's own Analyzer. ``optimizers.ioh_format``
reads, merges and checks such folders.
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import ioh
import numpy as np

from nas_problems.adapters.ioh import as_replayed_ioh
from nas_problems.array import BoolArray, FloatArray
from nas_problems.parameter import check_name
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.regret import incumbents, regret_so_far

MAX_SEED = 2**53 - 1
"""Largest seed that a run attribute can hold; ioh keeps attributes as doubles."""

_LARGEST_INT = 2**31 - 1  # ioh's integer variables are C ints

_PROBE_BYTES = 2**20

WATCHED = ("regret", "cost", "n_failed", "n_distinct")
"""Columns of the log beside evaluations, raw_y and positions; see ``RunWriter``."""


@dataclass(frozen=True, eq=False)
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
        folder: Where the IOH log lies; None: not logged.
        n_sampled: Candidates that the initializer evaluated to make its choice; they are the first rows where
            they were charged to the run, else no rows at all.
        sampling_seconds: Cost of these.
        reason: Row -> why its evaluation failed.
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
    folder: Path | None = None
    n_sampled: int = 0
    sampling_seconds: float = 0.0
    reason: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.y)

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


def algorithm_name(solver: str, initializer: str) -> str:
    """Name under which a log files a solver: its label, and the initializer where it is not ``uniform``.

    >>> algorithm_name("cma-es", "uniform"), algorithm_name("cma-es", "sobol")
    ('cma-es', 'cma-es.from-sobol')
    """
    return solver if initializer == "uniform" else f"{solver}.from-{initializer}"


class RunWriter:
    """Logs one run with ioh's Analyzer; the folder appears complete when the writer closes.

    Beside evaluations, raw_y (minimised) and positions, every row has the watched columns

    - ``regret``: noise-free value of the incumbent (the best observed so far) minus
      ``problem.target``; the observed value where a noise-free one is not cheap (live problems),
    - ``cost``: cumulative cost in seconds,
    - ``n_failed``: failed evaluations so far,
    - ``n_distinct``: distinct candidates so far, by canonical form.

    Positions are integer codes on finite spaces, else points of the box [-5, 5]^d; ioh writes them with six
    decimals. Where an exception leaves the ``with`` block, nothing is written.

    Args:
        folder: New or empty; its parents are made at once, itself when the log is written.
        problem: What was evaluated, with one objective.
        solver: Label of the solver.
        seed: Seed of the run, 0 ... ``MAX_SEED``.
        initializer: Name of what chose the first candidates.
        attributes: Further run attributes, numbers by name.

    Raises:
        ValueError: A folder with content, a name that logs cannot carry, a seed that attributes cannot
            hold, or several objectives.
        OSError: The folder cannot be made.
    """

    def __init__(
        self,
        folder: Path | str,
        problem: Problem,
        *,
        solver: str,
        seed: int,
        initializer: str = "uniform",
        attributes: Mapping[str, float] | None = None,
    ) -> None:
        check_name(solver, "solver label")
        check_name(initializer, "initializer name")
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
            raise ValueError(f"seed: wanted an integer in 0 ... {MAX_SEED}, found {seed!r}")
        if len(problem.objectives) != 1:
            raise ValueError(f"problem: wanted one objective, found {problem.objective_metrics}")
        self.folder = Path(folder)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise ValueError(f"folder: wanted a new or empty folder, found files in {self.folder}")
        self._problem = problem
        self._solver, self._seed, self._initializer = solver, seed, initializer
        self._attributes = {} if attributes is None else dict(attributes)
        self._batches: list[tuple[Codes, FloatArray, FloatArray, BoolArray]] = []
        self._closed = False

    def append(self, Z: Codes, y: FloatArray, cost_seconds: FloatArray, failed: BoolArray) -> None:
        """Add evaluated rows, in their order.

        Args:
            Z: Codes of the problem's space, shape (n, d).
            y: Minimised finite values as observed, (n,).
            cost_seconds: Cost of each evaluation, finite, (n,).
            failed: Whether each evaluation failed, (n,).

        Raises:
            ValueError: Lengths that differ, or a value that is not finite.
            RuntimeError: The writer is closed.
        """
        if self._closed:
            raise RuntimeError("append: the run's log is closed")
        lengths = (len(Z), len(y), len(cost_seconds), len(failed))
        if len(set(lengths)) != 1:
            raise ValueError(f"append: wanted arrays of one length, found {lengths} (Z, y, cost_seconds, failed)")
        for name, values in (("y", y), ("cost_seconds", cost_seconds)):
            if not np.isfinite(values).all():
                raise ValueError(f"{name}: wanted finite values, found {values[~np.isfinite(values)][0]}")
        self._batches.append((Z, y, cost_seconds, failed))

    def close(self) -> None:
        """Write the log; a second call does nothing.

        Raises:
            OSError: The disk is full, or the folder cannot be written.
            ValueError: Codes that are not of the problem's space.
            RuntimeError: No evaluation was appended.
        """
        if self._closed:
            return
        self._closed = True
        if not sum(len(batch[1]) for batch in self._batches):
            raise RuntimeError(f"{self._solver} on {self._problem.label}: no evaluation to log")
        columns = tuple(np.concatenate(column) for column in zip(*self._batches, strict=True))
        self._write(*columns)

    def _write(self, Z: Codes, y: FloatArray, cost_seconds: FloatArray, failed: BoolArray) -> None:
        codes = self._problem.space.check(Z)
        space = self._problem.space
        has_integer_code = space.is_finite and int(space.upper.max()) <= _LARGEST_INT
        replayed = as_replayed_ioh(self._problem, code="integer" if has_integer_code else "box")
        points = replayed.to_points(codes).tolist()
        rows = watched_columns(self._problem, codes, y, cost_seconds, failed).tolist()
        watched = _Watched()
        triggers = [ioh.logger.trigger.ALWAYS]  # ioh keeps no reference: the list must outlive the logger
        if self.folder.exists():
            self.folder.rmdir()  # the Analyzer takes a name that is not used yet
        analyzer = ioh.logger.Analyzer(
            triggers=triggers,
            root=str(self.folder.parent.resolve()),
            folder_name=self.folder.name,
            algorithm_name=algorithm_name(self._solver, self._initializer),
            algorithm_info=self._initializer,
            store_positions=True,
        )
        for name, number in {"seed": self._seed, **self._attributes}.items():
            analyzer.add_run_attribute(name, float(number))
        analyzer.watch(watched, list(WATCHED))
        replayed.attach_logger(analyzer)
        try:
            for point, value, row in zip(points, y.tolist(), rows, strict=True):
                watched.regret, watched.cost, watched.n_failed, watched.n_distinct = row
                replayed.record(point, value)
            replayed.reset()
        finally:
            replayed.detach_logger()
            analyzer.close()
        _check_written(self.folder, len(y))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        self._closed = True


def _check_written(folder: Path, n_rows: int) -> None:
    """Whether the log is whole: on a full disk, ioh leaves half of it, or empty files, and says nothing."""
    for path in (*folder.glob("*.json"), *folder.glob("*/*.dat")):
        content = path.read_bytes()
        is_whole = content.endswith(b"}\n") if path.suffix == ".json" else content.count(b"\n") == n_rows + 1
        if not is_whole:
            with path.open("ab") as file:
                file.write(bytes(_PROBE_BYTES))  # fails for the reason that ioh met
            raise OSError(errno.EIO, "the log was not written in full", str(path))


class _Watched:
    """The attributes that the Analyzer reads after every evaluation."""

    __slots__ = WATCHED
    regret: float
    cost: float
    n_failed: float
    n_distinct: float

    def __init__(self) -> None:
        self.regret = self.cost = self.n_failed = self.n_distinct = 0.0


def watched_columns(
    problem: Problem, Z: Codes, y: FloatArray, cost_seconds: FloatArray, failed: BoolArray
) -> FloatArray:
    """The watched columns of a run, shape (n, 4), in the order of ``WATCHED``."""
    _, first = np.unique(_candidates(problem.space, Z), axis=0, return_index=True)
    is_new = np.zeros(len(y))
    is_new[first] = 1.0
    return np.column_stack(
        [regret_so_far(problem, Z, y, failed=failed), np.cumsum(cost_seconds), np.cumsum(failed), np.cumsum(is_new)]
    ).astype(np.float64)


def _candidates(space: SearchSpace, Z: Codes) -> Codes:
    """One number (or row, where numbers would not fit int64) per candidate, equal for equal candidates."""
    canonical = space.canonical(Z)
    if space.size is None or space.size > np.iinfo(np.int64).max:
        return canonical
    return space.index_of(canonical)
