"""Features of many designs at once: bootstrap samples of one design, or a list of designs.

Work is shared (distances and model matrices of a design serve all its samples) and can be spread over
processes; the numbers do not depend on how many.
"""

import importlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ela.feature import engine_pflacco
from ela.feature.compute import Conditions, Engine, Features, ValueScale, all_undefined, features_of
from ela.feature.design import Design, check_design
from ela.feature.registry import DEFAULT_SETS, feature_sets, wanted_features
from nas_problems.array import FloatArray, IntArray, check_numbers
from nas_problems.checked import checked
from nas_problems.evaluators.child import Child

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FeatureTable:
    """Features of several designs.

    Args:
        rows: One entry per design; all have the same features.

    >>> rng = np.random.default_rng(1)
    >>> X = rng.uniform(-5, 5, (60, 2))
    >>> table = bootstrap(X, (X**2).sum(axis=1), lower=-5, upper=5, size=40, repetitions=3, sets="pca", rng=rng)
    >>> table.values.shape, table.names[0]
    ((3, 8), 'pca.expl_var.cov_x')
    """

    rows: tuple[Features, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        return tuple(self.rows[0]) if self.rows else ()

    @property
    def values(self) -> FloatArray:
        """Values, shape (designs, features); NaN where undefined."""
        return np.array([row.vector(self.names) for row in self.rows]).reshape(len(self.rows), len(self.names))

    def frame(self) -> "pd.DataFrame":
        """The values as a data frame, one row per design."""
        import pandas as pd

        return pd.DataFrame(self.values, columns=list(self.names))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Features]:
        return iter(self.rows)


@dataclass(frozen=True)
class Task:
    """One design of a batch.

    Args:
        design: Number of the design it is a sample of.
        rows: Rows of the sample; None: all.
        start_seed: Seed of the tour's first point; None: the smallest point.
        value_scale: See ``features``; the sample's own values decide the scale.
    """

    design: int
    rows: IntArray | None = None
    start_seed: int | None = None
    value_scale: ValueScale = "raw"


@checked
def bootstrap(
    X: object,
    y: object,
    *,
    lower: object,
    upper: object,
    size: int = 800,
    repetitions: int = 30,
    sets: str | Collection[str] = DEFAULT_SETS,
    engine: Engine = "own",
    rng: np.random.Generator,
    value_scale: ValueScale = "raw",
    n_processes: int = 1,
) -> FeatureTable:
    """Features of random parts of a design: how far a feature depends on the points that were drawn.

    Features depend on the number of points, so that parts of ``size`` points compare with a ``reference`` of as
    many. Parts share points: they spread less than designs that are drawn anew.

    Args:
        X: Points, shape (n, d).
        y: Minimised values, shape (n,).
        lower: Lower bounds: a number, or one per variable.
        upper: Upper bounds.
        size: Points per part, drawn without replacement.
        repetitions: Number of parts.
        sets: See ``features``.
        engine: See ``features``.
        rng: Draws the parts and the first points of tours.
        value_scale: See ``features``; each part is scaled by itself, as if it were all that is known.
        n_processes: Processes to use; the result does not depend on it.

    Returns:
        One row per part: what ``features`` gives for only its points.

    Raises:
        ValueError: ``size`` not in 1 ... n, ``repetitions`` below 1, or see ``features``.
        KeyError: An unknown set or feature.
        ImportError: Engine pflacco is wanted and not installed.

    Source: vanstein2020, section 5 (800 of 1000 points, 30 repetitions).
    """
    wanted = wanted_features(sets)
    if engine == "pflacco" and not engine_pflacco.available():
        raise ImportError(engine_pflacco.MISSING)
    n = len(check_numbers(y, "y", n_axes=1, finite=False))
    check_numbers(X, "X", n_axes=2, finite=False)
    if not 1 <= size <= n:
        raise ValueError(f"size: wanted 1 ... {n}, found {size}")
    if repetitions < 1:
        raise ValueError(f"repetitions: wanted >= 1, found {repetitions}")
    tasks = [
        Task(0, np.sort(rng.choice(n, size, replace=False)), int(rng.integers(2**32)), value_scale)
        for _ in range(repetitions)
    ]
    design = check_design(X, y, lower, upper)
    if isinstance(design, str):
        row = all_undefined(wanted, design, Conditions(size, np.asarray(X).shape[1], value_scale))
        return FeatureTable((row,) * repetitions)
    return FeatureTable(tuple(compute_tasks([design], tasks, wanted, engine=engine, n_processes=n_processes)))


