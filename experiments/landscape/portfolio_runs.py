"""Runs behind the selector: a plan of solvers on problems, as curves of regret, one small file per run.

A file is written when its run is done: a stopped command goes on where it was. The plan's parts are worked off in
their order, so that a table can be packed from any beginning of it.
"""

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import optimizers
from ela.recorded import RecordedPerformance
from experiments.text.problem import parse_problem
from experiments.text.solver import parse_solver
from nas_problems.array import FloatArray, IntArray
from nas_problems.atomic import replacing
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.problem import Problem
from optimizers.regret import regret_so_far
from optimizers.selector import describe
from optimizers.selector.portfolio import REFERENCE, Portfolio

BUDGETS = (30, 100, 300, 1000)
"""Total evaluations at which a portfolio has losses."""

N_DESIGN = 30
"""Evaluations of the designs whose features a portfolio has."""

_N_DESIGNS = 8
_MOST = 4.0  # log2 of the largest ratio that one run can have: early luck has no bound


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
    found = tomllib.loads(path.read_text())
    try:
        return tuple(
            Part(
                tuple(name for group in part["problems"] for name in found["problems"][group]),
                tuple(name for group in part["solvers"] for name in found["solvers"][group]),
                int(part["budget"]),
                tuple(part["seeds"]),
            )
            for part in found["part"]
        )
    except KeyError as error:
        raise ValueError(
            f"{path}: wanted groups and parts with problems, solvers, budget and seeds, found no {error}"
        ) from error


def run_plan(plan: tuple[Part, ...], folder: Path, *, report: Callable[[str], None] = lambda line: None) -> None:
    """Make the runs of a plan that are not there yet.

    Args:
        plan: Its parts.
        folder: Where runs are kept.
        report: Called with a line for each problem whose files are missing, and for each finished seed of a part.
    """
    absent: set[str] = set()
    made: dict[str, Problem] = {}
    for number, part in enumerate(plan, 1):
        for seed in part.seeds:
            for name in part.problems:
                if name in absent:
                    continue
                try:
                    problem = made.setdefault(name, _make(name)) if name not in made else made[name]
                except DataUnavailableError as error:
                    absent.add(name)
                    report(f"left out: {name}: {error}")
                    continue
                for solver in part.solvers:
                    _run(problem, name, solver, part.budget, seed, folder)
            report(f"part {number} of {len(plan)}: seed {seed} done")


def _make(name: str) -> Problem:
    problem = parse_problem(name)
    return problem.variant(noise="sampled") if "sampled" in problem.evaluator.noise_kinds else problem


def path_of(folder: Path, problem: str, solver: str, seed: int) -> Path:
    """Where the curve of a run is."""
    return folder / problem / f"{parse_solver(solver).label}-{seed}.npy"


def _run(problem: Problem, name: str, solver: str, budget: int, seed: int, folder: Path) -> None:
    path = path_of(folder, name, solver, seed)
    if path.is_file() and len(np.load(path)) >= budget:
        return
    digest = hashlib.sha256(f"{name}/{seed}".encode()).digest()
    try:
        log = optimizers.run(parse_solver(solver), problem, budget=budget, seed=int.from_bytes(digest[:6], "big"))
    except RuntimeError:
        return
    regret = regret_so_far(problem, log.Z, log.y, failed=log.failed)
    curve = np.concatenate([regret, np.full(budget - len(regret), regret[-1])])
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial, partial.open("wb") as file:
        np.save(file, curve.astype(np.float32))


def pack(
    plan: tuple[Part, ...],
    folder: Path,
    *,
    tables: Sequence[RecordedPerformance] = (),
    report: Callable[[str], None] = lambda line: None,
) -> Portfolio:
    """Losses of the finished runs of a plan, and features of its problems.

    A run counts at a budget where it and its random search have got so far. Where no optimum is known, regret is the
    distance to the best value that any run has seen.

    Args:
        plan: Its parts.
        folder: Where runs are kept.
        tables: Searches of ``iohnas portfolio learn``, which fill in what was not run here. They are ratios of mean
            regrets over independent runs, not means over pairs of runs with the same start. On problems of which only
            they tell, a solver stands for the plan in which it follows a design, too.
        report: Called with a line for each problem.

    Raises:
        ValueError: No finished run.
    """
    names = list(dict.fromkeys(name for part in plan for name in part.problems))
    texts = list(dict.fromkeys(solver for part in plan for solver in part.solvers))
    seeds = sorted({seed for part in plan for seed in part.seeds})
    measured = {
        name: _losses(folder, name, texts, seeds)
        for name in names
        if path_of(folder, name, REFERENCE, seeds[0]).is_file()
    }
    if not measured:
        raise ValueError(f"{folder}: wanted finished runs, found none")
    solvers = list(dict.fromkeys([*map(_plan_text, texts), *(name for table in tables for name in table.solvers)]))
    problems = list(dict.fromkeys([*measured, *(name for table in tables for name in table.problems)]))
    shape = (len(BUDGETS), len(solvers), len(problems))
    loss, error, runs = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    features = []
    for p, name in enumerate(problems):
        if name in measured:
            for whole, part in zip((loss, error, runs), measured[name], strict=True):
                whole[:, : len(texts), p] = part
        for table in tables:
            if name in table.problems:
                _fill(table, name, solvers, loss[..., p], error[..., p], runs[..., p])
        if name not in measured:
            for s, solver in enumerate(solvers):
                plain = solver.removeprefix(f"{REFERENCE}:{N_DESIGN}:")
                if plain != solver and plain in solvers:
                    loss[:, s, p], error[:, s, p] = (each[:, solvers.index(plain), p] for each in (loss, error))
        features.append(_features(_make(name)))
        report(f"packed: {name}")
    return Portfolio(
        tuple(problems),
        tuple(solvers),
        np.array(BUDGETS, dtype=np.int64),
        loss,
        error,
        runs,
        np.stack(features),
        N_DESIGN,
    )


