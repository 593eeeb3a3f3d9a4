"""Searches of NAS-Bench-101 from several starts, kept in files, ten runs at a time, so that a stopped page goes on.

Source: traore2023.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import optimizers
from experiments.papers.centroid_init.work import POPULATION, SOLVERS, populations
from experiments.papers.stored import stored
from experiments.steps import step
from nas_problems.array import FloatArray
from nas_problems.problem import Problem
from nas_problems.space import Codes
from optimizers.initializers.centroid import Centroids
from optimizers.initializers.centroid.encoding import Encoding
from optimizers.solver import Initializer, uniform

Start = Initializer | str | list[Centroids]
"""Where a search begins: a function, the name of an initializer, or fits that runs take in turn."""

_CHUNK = 10


@dataclass(frozen=True, slots=True)
class Setting:
    """How samples are encoded before they are clustered, and what the paper takes with it.

    Solvers search the short code of 26 variables with either; the paper gave up searches of the long code.

    Args:
        encoding: Of the samples.
        population: Individuals, and clusters asked for.
        budget: Evaluations of a run.

    Source: traore2023, sections 5.3 and 5.5.1.
    """

    encoding: Encoding
    population: int
    budget: int


SHORT = Setting("short", POPULATION, 1_995)
LONG = Setting("long", 13, 1_989)


@dataclass(frozen=True, eq=False)
class Runs:
    """What is kept of the runs of one solver from one start.

    Args:
        initial: Mean accuracy of each first population in percent, failures as 0, (runs,).
        best: Accuracy of the best cell in percent, (runs,).
        cells: Its code, (runs, d).
        population: Mean accuracy of the population after each generation, mean over runs, (generations,).
    """

    initial: FloatArray
    best: FloatArray
    cells: Codes
    population: FloatArray


TWO_STEPS = {**SOLVERS, "AE": (SOLVERS["AE"][0], {**SOLVERS["AE"][1], "mutation": "each-kind"})}
"""The solvers with AE's mutation of an edge and then of an operation, as the paper has it."""


def searches(
    folder: Path,
    label: str,
    starts: Mapping[str, tuple[Problem, Start]],
    *,
    setting: Setting,
    n_runs: int,
    seed: int,
) -> dict[tuple[str, str], Runs]:
    """Solver and start -> runs; random search has the uniform start alone.

    Args:
        folder: Of the files.
        label: Of the problem, part of their names.
        starts: Name -> what is searched, and where a search begins.
        setting: Population and budget.
        n_runs: Of each.
        seed: Of the first run; the others follow.
    """
    found = {}
    for solver in SOLVERS:
        for name, (problem, start) in starts.items():
            if solver == "RS" and start is not uniform:
                continue
            step(f"{solver} from {name}, {setting.encoding} code, {label}, {n_runs} runs")
            frames = []
            for first in range(0, n_runs, _CHUNK):
                n = min(_CHUNK, n_runs - first)
                words = ("nb101", setting.encoding, label, solver, name, setting.budget, seed + first, n)
                stem = "-".join(map(str, words)).replace(" ", "_").replace("=", "")
                frames.append(
                    stored(
                        folder / f"{stem}.csv",
                        lambda problem=problem, solver=solver, start=start, first=first, n=n: pd.DataFrame(  # type: ignore[misc]
                            [_run(problem, solver, start, setting, seed, first + i) for i in range(n)]
                        ),
                    )
                )
            found[solver, name] = _runs(pd.concat(frames, ignore_index=True))
    return found


def _run(problem: Problem, solver: str, start: Start, setting: Setting, seed: int, number: int) -> dict[str, object]:
    if isinstance(start, str):
        initializer: Initializer = optimizers.make_initializer(start, problem)
    elif isinstance(start, list):
        initializer = start[number % len(start)]
    else:
        initializer = start
    name, options = TWO_STEPS[solver]
    sizes = {key: setting.population for key in ("population_size", "n_offspring") if key in options}
    log = optimizers.run(
        optimizers.make(name, **{**options, **sizes}),
        problem,
        budget=setting.budget,
        seed=seed + number,
        initializer=initializer,
    )
    accuracy = 100.0 - np.asarray(log.y)
    values = populations(np.asarray(log.y), survivors=solver == "EA", size=setting.population)
    curve = 100.0 - values.mean(axis=1)
    return {
        "initial": float(accuracy[: setting.population].mean()),
        "best": float(accuracy.max()),
        "code": " ".join(map(str, log.Z[log.best].tolist())),
        "population": " ".join(f"{value:.4f}" for value in curve),
    }


def _runs(frame: pd.DataFrame) -> Runs:
    cells = np.array([[int(float(digit)) for digit in text.split()] for text in frame["code"]], dtype=np.int64)
    curves = np.array([[float(value) for value in text.split()] for text in frame["population"]])
    return Runs(frame["initial"].to_numpy(), frame["best"].to_numpy(), cells, curves.mean(axis=0))
