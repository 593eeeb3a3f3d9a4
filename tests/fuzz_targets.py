"""Public functions with a right value for each of their arguments, which ``tests/fuzz.py`` replaces by mistakes."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import ela
import ela.landscape
import experiments.statistics
import nas_problems
import optimizers
from ela.feature import features
from ela.sampling import sample_codes, unit_design
from experiments.study import Study
from nas_problems import Categorical, Fidelities, Integer, Metric, Noise, Ordinal, Problem, Real, SearchSpace, Variant
from nas_problems.space_file import space_to_configspace, space_to_toml
from optimizers.history import History
from optimizers.initializers.centroid import Recipe
from optimizers.initializers.latin_hypercube import latin_hypercube
from optimizers.initializers.sobol import sobol
from optimizers.initializers.uniform import uniform
from tests.nas_problems import tiny

SPACE: SearchSpace = SearchSpace(
    (Categorical("op", ("a", None)), Ordinal("kernel", (1, 3, 5)), Integer("width", 1, 64, log=True))
)
LINE = ela.landscape.neighbour_graph(SearchSpace((Ordinal("x", tuple(range(7))),)))
Y = np.array([3.0, 1.0, 2.0, 0.0, 2.0, 2.0, 1.0])
LANDSCAPE: ela.landscape.Landscape = ela.landscape.Landscape.enumerate(tiny.table_problem())
DISTANCE = np.abs(np.arange(7.0)[:, None] - np.arange(7.0))


def _rng() -> np.random.Generator:
    return np.random.default_rng(1)


def _design(n: int = 24) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    X = np.random.default_rng(2).uniform(-5, 5, (n, 2))
    return X, np.round((X**2).sum(axis=1))


def _area(config: Mapping[str, Any]) -> float:
    return float(config["width"])


@cache
def _live() -> Problem:
    return nas_problems.from_function(_area, SPACE, name="area")


@dataclass(frozen=True)
class Target:
    """A public function.

    Args:
        name: What messages call it.
        function: What is called.
        arguments: Parameter name -> a right value, made anew for each call. Others keep their defaults.
        large: Parameters for which a large number is right, and would take for ever.
    """

    name: str
    function: Callable[..., object]
    arguments: Mapping[str, Callable[[], object]]
    large: frozenset[str] = frozenset()


def _target(name: str, function: Callable[..., object], large: str = "", /, **arguments: Any) -> Target:
    made = {
        key: value if callable(value) and key not in _FUNCTIONS else _constant(value)
        for key, value in arguments.items()
    }
    return Target(name, function, made, frozenset(large.split()))


_FUNCTIONS = frozenset({"function"})
"""Parameters whose right value is itself a function."""


def _constant(value: object) -> Callable[[], object]:
    return lambda: value


def _of_space(space: SearchSpace, label: str) -> Iterator[Target]:
    Z = space.sample(5, np.random.default_rng(3))
    one_of_z: dict[str, Any] = {"Z": lambda: Z.copy()}
    for method in ("check", "is_valid", "canonical", "decode", "to_box", "one_hot"):
        yield _target(f"SearchSpace.{method} ({label})", getattr(space, method), **one_of_z)
    yield _target(f"SearchSpace.sample ({label})", space.sample, n=3, rng=_rng)
    yield _target(f"SearchSpace.encode ({label})", space.encode, configs=lambda: space.decode(Z))
    yield _target(f"SearchSpace.from_box ({label})", space.from_box, X=lambda: space.to_box(Z))
    yield _target(f"SearchSpace.distance ({label})", space.distance, Za=lambda: Z, Zb=lambda: Z, metric="gower")
    yield _target(f"SearchSpace.neighbours ({label})", space.neighbours, z=lambda: Z[0])
    if space.is_finite:
        yield _target(f"SearchSpace.index_of ({label})", space.index_of, **one_of_z)
        yield _target(f"SearchSpace.rows_of ({label})", space.rows_of, **one_of_z)
        yield _target(f"SearchSpace.from_index ({label})", space.from_index, indices=lambda: np.array([0, 1]))
        yield _target(f"SearchSpace.from_rows ({label})", space.from_rows, rows=lambda: np.array([0, 1]))
        yield _target(f"SearchSpace.enumerate ({label})", lambda chunk: list(space.enumerate(chunk=chunk)), chunk=50)
    for initializer in (uniform, latin_hypercube, sobol):
        yield _target(f"{initializer.__name__} ({label})", initializer, space=_constant(space), n=4, rng=_rng)
    yield _target(f"sample_codes ({label})", sample_codes, space=_constant(space), n=4, design="lhs", rng=_rng)


def _of_problem(problem: Problem, label: str) -> Iterator[Target]:
    Z = problem.space.sample(5, np.random.default_rng(3))
    metric = problem.objective_metrics[0]
    yield _target(f"Problem.__call__ ({label})", problem, Z=lambda: Z, rng=_rng)
    yield _target(f"Problem.evaluate ({label})", problem.evaluate, Z=lambda: Z, rng=_rng, metrics=[metric])
    yield _target(
        f"Problem.evaluate at fidelities ({label})", problem.evaluate, Z=lambda: Z, fidelity=problem.fidelity, rng=_rng
    )
    yield _target(f"Problem.learning_curve ({label})", problem.learning_curve, Z=lambda: Z, metric=metric, rng=_rng)
    yield _target(f"Problem.scalar ({label})", lambda z, rng: problem.scalar(rng)(z), z=lambda: Z[0].tolist(), rng=_rng)
    yield _target(f"Problem.variant ({label})", problem.variant, noise="mean", fidelity=problem.fidelity, instance=2)
    yield _target(f"Problem.variant, objective ({label})", problem.variant, objective=metric)


def _of_landscapes() -> Iterator[Target]:
    L = ela.landscape
    y, graph = (lambda: Y.copy()), _constant(LINE)
    search = L.best_improvement(LINE, Y)
    first = L.first_improvement(LINE, Y)
    problem = tiny.table_problem
    yield _target(
        "Landscape",
        L.Landscape,
        space=_constant(LANDSCAPE.space),
        Z=lambda: LANDSCAPE.Z,
        y=lambda: LANDSCAPE.y,
        is_exact=True,
    )
    yield _target("Landscape.enumerate", L.Landscape.enumerate, problem=problem, rng=_rng)
    yield _target("Landscape.sample", L.Landscape.sample, problem=problem, n=9, rng=_rng)
    yield _target("Landscape.with_values", LANDSCAPE.with_values, y=lambda: LANDSCAPE.y)
    yield _target("Landscape.distance_to", LANDSCAPE.distance_to, z=lambda: LANDSCAPE.Z[3])
    yield _target("autocorrelation", L.autocorrelation, values=lambda: Y[None, :], lag=1)
    yield _target("best_improvement", L.best_improvement, graph=graph, y=y)
    yield _target(
        "birthday_of",
        L.birthday_of,
        "n_trials n_starts",
        landscape=_constant(LANDSCAPE),
        n_trials=3,
        n_starts=4,
        rng=_rng,
    )
    yield _target("can_be_enumerated", L.can_be_enumerated, problem=problem)
    yield _target("compare_routes", L.compare_routes, first=y, second=y, window=2)
    yield _target("correlation_length", L.correlation_length, rho=0.5)
    yield _target(
        "estimate_by_birthday",
        L.estimate_by_birthday,
        "n_trials n_starts",
        search=lambda: lambda rng, m: rng.integers(5, size=m).tolist(),
        n_trials=3,
        n_starts=4,
        rng=_rng,
    )
    yield _target("exact_autocorrelation", L.exact_autocorrelation, "lag", graph=graph, y=y, lag=2)
    yield _target("first_improvement", L.first_improvement, graph=graph, y=y)
    yield _target("first_improvement_network", L.first_improvement_network, graph=graph, search=lambda: first)
    yield _target("fit_density", L.fit_density, values=lambda: np.array([0.2, 0.5, 0.6, 0.9]), family="beta")
    yield _target(
        "fitness_distance_correlation",
        L.fitness_distance_correlation,
        landscape=_constant(LANDSCAPE),
        to=lambda: LANDSCAPE.Z[0],
        coefficient="spearman",
    )
    yield _target(
        "local_optima_network",
        L.local_optima_network,
        "distance",
        graph=graph,
        search=search,
        kind="escape",
        distance=2,
    )
    yield _target(
        "local_search_from",
        L.local_search_from,
        starts=lambda: LANDSCAPE.Z[:2],
        problem=problem,
        rng=_rng,
        max_evaluations=40,
    )
    yield _target("locality", L.locality, "n_bins", graph=graph, y=y, n_bins=4)
    yield _target(
        "nearest_neighbour_optima", L.nearest_neighbour_optima, distance=lambda: DISTANCE, y=y, n_neighbours=2
    )
    yield _target("neighbour_graph", L.neighbour_graph, space=_constant(LANDSCAPE.space))
    yield _target("neutral_networks", L.neutral_networks, graph=graph, y=y, tolerance=0.5)
    yield _target("neutrality", L.neutrality, graph=graph, y=y, tolerance=0.5)
    yield _target("neutrality_degree", L.neutrality_degree, graph=graph, y=y, tolerance=0.5)
    yield _target("persistence", L.persistence, Y=lambda: np.stack([Y, Y[::-1]]), side="worst", n_max=50)
    yield _target(
        "random_routes", L.random_routes, "n_walks length", space=_constant(SPACE), n_walks=2, length=4, rng=_rng
    )
    yield _target("random_walks", L.random_walks, "n_walks length", graph=graph, n_walks=2, length=4, rng=_rng)
    yield _target("ruggedness", L.ruggedness, rho=0.5)
    yield _target("threshold_graph", L.threshold_graph, distance=lambda: DISTANCE, radius=1.5)


def _of_features() -> Iterator[Target]:
    X, y = _design()
    points: dict[str, Any] = {"X": lambda: X.copy(), "y": lambda: y.copy(), "lower": -5, "upper": 5}
    sets = "nearest-better"
    yield _target("features", features, **points, sets=sets, engine="own", rng=_rng, value_scale="minmax")
    yield _target("features, all sets", features, **points, sets=("distribution", "dispersion", "pca", "meta-model"))
    yield _target(
        "bootstrap", ela.bootstrap, "repetitions n_processes", **points, size=12, repetitions=2, sets=sets, rng=_rng
    )
    yield _target("unit_design", unit_design, n=5, d=2, design="lhs", rng=_rng)
    yield _target("sample", ela.sample, problem=tiny.mixed_problem, n=6, design="lhs", seed=1, encoding="one-hot")
    yield _target(
        "encode_points",
        ela.encode_points,
        space=_constant(SPACE),
        Z=lambda: SPACE.sample(4, _rng()),
        y=lambda: Y[:4],
        encoding="target",
    )
    yield _target(
        "FeatureSet.from_function",
        ela.FeatureSet.from_function,
        function=lambda X, y: {"mine.a": 1.0},
        features=lambda: ["mine.a"],
    )
    placed = ela.features(X, y, lower=-5, upper=5, sets="ela_distr.skewness")
    values = np.random.default_rng(4).standard_normal((48, 1))
    reference = ela.Reference(
        np.repeat(np.arange(1, 25), 2), np.tile([1, 2], 24), ("ela_distr.skewness",), values, "r", None
    )
    yield _target("place", ela.place, features=_constant(placed), reference=_constant(reference), k=2, scaling="zscore")
    yield _target(
        "reduce_space",
        ela.reduce_space,
        space=_constant(SPACE),
        Z=lambda: SPACE.sample(40, _rng()),
        y=lambda: np.random.default_rng(5).random(40),
    )
    yield _target("footprint", ela.footprint, "budget", problem=tiny.table_problem, budget=60, seed=1)


def _of_statistics() -> Iterator[Target]:
    S = experiments.statistics
    a, b, V = (lambda: Y[:4]), (lambda: Y[3:]), (lambda: np.stack([Y[::-1], Y]))
    yield _target("median_interval", S.median_interval, values=a)
    yield _target("holm", S.holm, p=lambda: np.array([0.01, 0.5]))
    yield _target("rank_sum", S.rank_sum, a=a, b=b)
    yield _target("rank_within", S.rank_within, values=V)
    yield _target("same_as_best", S.same_as_best, final=lambda: {"one": Y[:4], "two": Y[3:]})
    yield _target(
        "compare_over_blocks",
        S.compare_over_blocks,
        values=lambda: np.stack([Y, Y + 1, Y - 1]).T,
        solvers=lambda: ["a", "b", "c"],
    )
    yield _target("first_hits", S.first_hits, V=V, target=1.0)
    yield _target("expected_running_time", S.expected_running_time, hits=lambda: np.array([3, 0]), budget=9)
    yield _target("median_hit", S.median_hit, hits=lambda: np.array([3, 0]))
    yield _target("attainment", S.attainment, V=V, best=0.1, worst=3.0, log=True)
    yield _target("area_over_curve", S.area_over_curve, V=V, best=0.1, worst=3.0, log=True)
    yield _target("quantile_bands", S.quantile_bands, V=V, quantiles=(0.25, 0.5))
    yield _target("target_range", S.target_range, V=V)
    logged: dict[str, Any] = {"evaluations": lambda: [np.array([1.0, 3.0])], "values": lambda: [np.array([2.0, 1.0])]}
    yield _target("steps", S.steps, "budget", **logged, budget=5)
    yield _target(
        "align",
        S.align,
        "budget",
        evaluations=lambda: [np.array([1.0, 3.0])],
        values=lambda: [np.array([2.0, 1.0])],
        budget=5,
    )


def _of_makers() -> Iterator[Target]:
    yield _target("Categorical", Categorical, name="op", choices=("a", 1, None))
    yield _target("Ordinal", Ordinal, name="op", values=(1, 2, 4))
    yield _target("Integer", Integer, name="width", low=1, high=9, log=True)
    yield _target("Real", Real, name="rate", low=0.1, high=0.9, log=True, step=0.2)
    yield _target("SearchSpace", SearchSpace, parameters=lambda: SPACE.parameters, validity=None, canonical_form=None)
    yield _target("Metric", Metric, name="value", unit="%", maximize=True, penalty=100.0)
    yield _target("Fidelities", Fidelities, name="epochs", values=(1, 3), continued=True)
    yield _target("Noise", Noise, kind="seed", seed=1, scale=0.0)
    yield _target("Noise.parse", Noise.parse, text="scaled:0.5")
    yield _target("Variant.parse", Variant.parse, text="nb201-cifar10[noise=sampled]")
    yield _target("make", nas_problems.make, name="nb201-cifar10", noise="seed-1", fidelity=200, instance=2)
    yield _target("make, objective", nas_problems.make, name="nb201-cifar10", objective="validation_accuracy")
    yield _target(
        "from_function",
        nas_problems.from_function,
        function=_area,
        space=_constant(SPACE),
        name="area",
        function_id=30_000,
        metric=_constant(Metric("value")),
        limit_seconds=np.inf,
        source="own",
        lower_bound=0.0,
    )
    yield _target(
        "from_function, seeds",
        nas_problems.from_function,
        function=lambda config, seed: 1.0 * seed,
        space=_constant(SPACE),
        name="seeded",
        seeds=(1, 2),
    )
    yield _target(
        "Problem",
        Problem,
        name="p",
        function_id=7,
        base_space=_constant(tiny.TABLE_SPACE),
        evaluator=tiny.table_evaluator,
        objectives=_constant((tiny.ACCURACY,)),
        source="none",
        fidelity=12,
        noise=_constant(Noise()),
        instance=1,
    )


def _of_files_and_recipes() -> Iterator[Target]:
    """What users call to bring their own: rows, images, spaces, recipes, evaluations."""
    rows = pd.DataFrame({"op": ["a", "b"] * 6, "width": range(12), "loss": np.linspace(0, 1, 12), "epoch": [1, 2] * 6})
    yield _target(
        "from_frame",
        nas_problems.from_frame,
        frame=_constant(rows),
        metric="loss",
        name="rows",
        function_id=21_000,
        space=None,
        parameters=_constant(["op", "width"]),
        fidelity=None,
        continued=False,
        seed=None,
        cost=None,
        test_metric=None,
        candidates="rows",
        distance="gower",
        model=None,
        where=(),
        source="own",
    )
    images, labels = np.zeros((30, 4, 4)), np.arange(30) % 3
    yield _target(
        "ImageSet.from_arrays",
        nas_problems.ImageSet.from_arrays,
        name="images",
        images=_constant(images + 1.0),
        labels=_constant(labels),
        test=_constant((images[:6], labels[:6])),
        n_train=20,
        n_validation=None,
        seed=0,
        scale=None,
    )
    protocol = dataclasses.asdict(nas_problems.TrainingProtocol())
    yield _target("TrainingProtocol", nas_problems.TrainingProtocol, **protocol)
    condition = nas_problems.Condition("width", "op", ("a",))
    yield _target("Condition", nas_problems.Condition, parameter="width", parent="op", values=("a",))
    yield _target(
        "conditional_space",
        nas_problems.conditional_space,
        parameters=_constant([Integer("width", 1, 9), Categorical("op", ("a", "b"))]),
        conditions=_constant([condition]),
    )
    for write in (space_to_toml, space_to_configspace):
        yield _target(f"space_file.{write.__name__}", write, space=_constant(SPACE))
    Z = SPACE.sample(5, np.random.default_rng(3))
    yield _target("History", History, Z=_constant(Z), y=lambda: np.zeros(5), fidelity=lambda: np.ones(5))
    yield _target("Recipe", Recipe, **dataclasses.asdict(Recipe()))
    study = Study(problems=("nb201-cifar10",), solvers=("random-search",), budget=10)
    yield _target("Study", Study, **{f.name: _constant(getattr(study, f.name)) for f in dataclasses.fields(study)})
    performance = ela.own_performance(dimension=5)
    yield _target("own_performance", ela.own_performance, dimension=5, budget=100.0, table=None)
    yield _target("Performance.only", performance.only, solvers=_constant(["deap-ga", "cma-es"]))
    yield _target(
        "reference",
        ela.reference,
        dimension=23,
        n=1000,
        instances=20,
        design="lhs",
        value_scale="raw",
        sets="learning-from-nas",
    )
    footprint = ela.footprint(tiny.table_problem(), seed=1)
    yield _target("footprint_table", ela.footprint_table, footprints=_constant([footprint]))
    yield _target("Footprint.value", footprint.value, name="fdc")


def _of_optimizers() -> Iterator[Target]:
    problem = tiny.table_problem
    yield _target("optimizers.make", lambda name: optimizers.make(name), name="local-search")
    yield _target("optimizers.options", optimizers.options, name="deap-ga")
    yield _target("from_minimizer", optimizers.from_minimizer, function=lambda f, bounds: f, label="mine", restart=True)
    yield _target(
        "make_initializer",
        lambda name, problem: optimizers.make_initializer(name, problem),
        name="sobol",
        problem=problem,
    )
    yield _target(
        "run",
        optimizers.run,
        "budget",
        solver="random-search",
        problem=problem,
        budget=6,
        seed=1,
        initializer="uniform",
    )


@cache
def targets() -> tuple[Target, ...]:
    """Everything that is fuzzed."""
    found = [
        *_of_makers(),
        *_of_files_and_recipes(),
        *_of_landscapes(),
        *_of_features(),
        *_of_statistics(),
        *_of_optimizers(),
    ]
    for label, space in (
        ("finite", SPACE),
        ("mixed", tiny.MIXED_SPACE),
        ("constrained", tiny.constrained_problem().space),
    ):
        found.extend(_of_space(space, label))
    for label, problem in (
        ("table", tiny.table_problem()),
        ("sampled", tiny.table_problem().variant(noise="sampled")),
        ("formula", tiny.failing_problem()),
        ("function", _live()),
    ):
        found.extend(_of_problem(problem, label))
    return tuple(found)
