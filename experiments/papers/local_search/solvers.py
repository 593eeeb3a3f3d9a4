"""Figure 4.2 of White, Nolen, Savani 2021: solvers on NAS-Bench-201 without and with noise.

Source: white2021.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

import nas_problems
import optimizers
from experiments.page import Claim, Page
from experiments.papers.local_search import figures
from experiments.text.solver import parse_solver
from nas_problems.array import FloatArray
from nas_problems.problem import Problem

SOLVERS = ("random-search", "aging-evolution", "local-search[variant=continue-at-minimum]", "pymoo-ga")
MODEL_BASED = ("bananas", "optuna-tpe")
MODEL_TRIALS = 20


def compare_solvers(page: Page, datasets: Sequence[str], trials: int, *, budget: int, seed: int) -> None:
    """Figure 4.2: test error of the incumbent over time, without and with noise, and who is best at the end.

    Args:
        page: Written to.
        datasets: Image sets of NAS-Bench-201.
        trials: Runs of each solver; at most ``MODEL_TRIALS`` of a model-based one.
        budget: Evaluations of a run.
        seed: Of the first run; the others follow.
    """
    page.heading("Figure 4.2: solvers with and without noise")
    panels: dict[str, dict[str, FloatArray]] = {}
    rows = []
    for dataset in datasets:
        for noise in ("mean", "sampled"):
            problem = nas_problems.make(f"nb201-{dataset}", noise=noise)
            title = f"{dataset}, {'denoised' if noise == 'mean' else 'standard'}"
            panels[title] = {}
            for solver in (*SOLVERS, *MODEL_BASED):
                n_runs = min(trials, MODEL_TRIALS) if solver in MODEL_BASED else trials
                values = np.stack([incumbents(solver, problem, budget, seed + i) for i in range(n_runs)])
                panels[title][solver.split("[")[0]] = values
                last = values[:, -1]
                rows.append(
                    {"problem": title, "solver": solver, "trials": n_runs, "mean": last.mean(), "sd": last.std(ddof=1)}
                )
    label = "test error (%)" if nas_problems.make("nb201-cifar10").test_metric else "mean validation error (%)"
    page.table(
        pd.DataFrame(rows),
        name="figure-4-2-final",
        caption=f"{label.capitalize()} of the incumbent after {budget} evaluations; 200 epochs.",
    )
    page.figure(
        figures.search_curves(panels, label=label),
        name="figure-4-2",
        caption=f"{label.capitalize()} of the incumbent by validation, mean and standard error over trials; denoised: "
        "mean of seeds, standard: a seed drawn per query",
    )
    outcomes = {title: beside_the_best_other(curves) for title, curves in panels.items() if "denoised" in title}
    page.claim(
        Claim(
            "Without noise local search beats the other solvers",
            "best on NAS-Bench-101 and 301; 201 stands in an appendix",
            "; ".join(
                f"{title}: local search minus {other} {difference:+.3f} +- {error:.3f} points"
                for title, (other, difference, error) in outcomes.items()
            ),
            "holds" if all(difference < -2 * error for _, difference, error in outcomes.values()) else "does not hold",
            f"{label} after the whole budget, beside the best other solver, with the standard error of the difference; "
            "asked for: lower by two of them on every data set",
        )
    )


def beside_the_best_other(curves: dict[str, FloatArray]) -> tuple[str, float, float]:
    """The best other solver, the final difference of local search to it, and its standard error."""
    last = {name: values[:, -1] for name, values in curves.items()}
    ours = last.pop("local-search")
    other = min(last, key=lambda name: float(last[name].mean()))
    spread = sum(values.var(ddof=1) / len(values) for values in (ours, last[other]))
    return other, float(ours.mean() - last[other].mean()), float(np.sqrt(spread))


def incumbents(solver: str, problem: Problem, budget: int, seed: int) -> FloatArray:
    """Test error of the best candidate by observed validation, after each evaluation: shape (budget,), in percent.

    Where no test error is recorded it is the mean validation error.
    """
    log = optimizers.run(parse_solver(solver), problem, budget=budget, seed=seed)
    before = np.concatenate([[np.inf], np.minimum.accumulate(log.y)[:-1]])
    leader = np.maximum.accumulate(np.where(log.y < before, np.arange(len(log.y)), 0))
    judge = problem.variant(noise="mean")
    if problem.test_metric is not None:
        judge = judge.variant(objective=problem.test_metric)
    return judge(log.Z[leader])
