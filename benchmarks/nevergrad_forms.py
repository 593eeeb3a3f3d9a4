"""Which of nevergrad's variables a categorical parameter should become, for which of its optimizers.

    python -m benchmarks.nevergrad_forms [--out docs/nevergrad.md] [--record forms.csv] [--runs 3]

Prints one table per problem: the best value found above the optimum, as a mean over runs. With a record, a csv with
one row per mean, the same command goes on where it was stopped.
"""

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import nas_problems
import optimizers
from docs.marked import replaced
from nas_problems import Problem
from optimizers.yardstick import best_values, leading_ones, one_max, password

FORMS = {
    "softmax": "Choice",
    "deterministic": "Choice, deterministic",
    "transition": "TransitionChoice",
    "integer": "Array of integers",
}
"""Value of the option ``categorical`` -> heading."""

OPTIMIZERS = (
    "RandomSearch",
    "DiscreteOnePlusOne",
    "FastGADiscreteOnePlusOne",
    "DiscreteLenglerOnePlusOne",
    "PortfolioDiscreteOnePlusOne",
    "NGOpt",
    "DE",
    "TwoPointsDE",
    "CMA",
    "PSO",
    "TBPSA",
    "OnePlusOne",
)
"""Some of every family."""


@dataclass(frozen=True, slots=True)
class Task:
    """A problem, how it is called in the page, and the budget of a run."""

    problem: Problem
    title: str
    budget: int


def tasks() -> Sequence[Task]:
    """The problems."""
    return (
        Task(one_max(30), "OneMax, 30 bits", 300),
        Task(leading_ones(20), "LeadingOnes, 20 bits", 300),
        Task(password(15), "15 parameters of five choices each, number of wrong ones", 300),
        Task(nas_problems.make("nb201-cifar10"), "nb201-cifar10, percentage points", 300),
        Task(nas_problems.make("fcnet-protein"), "fcnet-protein, three of nine parameters categorical, 1000 x", 300),
    )


Key = tuple[str, str, str, int]
"""Problem, optimizer, form, runs."""


def measure(record: Path | None, runs: int) -> Mapping[Key, float]:
    """Mean excess of every problem, optimizer and form; what the record holds is not measured again."""
    regrets: dict[Key, float] = {}
    if record is not None and record.is_file():
        with record.open(newline="") as file:
            regrets = {(row[0], row[1], row[2], int(row[3])): float(row[4]) for row in csv.reader(file)}
    for task in tasks():
        for optimizer in OPTIMIZERS:
            for form in FORMS:
                key = (task.problem.name, optimizer, form, runs)
                if key in regrets:
                    continue
                solver = optimizers.make(f"nevergrad:{optimizer}", categorical=form)
                best = best_values(solver, task.problem, budget=task.budget, runs=runs)
                regrets[key] = float(np.mean(best)) - task.problem.target
                if record is not None:
                    with record.open("a", newline="") as file:
                        csv.writer(file, lineterminator="\n").writerow([*key, f"{regrets[key]:.6g}"])
    return regrets


def tables(regrets: Mapping[Key, float], runs: int) -> str:
    """Markdown with one table per problem; the lowest mean of a row is bold."""
    lines = []
    for task in tasks():
        lines += [f"\n### {task.title}\n", f"Budget {task.budget}, {runs} runs.\n"]
        lines += [f"| optimizer | {' | '.join(FORMS.values())} |", f"| --- |{' ---: |' * len(FORMS)}"]
        factor = 1000 if task.title.endswith("1000 x") else 1
        for optimizer in OPTIMIZERS:
            means = [factor * regrets[task.problem.name, optimizer, form, runs] for form in FORMS]
            cells = [f"{mean:.2f}" for mean in means]
            cells = [f"**{cell}**" if cell == f"{min(means):.2f}" else cell for cell in cells]
            lines.append(f"| {optimizer} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write into the page what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nevergrad_forms", description=__doc__)
    parser.add_argument("--out", type=Path, help="a page with the marks between which the tables go")
    parser.add_argument("--record", type=Path, help="csv of finished means; the same command goes on from it")
    parser.add_argument("--runs", type=int, default=3, help="runs behind a mean")
    options = parser.parse_args()
    text = tables(measure(options.record, options.runs), options.runs)
    print(text)
    if options.out is not None:
        page = options.out.read_text(encoding="utf-8")
        page = replaced(page, "<!-- made by python -m benchmarks.nevergrad_forms -->", f"{text}\n")
        options.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