def compute_tasks(
    designs: Sequence[Design],
    tasks: Iterable[Task],
    wanted: Sequence[str],
    *,
    engine: Engine = "own",
    n_processes: int = 1,
) -> list[Features]:
    """Features of many tasks on shared designs, in the order of the tasks.

    Sets of other people are computed in the processes, too, where importing the module of their function registers
    them, and else in this one.

    Args:
        designs: The whole designs.
        tasks: What to compute.
        wanted: Names of features.
        engine: See ``features``.
        n_processes: Processes to use.

    Raises:
        ValueError: ``n_processes`` below 1.
    """
    if n_processes < 1:
        raise ValueError(f"n_processes: wanted >= 1, found {n_processes}")
    listed = list(tasks)
    if n_processes == 1 or len(listed) < 2 * n_processes:
        return _compute_chunk(designs, listed, wanted, engine)
    chunks = [listed[i::n_processes] for i in range(n_processes)]
    rows: list[Features | None] = [None] * len(listed)
    for i, computed in enumerate(_in_children(designs, chunks, wanted, engine)):
        rows[i::n_processes] = _compute_chunk(designs, chunks[i], wanted, engine) if computed is None else computed
    return [row for row in rows if row is not None]


def _in_children(
    designs: Sequence[Design], chunks: Sequence[Sequence[Task]], wanted: Sequence[str], engine: Engine
) -> list[list[Features] | None]:
    """Features of each chunk, computed in a process of its own; None where it does not know some of the features."""
    others = [entry.factory for entry in feature_sets if not entry.factory.is_ours]
    modules = tuple(dict.fromkeys(each.compute.__module__ for each in others if set(each.features) & set(wanted)))
    children = [Child() for _ in chunks]

    def compute(child: Child, chunk: Sequence[Task]) -> list[Features] | None:
        return child.call(_compute_if_known, designs, chunk, wanted, engine, modules)

    with ThreadPoolExecutor(len(chunks)) as threads:
        try:
            return list(threads.map(compute, children, chunks))
        finally:
            for child in children:
                child.close()


def _compute_if_known(
    designs: Sequence[Design], tasks: Sequence[Task], wanted: Sequence[str], engine: Engine, modules: Sequence[str]
) -> list[Features] | None:
    """Runs in a child, which imports the modules of sets that do not come with this package."""
    for name in modules:
        with suppress(ImportError, ValueError):  # __main__, or no module
            importlib.import_module(name)
    known = {feature for entry in feature_sets for feature in entry.factory.features}
    return _compute_chunk(designs, tasks, wanted, engine) if known.issuperset(wanted) else None


def _compute(design: Design, task: Task, wanted: Sequence[str], engine: Engine) -> Features:
    part = design if task.rows is None else design.subset(task.rows)
    rng = None if task.start_seed is None else np.random.default_rng(task.start_seed)
    return features_of(part, wanted, engine=engine, rng=rng, value_scale=task.value_scale)


def _compute_chunk(
    designs: Sequence[Design], tasks: Sequence[Task], wanted: Sequence[str], engine: Engine
) -> list[Features]:
    """One after the other, on one thread each: matrices are small, and processes are the parallelism."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return [_compute(designs[task.design], task, wanted, engine) for task in tasks]
