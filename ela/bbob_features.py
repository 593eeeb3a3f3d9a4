"""Reference features: the 24 BBOB functions, several instances each, for a problem to be placed among.

``reference_on`` takes the functions' values at the points of a problem's own design: then whatever differs is the
landscape's. ``reference`` draws designs of its own, as published studies of continuous problems do; what was
computed is kept in the cache, and the reference in 23 dimensions (20 instances, 1000 points, the 20 features of
the paper) comes with the package.
"""

import csv
import dataclasses
import hashlib
import io
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources

import numpy as np

from ela.bbob import N_FUNCTIONS, evaluate_function
from ela.feature.bootstrap import Task, compute_tasks
from ela.feature.compute import Conditions, ValueScale
from ela.feature.design import Design, check_design
from ela.feature.registry import LEARNING_FROM_NAS, feature_sets, wanted_features
from ela.sampling import DesignKind, unit_design
from nas_problems.array import FloatArray, IntArray, check_count
from nas_problems.checked import checked, shaped
from nas_problems.datasets.cache import load_cached
from nas_problems.space import BOX_LOWER, BOX_UPPER

_VERSION = 2  # of feature definitions and designs; part of the cache's key


@dataclass(frozen=True)
class ReferenceSettings:
    """Everything that decides the numbers of a reference.

    Args:
        dimension: Variables of the functions.
        n: Points of each design.
        instances: 1 ... this number of each function.
        design: Kind of design.
        value_scale: See ``ela.features``.
        features: Names of the features.
        seed: Each function and instance has its own design, drawn from this seed.
    """

    dimension: int
    n: int
    instances: int
    design: DesignKind
    value_scale: ValueScale
    features: tuple[str, ...]
    seed: int = 1

    @property
    def key(self) -> str:
        """Name in the cache; another one whenever the numbers could differ."""
        return _key(self.dimension, asdict(self))


@dataclass(frozen=True)
class Reference:
    """Features of BBOB functions.

    Args:
        functions: Function number of each row, shape (m,).
        instances: Instance of each row, shape (m,).
        names: Names of the features, pflacco's.
        values: Features, shape (m, features); NaN where undefined.
        label: What it is, for captions.
        conditions: Size of the designs and scale of their values; None: features of other people, with which
            anything may be compared.
    """

    functions: IntArray
    instances: IntArray
    names: tuple[str, ...]
    values: FloatArray
    label: str
    conditions: Conditions | None

    def select(self, names: Collection[str]) -> "Reference":
        """The reference with some of its features.

        Raises:
            KeyError: A feature that it does not have.
        """
        missing = [name for name in names if name not in self.names]
        if missing:
            raise KeyError(f"reference: has {sorted(self.names)}, wanted {missing}")
        columns = [self.names.index(name) for name in names]
        return dataclasses.replace(self, names=tuple(names), values=self.values[:, columns])


@checked
def reference(
    dimension: int,
    *,
    n: int = 1000,
    instances: int = 20,
    design: DesignKind = "lhs",
    value_scale: ValueScale = "raw",
    sets: str | Collection[str] = "learning-from-nas",
    seed: int = 1,
    n_processes: int = 1,
) -> Reference:
    """Features of the 24 functions: shipped, from the cache, or computed now (24 x instances designs).

    Args:
        dimension: Variables; as many as the problem's points have columns.
        n: Points of each design; as many as each row of the problem's features comes from (those of a part).
        instances: Instances 1 ... ``instances`` of each function.
        design: Kind of design; the problem's.
        value_scale: See ``ela.features``.
        sets: Names of sets or features.
        seed: Seed of the designs.
        n_processes: Processes for the computation.

    Raises:
        ValueError: A number below 1.
        KeyError: An unknown set.

    Source: hansen2021 (the functions).
    """
    for name, number in (("dimension", dimension), ("n", n), ("instances", instances), ("n_processes", n_processes)):
        check_count(number, name, 1)
    check_count(seed, "seed")
    settings = ReferenceSettings(dimension, n, instances, design, value_scale, wanted_features(sets), seed)
    shipped = _shipped(settings)
    if shipped is not None:
        return shipped
    values = _stored(settings.key, settings.features, lambda: compute_reference(settings, n_processes=n_processes))
    return _of_settings(settings, values)


@shaped(points=2)
def reference_on(
    points: FloatArray,
    *,
    size: int | None = None,
    instances: int = 5,
    value_scale: ValueScale = "raw",
    sets: str | Collection[str] = "learning-from-nas",
    seed: int = 1,
    n_processes: int = 1,
) -> Reference:
    """Features of the 24 functions on the points of a problem's own design.

    Choices and rounding put the points of most problems on a lattice. Features of distances (``nbc``, ``disp``,
    ``ic``) see the lattice first: next to functions on a Latin hypercube any such problem looks like a class of its
    own. On the same points, what differs is the landscape.

    Args:
        points: The problem's design, shape (n, d), in [-5, 5]^d.
        size: Points of each row, drawn without replacement: as many as a part in ``bootstrap``; None: all.
        instances: Instances 1 ... ``instances`` of each function.
        value_scale: See ``ela.features``.
        sets: Names of sets or features.
        seed: Draws the points of each row.
        n_processes: Processes for the computation.

    Raises:
        ValueError: Numbers that are not finite or outside the box, ``size`` not in 1 ... n, or no instance.
        KeyError: An unknown set.

    Source: hansen2021 (the functions).
    """
    design = check_design(points, np.zeros(len(points)), BOX_LOWER, BOX_UPPER)
    if isinstance(design, str):
        raise ValueError(f"points: {design}")
    size = design.n if size is None else size
    check_count(seed, "seed")
    check_count(n_processes, "n_processes", 1)
    if not 1 <= size <= design.n or instances < 1:
        raise ValueError(f"size, instances: wanted 1 ... {design.n} and >= 1, found {size}, {instances}")
    wanted = wanted_features(sets)

    def compute() -> FloatArray:
        rng = np.random.default_rng(seed)
        rows = [np.sort(rng.choice(design.n, size, replace=False)) for _ in range(N_FUNCTIONS * instances)]
        pairs = [(f, i) for f in range(1, N_FUNCTIONS + 1) for i in range(1, instances + 1)]
        designs = [design.with_values(evaluate_function(f, i, design.X)) for f, i in pairs]
        tasks = [Task(k, chosen, value_scale=value_scale) for k, chosen in enumerate(rows)]
        return np.array([row.vector(wanted) for row in compute_tasks(designs, tasks, wanted, n_processes=n_processes)])

    where = hashlib.sha256(np.ascontiguousarray(design.X).tobytes()).hexdigest()
    key = _key(design.d, ["on", where, design.n, size, instances, value_scale, wanted, seed])
    label = (
        f"24 BBOB functions x {instances} instances in {design.d}-d on the problem's own points "
        f"({size} of {design.n} each), values {value_scale}"
    )
    return _reference(_stored(key, wanted, compute), wanted, label, Conditions(size, design.d, value_scale))


