"""Runs our own solvers on the BBOB functions; the table comes with the package for ``ela.performance``.

One file per solver, dimension and function, written when its runs are done: a build that is stopped goes
on where it was.
"""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import optimizers
from ela.bbob import N_FUNCTIONS, as_problem
from ela.performance import OWN_COLUMNS, aocc, read_own
from nas_problems.atomic import replacing

BUDGETS = (10, 25, 50, 100, 250, 1000)
"""Evaluations per variable at which performance is recorded."""


def build(
    folder: Path,
    *,
    solvers: Sequence[str],
    dimensions: Sequence[int] = (5, 20),
    instances: int = 5,
    evaluations: int = 2000,
    seed: int = 1,
    report: Callable[[str], None] = lambda line: None,
) -> str:
    """Run solvers on f1 ... f24 and return the table of their performance as text.

    Args:
        folder: Where finished parts are kept.
        solvers: Registered names.
        dimensions: Numbers of variables.
        instances: Instances 1 ... ``instances``, one run each.
        evaluations: Budget of a run, the same in all dimensions.
        seed: Seed of the runs; each has its own stream.
        report: Called with a line when a part is done.

    Returns:
        A csv with the columns of ``ela.performance.OWN_COLUMNS``.

    Raises:
        KeyError: An unknown solver.
        ValueError: A number below 1, or fewer evaluations than the smallest budget of a dimension.
    """
    if min(instances, evaluations, *dimensions) < 1:
        raise ValueError(f"wanted numbers >= 1, found {dimensions}, {instances} instances, {evaluations} evaluations")
    if evaluations < (fewest := BUDGETS[0] * max(dimensions)):
        raise ValueError(f"evaluations: wanted at least {fewest}, {BUDGETS[0]} per variable, found {evaluations}")
    for name in solvers:
        optimizers.make(name)  # refuses an unknown one before hours of work
    folder.mkdir(parents=True, exist_ok=True)
    lines = [",".join(OWN_COLUMNS)]
    for solver in solvers:
        for dimension in dimensions:
            for function in range(1, N_FUNCTIONS + 1):
                key = f"{solver.replace(':', '-')}-{dimension}-f{function}-{instances}-{evaluations}-{seed}.csv"
                part = _finished(folder / key, solver, dimension, function)
                if part is None:
                    part = _part(solver, dimension, function, instances, evaluations, seed)
                    with replacing(folder / key) as partial:
                        partial.write_text(part)
                    report(key)
                lines.extend(part.splitlines())
    return "\n".join(lines) + "\n"


def _finished(path: Path, solver: str, dimension: int, function: int) -> str | None:
    """The lines of a part that is done; None: it is not, or its file is damaged or of something else."""
    try:
        text = path.read_text(encoding="utf-8")
        table = read_own(",".join(OWN_COLUMNS) + "\n" + text)
    except (OSError, ValueError):
        return None
    found = set(zip(table.solver, table.dimension.tolist(), table.function.tolist(), strict=True))
    return text if found == {(solver, dimension, function)} else None


def _part(solver: str, dimension: int, function: int, instances: int, evaluations: int, seed: int) -> str:
    reached: dict[int, list[tuple[float, float]]] = {b: [] for b in BUDGETS if b * dimension <= evaluations}
    for instance in range(1, instances + 1):
        problem = as_problem(function, instance, dimension)
        run_seed = int(np.random.SeedSequence([seed, dimension, function, instance]).generate_state(1)[0])
        log = optimizers.run(solver, problem, budget=evaluations, seed=run_seed)
        precisions = log.y - problem.target
        for budget, outcomes in reached.items():
            best = max(float(precisions[: budget * dimension].min()), 1e-12)
            outcomes.append((aocc(precisions, budget * dimension), float(np.log10(best))))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for budget, outcomes in reached.items():
        areas, precision = np.mean([a for a, _ in outcomes]), np.median([p for _, p in outcomes])
        writer.writerow([solver, dimension, function, budget, instances, f"{areas:.6f}", f"{precision:.4f}"])
    return text.getvalue()
