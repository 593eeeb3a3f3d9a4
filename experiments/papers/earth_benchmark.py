"""A benchmark of randomly drawn cells with accuracy and latency, as in chapter 6 of Traoré's dissertation, on digits.

Source: traore2023; ying2019.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import ks_2samp

import nas_problems
from experiments.figures import PALETTE, plain_ticks
from experiments.page import Claim, Page
from experiments.papers import new_page, reproductions
from nas_problems.array import FloatArray
from nas_problems.frame.predicted import PredictedEvaluator
from nas_problems.pareto import nondominated
from nas_problems.problem import Problem
from nas_problems.space import Codes
from nas_problems.table.surrogate import fit_surrogate

NAME = "nb101-digits"
PARTS = ("train", "validation", "test")
LATENCY = "latency_milliseconds"
_SPREAD = 2.0  # of latency, between the tenth and the ninetieth percentile


@reproductions.register(
    "earth-benchmark",
    summary="Traoré 2023: a benchmark of drawn NAS-Bench-101 cells, with accuracy and latency",
    family="traore2023",
)
def reproduce_earth_benchmark(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Show the distributions of accuracy and latency, compare surrogates, and plot error against latency.

    Args:
        out: Folder of the page.
        quick: Surrogates with few trees.
        seed: Of the folds on which surrogates are compared.
    """
    page = new_page(out, "A benchmark of drawn cells", "earth-benchmark", quick=quick, seed=seed)
    problem = nas_problems.make(NAME)
    Z = recorded(problem)
    epochs = int(problem.fidelities.full)
    page.text(
        "The dissertation draws 1,000 cells of NAS-Bench-101, trains them on So2Sat LCZ42 (Sentinel-2, 108 epochs), "
        "records the overall accuracy on three splits and the mean latency over the test split, and lets a surrogate "
        "predict the other cells. It prints no numbers; its figures show distributions. This page has "
        f"{len(Z)} drawn cells on digits after {epochs} epochs, `{NAME}`, built by the command on its card. With "
        "So2Sat's files, `iohnas table build --space nb101 --set so2sat-s2 --random 1000` builds the dissertation's "
        "own."
    )
    names = [*(f"{part}_accuracy" for part in PARTS), "validation_balanced_accuracy", "validation_kappa", LATENCY]
    columns = problem.evaluate(Z, metrics=names).metrics
    _distributions(page, columns)
    _surrogates(page, problem, quick=quick, seed=seed)
    _two_objectives(page, columns)
    page.write()
    return page


def recorded(problem: Problem) -> Codes:
    """The trained cells, (n, 26)."""
    assert isinstance(problem.evaluator, PredictedEvaluator)
    return problem.evaluator.records.Z


def _distributions(page: Page, columns: Mapping[str, FloatArray]) -> None:
    page.heading("Distributions of accuracy and latency")
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for part, color in zip(PARTS, PALETTE, strict=False):
        left.ecdf(columns[f"{part}_accuracy"], label=part, color=color)
    left.set(xlabel="overall accuracy (%)", ylabel="share of cells")
    left.legend(frameon=False)
    right.ecdf(columns[LATENCY], color=PALETTE[3])
    right.set(xlabel="mean latency per image (ms)", ylabel="share of cells", xscale="log")
    plain_ticks(right.xaxis)
    page.figure(
        figure,
        name="distributions",
        caption="Cumulative distributions over the drawn cells: overall accuracy on the three splits (figure 6.1), "
        "mean latency over the test split (figure 6.2)",
    )
    quantiles = (0.0, 0.1, 0.5, 0.9, 1.0)
    frame = pd.DataFrame(
        [[name.replace("_", " "), *np.quantile(values, quantiles)] for name, values in columns.items()],
        columns=["measure", "lowest", "10 %", "median", "90 %", "highest"],
    )
    page.table(frame, name="quantiles", caption="The same in numbers; accuracies in percent", digits=3)
    distance = {
        part: float(ks_2samp(columns["validation_accuracy"], columns[f"{part}_accuracy"]).statistic)
        for part in ("test", "train")
    }
    page.claim(
        Claim(
            "accuracies are distributed alike on the validation and test splits, but not on the training split",
            published="figure 6.1",
            ours="largest difference from the distribution on the validation split: "
            f"test {distance['test']:.2f}, train {distance['train']:.2f}",
            verdict="holds" if distance["test"] < distance["train"] else "does not hold",
            why="in the dissertation the splits are different cities; here networks have seen the training images",
            rule="validation is closer to test than to training (Kolmogorov-Smirnov)",
        )
    )
    low, high = np.quantile(columns[LATENCY], (0.1, 0.9))
    page.claim(
        Claim(
            "latency differs widely between cells",
            published="figure 6.2",
            ours=f"{low:.3f} ms at the tenth percentile, {high:.3f} ms at the ninetieth",
            verdict="holds" if high > _SPREAD * low else "does not hold",
            why="CPU time of one thread, batches of 100 images",
            rule="the ninetieth percentile is more than twice the tenth",
        )
    )


def _surrogates(page: Page, problem: Problem, *, quick: bool, seed: int) -> None:
    page.heading("Surrogates for the other cells")
    rows = []
    for metric in ("validation_accuracy", LATENCY):
        surrogate = fit_surrogate(
            problem, metric=metric, model="best", n_trees=10 if quick else 100, rng=np.random.default_rng(seed)
        )
        for model, splits in surrogate.record["compared"].items():
            for split, numbers in splits.items():
                rows.append(
                    [metric.replace("_", " "), model, split, *(numbers[key] for key in ("r2", "spearman", "kendall"))]
                )
    page.table(
        pd.DataFrame(rows, columns=["measure", "model", "held out", "R2", "Spearman", "Kendall"]),
        name="surrogates",
        digits=2,
        caption="Predictions of recorded cells by models that have not seen them: five random folds in turn, and the "
        "best fifth of the cells predicted from the others",
    )


def _two_objectives(page: Page, columns: Mapping[str, FloatArray]) -> None:
    page.heading("Error and latency")
    points = np.stack([100.0 - columns["validation_accuracy"], columns[LATENCY]], axis=1)
    is_front = np.asarray(nondominated(points))
    front = points[is_front][np.argsort(points[is_front][:, 1])]
    figure = Figure(figsize=(5.5, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.scatter(points[:, 1], points[:, 0], s=8, alpha=0.5, color=PALETTE[0], label="recorded cells")
    axes.step(front[:, 1], front[:, 0], where="post", color=PALETTE[1], label="front")
    axes.set(xlabel="mean latency per image (ms)", ylabel="validation error (%)", xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        plain_ticks(axis)
    figure.legend(frameon=False, loc="outside upper center", ncols=2)
    page.figure(figure, name="front", caption="Recorded cells by error and latency, and the front")
    page.text(
        f"{len(front)} of {len(points)} recorded cells are on the front. "
        f"`iohnas run --problems '{NAME}[objective=validation_accuracy+{LATENCY}]' "
        "--solvers pymoo-nsga2,random-search` searches all cells, predicted ones included."
    )