def _key(dimension: int, settings: object) -> str:
    import ioh

    version = str(getattr(ioh, "__version__", ""))
    text = json.dumps([_VERSION, version, settings], sort_keys=True)
    return f"bbob-{dimension}d-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _stored(key: str, wanted: Collection[str], compute: Callable[[], FloatArray]) -> FloatArray:
    """From the cache, or computed; features of other packages always are, as their code may have changed."""
    ours = {name for entry in feature_sets if entry.factory.is_ours for name in entry.factory.features}
    if not ours.issuperset(wanted):
        return compute()
    return load_cached(key, lambda: {"values": compute()})["values"]


def compute_reference(settings: ReferenceSettings, *, n_processes: int = 1) -> FloatArray:
    """Features of every function and instance, shape (24 x instances, features), function by function."""
    rows: list[FloatArray] = []
    for function in range(1, N_FUNCTIONS + 1):
        designs = [_design(settings, function, instance) for instance in range(1, settings.instances + 1)]
        tasks = [Task(i, value_scale=settings.value_scale) for i in range(len(designs))]
        tables = compute_tasks(designs, tasks, settings.features, n_processes=n_processes)
        rows.extend(row.vector(settings.features) for row in tables)
    return np.array(rows)


def _design(settings: ReferenceSettings, function: int, instance: int) -> Design:
    rng = np.random.default_rng([settings.seed, function, instance])
    unit = unit_design(settings.n, settings.dimension, design=settings.design, rng=rng)
    X = BOX_LOWER + (BOX_UPPER - BOX_LOWER) * unit
    bounds = np.full(settings.dimension, BOX_LOWER), np.full(settings.dimension, BOX_UPPER)
    return Design(X, evaluate_function(function, instance, X), *bounds)


def _of_settings(settings: ReferenceSettings, values: FloatArray) -> Reference:
    label = (
        f"24 BBOB functions x {settings.instances} instances in {settings.dimension}-d, "
        f"{settings.n} points ({settings.design}), values {settings.value_scale}"
    )
    conditions = Conditions(settings.n, settings.dimension, settings.value_scale)
    return _reference(values, settings.features, label, conditions)


def _reference(values: FloatArray, names: tuple[str, ...], label: str, conditions: Conditions) -> Reference:
    n_instances = len(values) // N_FUNCTIONS
    functions = np.repeat(np.arange(1, N_FUNCTIONS + 1), n_instances)
    instances = np.tile(np.arange(1, n_instances + 1), N_FUNCTIONS)
    return Reference(functions, instances, names, values, label, conditions)


# ---- the reference that comes with the package

SHIPPED = ReferenceSettings(23, 1000, 20, "lhs", "raw", LEARNING_FROM_NAS)
"""The shipped reference; it has both value scales."""


def shipped_table(*, n_processes: int = 1) -> str:
    """The text of the shipped file, computed anew: a csv with nine digits per number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["value_scale", "function", "instance", *SHIPPED.features])
    scales: Sequence[ValueScale] = ("raw", "minmax")
    for scale in scales:
        settings = ReferenceSettings(**{**asdict(SHIPPED), "value_scale": scale})
        reference = _of_settings(settings, compute_reference(settings, n_processes=n_processes))
        for function, instance, row in zip(reference.functions, reference.instances, reference.values, strict=True):
            writer.writerow([scale, function, instance, *(f"{value:.9g}" for value in row)])
    return text.getvalue()


@cache
def _shipped_rows() -> tuple[tuple[str, ...], dict[str, FloatArray]]:
    text = resources.files("ela").joinpath("data/bbob_23d.csv").read_text()
    header, *lines = csv.reader(io.StringIO(text))
    scales = {line[0] for line in lines}
    return tuple(header[3:]), {
        scale: np.array([line[3:] for line in lines if line[0] == scale], dtype=np.float64) for scale in scales
    }


def _shipped(settings: ReferenceSettings) -> Reference | None:
    same = ReferenceSettings(**{**asdict(settings), "value_scale": "raw", "features": SHIPPED.features})
    if same != SHIPPED or not set(settings.features) <= set(SHIPPED.features):
        return None
    names, values = _shipped_rows()
    columns = [names.index(name) for name in settings.features]
    return _of_settings(settings, values[settings.value_scale][:, columns])
