"""Writes logs of given runs, for the tests of everything that reads them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from nas_problems import Problem
from optimizers.ioh_write import write_log
from optimizers.runlog import RunLog


def random_run(problem: Problem, n: int, seed: int) -> RunLog:
    """Random search, evaluated but not logged."""
    rng = np.random.default_rng(seed)
    return evaluated(problem, problem.space.sample(n, rng), seed, rng)


def evaluated(problem: Problem, Z: object, seed: int, rng: np.random.Generator | None = None) -> RunLog:
    """The run that evaluates the given codes."""
    codes = problem.space.check(Z)
    evaluations = problem.evaluate(codes, rng=rng or np.random.default_rng(seed))
    y = problem.minimised(evaluations)
    cost, failed = evaluations.cost_seconds, evaluations.failed
    fidelity = problem.fidelities.check(problem.fidelity or problem.fidelities.full, len(codes))
    return RunLog(
        "random-search", problem.label, seed, "uniform", codes, y, cost, failed, fidelity, np.ones(len(codes))
    )


def write(folder: Path, problem: Problem, log: RunLog, *, solver: str = "random-search") -> Path:
    """Log a run."""
    write_log(folder, problem, replace(log, solver=solver))
    return folder
