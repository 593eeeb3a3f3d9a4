"""Reference features: the 24 BBOB functions, several instances each, on the same kind of design as a problem's.

Computed when asked for and kept in the cache; the reference in 23 dimensions (20 instances, 1000 points,
the 20 features of the paper) comes with the package.
"""

import csv
import dataclasses
import hashlib
import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

import numpy as np

from ela.feature.bootstrap import Task, compute_tasks
from ela.feature.compute import Conditions, ValueScale
from ela.feature.design import Design
from ela.feature.registry import wanted_features
from ela.sampling import DesignKind, unit_design
from nas_problems.array import FloatArray, IntArray
from nas_problems.datasets.cache import load_cached
from nas_problems.evaluation import Evaluations, Fidelity, Metric, Noise, NoiseKind
from nas_problems.problem import Problem
from nas_problems.space import BOX_LOWER, BOX_UPPER, Codes, Real, SearchSpace

N_FUNCTIONS = 24

FUNCTION_NAMES = (
    "Sphere",
    "Ellipsoid",
    "Rastrigin",
    "Bueche-Rastrigin",
    "Linear slope",
    "Attractive sector",
    "Step ellipsoid",
    "Rosenbrock",
    "Rotated Rosenbrock",
    "Rotated ellipsoid",
    "Discus",
    "Bent cigar",
    "Sharp ridge",
    "Different powers",
    "Rotated Rastrigin",
    "Weierstrass",
    "Schaffers F7",
    "Schaffers F7, ill-conditioned",
    "Griewank-Rosenbrock",
    "Schwefel",
    "Gallagher 101 peaks",
    "Gallagher 21 peaks",
    "Katsuura",
    "Lunacek bi-Rastrigin",
)
"""Names of f1 ... f24. Source: hansen2021, table 1."""

_VERSION = 1  # of feature definitions and designs; part of the cache's key


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
        import ioh

        version = str(getattr(ioh, "__version__", ""))
        text = json.dumps([_VERSION, version, asdict(self)], sort_keys=True)
        return f"bbob-{self.dimension}d-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


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


def evaluate_function(function: int, instance: int, X: FloatArray) -> FloatArray:
    """Values of a BBOB function at points (n, d), shape (n,).

    Raises:
        ValueError: No such function.
    """
    import ioh

    if not 1 <= function <= N_FUNCTIONS:
        raise ValueError(f"function: wanted 1 ... {N_FUNCTIONS}, found {function}")
    problem = ioh.get_problem(function, instance, X.shape[1], ioh.ProblemClass.BBOB)
    return np.array(problem(X.tolist()), dtype=np.float64)


_VALUE = Metric("value", penalty=1e12)


@dataclass(frozen=True, eq=False)
class FunctionEvaluator:
    """A BBOB function as an evaluator of codes, which are points of [-5, 5]^d.

    Args:
        function: Function number.
        instance: Its instance.
        dimension: Number of variables.
    """

    function: int
    instance: int
    dimension: int

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The function's value."""
        return {_VALUE.name: _VALUE}

    @property
    def fidelity(self) -> Fidelity:
        """Only the full one."""
        return Fidelity("share", (1.0,))

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """No noise."""
        return frozenset({"mean"})

    @cached_property
    def _problem(self) -> Any:
        import ioh

        return ioh.get_problem(self.function, self.instance, self.dimension, ioh.ProblemClass.BBOB)

    @property
    def optimum(self) -> float:
        """The smallest value."""
        return float(self._problem.optimum.y)

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``."""
        values = np.array(self._problem(np.asarray(Z, dtype=np.float64).tolist()), dtype=np.float64)
        return Evaluations({"value": values.reshape(len(Z))}, np.zeros(len(Z)), np.zeros(len(Z), dtype=np.bool_))


def as_problem(function: int, instance: int, dimension: int) -> Problem:
    """A BBOB function as one of our problems, so that our solvers can run on it.

    Raises:
        ValueError: No such function.
    """
    if not 1 <= function <= N_FUNCTIONS:
        raise ValueError(f"function: wanted 1 ... {N_FUNCTIONS}, found {function}")
    evaluator = FunctionEvaluator(function, instance, dimension)
    space = SearchSpace(tuple(Real(f"x{j}", BOX_LOWER, BOX_UPPER) for j in range(dimension)))
    return Problem(
        name=f"bbob-f{function}-i{instance}",
        function_id=function,
        base_space=space,
        evaluator=evaluator,
        objectives=(_VALUE,),
        source="hansen2021",
        lower_bound=evaluator.optimum,
    )


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
    if min(dimension, n, instances) < 1:
        raise ValueError(f"dimension, n, instances: wanted >= 1, found {dimension}, {n}, {instances}")
    settings = ReferenceSettings(dimension, n, instances, design, value_scale, wanted_features(sets), seed)
    shipped = _shipped(settings)
    if shipped is not None:
        return shipped
    stored = load_cached(settings.key, lambda: {"values": compute_reference(settings, n_processes=n_processes)})
    return _reference(settings, stored["values"])


def compute_reference(settings: ReferenceSettings, *, n_processes: int = 1) -> FloatArray:
    """Features of every function and instance, shape (24 x instances, features), function by function."""
    rows: list[FloatArray] = []
    for function in range(1, N_FUNCTIONS + 1):
        designs = [_design(settings, function, instance) for instance in range(1, settings.instances + 1)]
        tasks = [Task(i, value_scale=settings.value_scale) for i in range(len(designs))]
        found = compute_tasks(designs, tasks, settings.features, n_processes=n_processes)
        rows.extend(row.vector(settings.features) for row in found)
    return np.array(rows)


def _design(settings: ReferenceSettings, function: int, instance: int) -> Design:
    rng = np.random.default_rng([settings.seed, function, instance])
    unit = unit_design(settings.n, settings.dimension, design=settings.design, rng=rng)
    X = BOX_LOWER + (BOX_UPPER - BOX_LOWER) * unit
    bounds = np.full(settings.dimension, BOX_LOWER), np.full(settings.dimension, BOX_UPPER)
    return Design(X, evaluate_function(function, instance, X), *bounds)


def _reference(settings: ReferenceSettings, values: FloatArray) -> Reference:
    label = (
        f"24 BBOB functions x {settings.instances} instances in {settings.dimension}-d, "
        f"{settings.n} points ({settings.design}), values {settings.value_scale}"
    )
    functions = np.repeat(np.arange(1, N_FUNCTIONS + 1), settings.instances)
    instances = np.tile(np.arange(1, settings.instances + 1), N_FUNCTIONS)
    conditions = Conditions(settings.n, settings.dimension, settings.value_scale)
    return Reference(functions, instances, settings.features, values, label, conditions)


# ---- the reference that comes with the package

SHIPPED = ReferenceSettings(23, 1000, 20, "lhs", "raw", wanted_features("learning-from-nas"))
"""The shipped reference; it has both value scales."""


def shipped_table(*, n_processes: int = 1) -> str:
    """The text of the shipped file, computed anew: a csv with nine digits per number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["value_scale", "function", "instance", *SHIPPED.features])
    scales: Sequence[ValueScale] = ("raw", "minmax")
    for scale in scales:
        settings = ReferenceSettings(**{**asdict(SHIPPED), "value_scale": scale})
        found = _reference(settings, compute_reference(settings, n_processes=n_processes))
        for function, instance, row in zip(found.functions, found.instances, found.values, strict=True):
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
    return _reference(settings, values[settings.value_scale][:, columns])
