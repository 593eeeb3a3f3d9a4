"""Runs behind the selector: a plan of solvers on problems, as curves of regret, one small file per run.

A curve has a value per full evaluation; one at a lower fidelity counts as its share, as in reports.

A file is written when its run is done: a stopped command goes on where it was. The plan's parts are worked off in
their order, so that a table can be packed from any beginning of it.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import optimizers
from experiments.report.result import full_evaluations
from experiments.statistics import align
from experiments.text.problem import parse_problem
from nas_problems.array import FloatArray, brief, check_count, is_name
from nas_problems.atomic import replacing
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.exception import describe
from nas_problems.problem import Problem
from nas_problems.toml_text import read_toml
from optimizers.regret import regret_so_far
from optimizers.solver_text import parse_solver


@dataclass(frozen=True)
class Part:
    """Some runs of a plan.

    Args:
        problems: As ``iohnas run --problems`` takes them.
        solvers: As ``iohnas run --solvers`` takes them.
        budget: Evaluations of a run.
        seeds: One run each.
    """

    problems: tuple[str, ...]
    solvers: tuple[str, ...]
    budget: int
    seeds: tuple[int, ...]


def read_plan(path: Path) -> tuple[Part, ...]:
    """Read a plan: named groups of problems and solvers, and parts that take groups.

    Raises:
        OSError: It cannot be read.
        ValueError: A part that lacks something, or a group that is not there.
    """
    plan = read_toml(path)
    try:
        return tuple(
            Part(
                tuple(name for group in _names(part, "problems") for name in _names(plan["problems"], group)),
                tuple(name for group in _names(part, "solvers") for name in _names(plan["solvers"], group)),
                check_count(part["budget"], "budget", 1),
                tuple(check_count(seed, "seeds") for seed in part["seeds"]),
            )
            for part in plan["part"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: wanted groups and parts with problems, solvers, budget and seeds, found {describe(error)}"
        ) from error


def _names(table: Any, key: str) -> list[str]:
    """A list of names, or a KeyError, TypeError or ValueError."""
    names = table[key]
    if not isinstance(names, list) or not all(map(is_name, names)):
        raise ValueError(f"{key}: wanted a list of names, found {brief(names)}")
    return names


def run_plan(plan: tuple[Part, ...], folder: Path, *, report: Callable[[str], None] = lambda line: None) -> None:
    """Make the runs of a plan that are not there yet.

    Args:
        plan: Its parts.
        folder: Where runs are kept.
        report: Called with a line for each problem whose files are missing, each run without an evaluation, and each
            finished seed of a part.
    """
    absent: set[str] = set()
    made: dict[str, Problem] = {}
    for number, part in enumerate(plan, 1):
        for seed in part.seeds:
            for name in part.problems:
                if name in absent:
                    continue
                try:
                    problem = made.setdefault(name, make_noisy(name)) if name not in made else made[name]
                except DataUnavailableError as error:
                    absent.add(name)
                    report(f"left out: {name}: {error}")
                    continue
                for solver in part.solvers:
                    try:
                        _run(problem, name, solver, part.budget, seed, folder)
                    except RuntimeError as error:  # a solver that evaluated nothing
                        report(f"left out: {error}")
            report(f"part {number} of {len(plan)}: seed {seed} done")


def make_noisy(name: str) -> Problem:
    """A problem as searches are made on it: with one of the recorded seeds per query, where there are several."""
    problem = parse_problem(name)
    return problem.variant(noise="sampled") if "sampled" in problem.evaluator.noise_kinds else problem


def path_of(folder: Path, problem: str, solver: str, seed: int) -> Path:
    """Where the curve of a run is."""
    return folder / problem / f"{parse_solver(solver).label}-{seed}.npy"


def read_curve(path: Path) -> FloatArray:
    """The curve of a finished run, (evaluations,).

    Raises:
        OSError: It cannot be read.
        ValueError: It is something else, or is damaged; the run is made again once the file is removed.
    """
    try:
        with path.open("rb") as file:
            curve = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path}: wanted the curve of a run, found {describe(error)}; remove the file") from error
    is_curve = isinstance(curve, np.ndarray) and curve.ndim == 1 and curve.dtype.kind == "f" and len(curve) > 0
    if not is_curve or not np.isfinite(curve).all():
        raise ValueError(f"{path}: wanted the curve of a run, found other numbers; remove the file")
    return np.asarray(curve, dtype=np.float64)


def _run(problem: Problem, name: str, solver: str, budget: int, seed: int, folder: Path) -> None:
    path = path_of(folder, name, solver, seed)
    with suppress(OSError, ValueError):  # absent, or damaged: it is made again
        if len(read_curve(path)) >= budget:
            return
    digest = hashlib.sha256(f"{name}/{seed}".encode()).digest()
    log = optimizers.run(parse_solver(solver), problem, budget=budget, seed=int.from_bytes(digest[:6], "big"))
    regret = regret_so_far(problem, log.Z, log.y, fidelity=log.fidelity, failed=log.failed)
    curve = align([full_evaluations(np.cumsum(log.price))], [regret], budget)[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial, partial.open("wb") as file:
        np.save(file, curve.astype(np.float32))
