"""What it costs to evaluate several candidates at a time: ``python -m docs.batches`` writes the table of scale.md.

On recorded tables, where batches change nothing but what a solver knows when it chooses. Two comparisons with one
candidate at a time, each a ratio of mean regrets: after as many evaluations (the price), and after as much time with as
many workers (what they bring). A ratio differs from 1 where its 95 % interval, by bootstrap over runs, leaves it out.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

import nas_problems
import optimizers
from docs.marked import replaced
from nas_problems.array import FloatArray

PAGE = Path(__file__).parent / "tutorials" / "scale.md"
TABLE = Path(__file__).parent / "figures" / "batches.csv"
N_RUNS = {"aging-evolution": 100, "optuna-tpe": 20, "bayesian-optimization": 20}
"""Runs of each solver: more where they take less time."""
PROBLEMS = ("nb201-cifar10", "fcnet-protein")
SIZES = (1, 2, 4)
BUDGET = 100
N_RESAMPLES = 10_000
_MARK = "<!-- made by python -m docs.batches -->"
_COLUMNS = ("problem", "solver", "at_a_time", "seed", "evaluations", "regret")


def measure(n_runs: Mapping[str, int] = N_RUNS, sizes: Sequence[int] = SIZES, budget: int = BUDGET) -> pd.DataFrame:
    """Regret of every run where the budget is spent, or the part of it that has its time; goes on where it was."""
    table = pd.read_csv(TABLE) if TABLE.exists() else pd.DataFrame(columns=list(_COLUMNS))
    for solver, problem in product(n_runs, map(nas_problems.make, PROBLEMS)):
        assert problem.optimum is not None
        for size in sizes:
            here = (table["solver"] == solver) & (table["problem"] == problem.label) & (table["at_a_time"] == size)
            rows = []
            for seed in sorted(set(range(1, n_runs[solver] + 1)) - set(table[here]["seed"])):
                log = optimizers.run(solver, problem, budget=budget, seed=seed, n_parallel=size)
                regret = np.minimum.accumulate(log.y) - problem.optimum.y
                n_evaluations = sorted({budget // each for each in sizes})
                rows += [(problem.label, solver, size, seed, n, float(regret[n - 1])) for n in n_evaluations]
            if rows:
                new = pd.DataFrame(rows, columns=list(_COLUMNS))
                table = pd.concat([table, new]) if len(table) else new
                table.to_csv(TABLE, index=False)
    return table


def ratio(ours: FloatArray, theirs: FloatArray) -> tuple[float, float, float]:
    """Ratio of two means, and its 95 % interval by bootstrap; 1 where both are 0."""
    rng = np.random.default_rng(1)
    means = [
        values[rng.integers(len(values), size=(N_RESAMPLES, len(values)))].mean(axis=1) for values in (ours, theirs)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where((means[0] == 0) & (means[1] == 0), 1.0, means[0] / means[1])
    low, high = np.quantile(ratios, [0.025, 0.975], method="nearest")
    return float(ours.mean() / theirs.mean()), float(low), float(high)


def table_lines(table: pd.DataFrame) -> str:
    """The table of the page."""
    lines = ["| solver | on | at a time | price: after as many evaluations | gain: after as much time |"]
    lines.append("| --- | --- | ---: | ---: | ---: |")
    budget = int(table["evaluations"].max())
    for (solver, problem), rows in table.groupby(["solver", "problem"], sort=False):
        values = {key: group["regret"].to_numpy() for key, group in rows.groupby(["at_a_time", "evaluations"])}
        for size in sorted(set(rows["at_a_time"]) - {1}):
            price = ratio(values[size, budget], values[1, budget])
            gain = ratio(values[size, budget], values[1, budget // size])
            lines.append(f"| `{solver}` | {problem} | {size} | {_words(*price)} | {_words(*gain)} |")
    return "\n".join(lines) + "\n"


def _words(value: float, low: float, high: float) -> str:
    text = f"{value:.2f} ({low:.2f}, {high:.2f})"
    return text if low <= 1 <= high else f"**{text}**"


def write_page(table: pd.DataFrame) -> None:
    """Put the table into the page."""
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), _MARK, table_lines(table)), encoding="utf-8")


if __name__ == "__main__":
    write_page(measure())