def of_table(table: RecordedPerformance) -> Portfolio:
    """A table of ``iohnas portfolio learn`` as a portfolio, with the features of its problems.

    Raises:
        KeyError: A problem that is not registered.
    """
    shape = (len(table.budgets), len(table.solvers), len(table.problems))
    with np.errstate(divide="ignore"):
        loss = np.clip(np.log2(table.loss), -_MOST, _MOST)
    return Portfolio(
        table.problems,
        table.solvers,
        table.budgets,
        loss,
        table.standard_error / np.maximum(table.loss, 2**-_MOST) / np.log(2),
        np.broadcast_to(table.runs, shape).copy(),
        np.stack([_features(_make(name)) for name in table.problems]),
        N_DESIGN,
    )


def _fill(
    table: RecordedPerformance, name: str, solvers: Sequence[str], loss: FloatArray, error: FloatArray, runs: IntArray
) -> None:
    """Put the losses of a table where there are none, (B, S) each."""
    p = table.problems.index(name)
    for b, budget in enumerate(BUDGETS):
        if budget not in table.budgets:
            continue
        row = int(np.flatnonzero(table.budgets == budget)[0])
        for i, solver in enumerate(table.solvers):
            s = solvers.index(solver)
            if np.isnan(loss[b, s]):
                ratio = max(float(table.loss[row, i, p]), 2**-_MOST)
                loss[b, s] = min(np.log2(ratio), _MOST)
                error[b, s] = float(table.standard_error[row, i, p]) / ratio / np.log(2)
                runs[b, s] = int(table.runs[i, p])


def _plan_text(solver: str) -> str:
    """A schedule's plan alone, and any other solver as it is."""
    configured = parse_solver(solver)
    return str(configured.options["plan"]) if configured.name == "schedule" else solver


def _losses(
    folder: Path, name: str, solvers: Sequence[str], seeds: Sequence[int]
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Mean log2 loss over the runs, its standard error, and the number of runs; (B, S) each."""
    found = {(solver, seed): _read(path_of(folder, name, solver, seed)) for solver in solvers for seed in seeds}
    kept = {key: curve for key, curve in found.items() if curve is not None}
    lowest = min(float(curve.min()) for curve in kept.values())
    zero = lowest if _make(name).optimum is None else 0.0
    shape = (len(BUDGETS), len(solvers))
    loss, error, runs = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    for b, budget in enumerate(BUDGETS):
        for s, solver in enumerate(solvers):
            ratios = []
            for seed in seeds:
                curve, base = kept.get((solver, seed)), kept.get((REFERENCE, seed))
                if curve is not None and base is not None and min(len(curve), len(base)) >= budget:
                    area, reference = (float((each[:budget] - zero).mean()) for each in (curve, base))
                    tiny = 1e-9 * max(reference, 1e-12)
                    ratio = np.log2((area + tiny) / (reference + tiny)) if reference > 0 else 0.0
                    ratios.append(float(np.clip(ratio, -_MOST, _MOST)))
            if ratios:
                loss[b, s], runs[b, s] = np.mean(ratios), len(ratios)
                error[b, s] = np.std(ratios, ddof=1) / np.sqrt(len(ratios)) if len(ratios) > 1 else np.nan
    return loss, error, runs


def _read(path: Path) -> FloatArray | None:
    return np.load(path).astype(np.float64) if path.is_file() else None


def _features(problem: Problem) -> FloatArray:
    """Features of some designs of uniform candidates, (R, F)."""
    rows = []
    for seed in range(_N_DESIGNS):
        rng = np.random.default_rng([7, seed])
        Z = problem.space.sample(N_DESIGN, rng)
        rows.append(describe(problem.space, Z, problem(Z, rng=rng)))
    return np.array(rows)
