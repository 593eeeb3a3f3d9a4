"""Calls of public functions with arguments that are right but for one or two: what may come of it.

Only the documented errors: ValueError (name, wanted, found), KeyError for an unknown name, RuntimeError, ImportError.
Anything else, such as an AttributeError deep inside or a warning about numbers, is a fault of ours.
"""

import inspect
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

import ela
import ela.landscape
import experiments.statistics
import nas_problems
import optimizers
from nas_problems import Metric
from tests.fuzz_targets import LANDSCAPE, SPACE, Target, targets
from tests.nas_problems import tiny

SEEDS = (1, 2, 3, 5, 7, 8, 13, 21)
"""Recorded: a fault that another seed finds is mended, and its seed added here."""

ALLOWED = (ValueError, KeyError, RuntimeError, ImportError)

MISTAKES: tuple[Callable[[], object], ...] = (
    lambda: None,
    lambda: True,
    lambda: -1,
    lambda: 0,
    lambda: 2.5,
    lambda: np.nan,
    lambda: np.inf,
    lambda: -1e308,
    lambda: 10**400,
    lambda: "",
    lambda: "no such name",
    lambda: b"bytes",
    lambda: 1j,
    list,
    dict,
    set,
    lambda: [[0], [0, 0]],
    lambda: [None, "a"],
    lambda: (1, 2, 3),
    lambda: object(),
    lambda: int,
    lambda: (number for number in (1, 2)),
    lambda: np.zeros(0),
    lambda: np.zeros((2, 3, 4)),
    lambda: np.array([np.nan, 1.0]),
    lambda: np.array(["a", "b"]),
    lambda: np.array([None, 1], dtype=object),
    lambda: np.array(3.0),
    lambda: np.datetime64("2020-01-01"),
    lambda: np.float32(1e-30),
    lambda: np.array([[1e300, -1e300]]),
    lambda: np.random.default_rng(0),
    lambda: np.random.RandomState(0),
    lambda: Metric("value"),
    lambda: SPACE,
    tiny.table_problem,
    lambda: LANDSCAPE,
    lambda: np.array([["a", "b"], ["c", "d"]]),
    lambda: range(3),
    lambda: slice(1),
    lambda: Path("somewhere"),
    lambda: pd.NA,
    lambda: pd.NaT,
    lambda: pd.Series([1]),
    lambda: "a" * 5_000,
    lambda: "\x00",
    lambda: "\ud800",
    lambda: np.ma.masked,
)
"""What is handed over by mistake."""

ALL_MISTAKES = (
    *("from_frame", "ImageSet", "TrainingProtocol", "Condition", "conditional_space", "space_file", "History"),
    *("Recipe", "Study", "own_performance", "Performance", "reference", "footprint_table", "Footprint"),
)
"""Targets that have every mistake in every argument: those are cheap."""

NOT_FUZZED = {
    "nas_problems": "Evaluations Evaluator Optimum ParetoFront Registry ImageSet TrainingProtocol from_network "
    "from_frame names problems register read_space write_space",
    "ela": "Diagnosis Encoding Features FeatureTable Footprint Performance Placement Reduction Sample Reference "
    "feature_sets diagnose footprint_radar footprint_table load_coco own_performance recommend reference reference_on",
    "ela.landscape": "BirthdayEstimate DensityFit FirstImprovement Graph LocalOptimaNetwork LocalSearch Locality "
    "NeighbourGraph NeutralNetworks PersistenceCurve SparseGraph",
    "optimizers": "At BudgetExhausted ConfiguredSolver Initializer IohAlgorithm RunLog Solver SolverFactory Task "
    "Traits traits as_solver collections initializer_names names register solvers",
    "experiments.statistics": "Comparison Interval",
}
"""Public names that no target has: results that functions make, registries, types, and what trains, reads files or
draws pictures, each of which has tests of its own.
"""


_FUNCTIONS = ("function", "search", "initializer", "solver")
_LONGEST = 4_000  # characters of a message


def call(target: Target, rng: np.random.Generator) -> str | None:
    """Call a target with one or two mistakes; what is wrong with what came of it, None where nothing is."""
    names = list(target.arguments)
    spoilt = set(rng.choice(names, size=min(int(rng.integers(1, 3)), len(names)), replace=False).tolist())
    mistakes = {name: MISTAKES[int(rng.integers(len(MISTAKES)))]() for name in sorted(spoilt)}
    if any(name in _FUNCTIONS and callable(mistake) for name, mistake in mistakes.items()):
        return None  # another function of the user's, whose errors are the user's
    return fault_of(target, mistakes)


def every_mistake(target: Target) -> list[str]:
    """Faults of a target with every mistake in every argument, one at a time."""
    faults = (fault_of(target, {name: mistake()}) for name in target.arguments for mistake in MISTAKES)
    return [fault for fault in faults if fault is not None]


def fault_of(target: Target, shown: Mapping[str, object]) -> str | None:
    """What is wrong with what comes of some mistakes; None where nothing is."""
    arguments = {name: make() for name, make in target.arguments.items() if name not in shown} | dict(shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            target.function(**arguments)
    except OSError as error:  # what is handed over as the path of a file
        return None if target.name == "from_frame" else f"{target.name}({shown}): {type(error).__name__}: {error}"
    except ALLOWED as error:
        words = str(error)
        if len(words) > _LONGEST:
            return f"{target.name}({shown!s:.200}): a message of {len(words)} characters"
        if re.search(r"wanted|wants|, found ", words) or words.lstrip("'\"").startswith("unknown "):
            return None
        return f"{target.name}({shown}): {type(error).__name__} without what was wanted: {error}"
    except Exception as error:
        return f"{target.name}({shown}): {type(error).__name__}: {error}"
    return None


def fuzz(n_calls: int, *, seed: int) -> list[str]:
    """Faults found by so many calls, each with the number of its call; the same for the same seed."""
    rng = np.random.default_rng(seed)
    every = targets()
    faults = []
    for number in range(n_calls):
        fault = call(every[number % len(every)], rng)
        if fault is not None:
            faults.append(f"seed {seed}, call {number}: {fault}")
    return faults


def missing() -> list[str]:
    """Public names that are neither fuzzed nor left out."""
    fuzzed = {target.name.partition(" ")[0].partition(".")[0].rstrip(",") for target in targets()}
    fuzzed |= {target.name.partition(",")[0].rpartition(".")[2].partition(" ")[0] for target in targets()}
    found: list[str] = []
    for module in (nas_problems, ela, ela.landscape, optimizers, experiments.statistics):
        left_out = NOT_FUZZED[module.__name__].split()
        found.extend(
            f"{module.__name__}.{name}" for name in module.__all__ if name not in fuzzed and name not in left_out
        )
    return found


def parameters_that_are_missing() -> list[str]:
    """Required parameters that a target does not give: then no call comes far."""
    found: list[str] = []
    for target in targets():
        for name, parameter in inspect.signature(target.function).parameters.items():
            if parameter.default is parameter.empty and name not in target.arguments:
                found.append(f"{target.name}: {name}")
    return found
