"""NAS-Bench-101 as read here, compared with what others publish about it: its best cell, parts of it, and searches.

Source: ying2019.
"""

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

import nas_problems
import optimizers
from ela.correlation import pearson, spearman
from experiments.page import Claim, Page
from experiments.papers import new_page, reproductions
from experiments.papers.partly_known import partly_known_section
from nas_problems.array import FloatArray
from nas_problems.catalog import nas_bench_101_recorded
from nas_problems.cell.graph101 import Graph101, codes_of
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.problem import Problem
from optimizers.solver_text import parse_solver

BEST = 94.32
"""Mean test accuracy of the best cell in percent, as stated by NAS-Bench-101."""

MF_NAS = (93.82, 0.56)
"""Published test accuracy of MF-NAS, mean and standard deviation in percent."""

SOLVERS = ("aging-evolution[population_size=50,tournament_size=10]", "local-search", "random-search")

FILES = {
    "196 cells of a genetic algorithm's logs": ConvertedFile(
        "nasbench101_partial/rubenahrens_ga_ioh_196_points.csv",
        "rubenahrens/nasbench at commit 2c526c455fd43ee6ef1a3de93beb07b32348ca0c",
        "f67d0e8052344035cf7d58a99c4c098cc626709c5c03d845b2c70749690675fd",
        "Apache-2.0",
    ),
    "143 cells of a comparison of image sets": ConvertedFile(
        "nasbench101_partial/akashjorss_143_cells.csv",
        "akashjorss/NAS_Search_using_NASBench-101 at commit a4d21f663a7e9500326c7c513d3541b684d14939",
        "abb868e2c4459b6dda98c1d3d6ec693cabac128b2b4e40a55608265899906504",
        "none stated",
    ),
    "500 cells of NAS-Bench-Suite-Zero": ConvertedFile(
        "nas_suite_zero_samples/nb101_500_zcp_valacc.csv.gz",
        "automl/NASLib at commit 9052f540457588af87633988cc1036bd2250419e",
        "7cf7a9583ca2570c043750fdc7df75114b715f1f100729b9b4aac56ab7f5b8aa",
        "Apache-2.0",
    ),
}
"""Description -> a published part of the table; each has the validation accuracy after 108 epochs."""

LOCAL_SEARCHES = ConvertedFile(
    "nasbench101_partial/traore_local_search_200x16.csv.gz",
    "kalifou/fitness_landscape_analysis_NAS at commit 6acf8920aa5140687fdce346bde5377ef2b02a42",
    "805e6412765e712f817607fd8619ac0df5e62104328701afd903c4588195cdd3",
    "none stated",
)
"""End points of 3,200 local searches: their test accuracy after 36 epochs; cells are numbered as in another table."""

_COLUMNS = ("mean_val_acc_ep108", "acc_ep108", "val_accuracy")
_AGREE = 0.9  # least correlation that counts as agreement: validation and test differ, and so do trainings


@reproductions.register(
    "nas-bench-101",
    summary="Ying et al. 2019: NAS-Bench-101 as read here, compared with published parts and searches",
    family="ying2019",
    files=(*FILES.values(), LOCAL_SEARCHES),
)
def reproduce_nas_bench_101(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Show the best cell, agreement with published parts, searches, and what a benchmark of some of the cells is worth.

    Args:
        out: Folder of the page.
        quick: Few runs.
        seed: Of the first run.

    Raises:
        DataUnavailableError: The table is not available and cannot be downloaded.
    """
    page = new_page(out, "NAS-Bench-101", "nas-bench-101", quick=quick, seed=seed)
    problem = nas_problems.make("nb101-cifar10")
    page.text(
        "All 423,624 cells with their mean *test* accuracy after 108 epochs. The public file has no other metric, so "
        "the searches on this page optimise the test accuracy itself."
    )
    _best(page, problem)
    _parts(page, problem)
    _searches(page, problem, quick=quick, seed=seed)
    partly_known_section(page, problem, out / "partly-known", quick=quick, seed=seed)
    page.write()
    return page


def _best(page: Page, problem: Problem) -> None:
    page.heading("The best cell")
    assert problem.optimum is not None
    best = 100.0 - problem.optimum.y
    page.claim(
        Claim(
            "the best cell's mean test accuracy",
            published=f"{BEST} %",
            ours=f"{best:.4f} %",
            verdict="holds" if round(best, 2) == BEST else "does not hold",
            why="one of 423,624 cells, found by looking at all of them",
            rule="equal to two decimals",
        )
    )


def rows_of(file: ConvertedFile, problem: Problem) -> tuple[FloatArray, FloatArray]:
    """Published accuracies of a part in percent, and those of the same cells here, (n,) each."""
    content = file.read()
    text = (gzip.decompress(content) if file.name.endswith(".gz") else content).decode()
    lines = list(csv.DictReader(io.StringIO(text)))
    column = next(name for name in _COLUMNS if name in lines[0])
    Z = codes_of([_graph(line) for line in lines])
    published = np.array([float(line[column]) for line in lines])
    return published * (100.0 if published.max() <= 1 else 1.0), 100.0 - problem(Z)


def _graph(line: dict[str, str]) -> Graph101:
    operations = line["ops"].split(",")
    n = len(operations)
    matrix = np.zeros((n, n), dtype=np.int64)
    if "adjacency" in line:
        matrix[:] = np.array(list(map(int, line["adjacency"]))).reshape(n, n)
    else:
        matrix[np.triu_indices(n, 1)] = list(map(int, line["upper_triangle_bits"]))
    return Graph101.pruned(matrix, operations[1:-1])


def _parts(page: Page, problem: Problem) -> None:
    page.heading("Published parts")
    rows, lowest = [], 1.0
    missing = [file.name for file in (*FILES.values(), LOCAL_SEARCHES) if not file.at_hand]
    for what, file in FILES.items():
        if file.at_hand:
            published, ours = rows_of(file, problem)
            r = pearson(published, ours)
            lowest = min(lowest, r)
            tau = float(kendalltau(published, ours).statistic)
            rows.append([what, len(ours), published.mean(), ours.mean(), r, spearman(published, ours), tau])
    if rows:
        columns = ["file", "rows", "published (%)", "here (%)", "Pearson", "Spearman", "Kendall"]
        page.table(
            pd.DataFrame(rows, columns=columns),
            name="parts",
            digits=4,
            caption="Accuracy after 108 epochs: theirs on validation images, or after a single training; ours on test "
            "images, mean of three trainings",
        )
        page.claim(
            Claim(
                "cells in other publications have the same accuracies as in this table",
                published="",
                ours=f"lowest Pearson correlation {lowest:.3f}",
                verdict="holds" if lowest >= _AGREE else "does not hold",
                why=f"{sum(row[1] for row in rows)} rows in {len(rows)} files",
                rule=f"every correlation is at least {_AGREE}",
            )
        )
    if LOCAL_SEARCHES.at_hand and nas_bench_101_recorded.RUNS.at_hand:
        _local_searches(page)
    if missing:
        page.text(f"Left out, because they are not available: {', '.join(missing)}.")


def _local_searches(page: Page) -> None:
    """Check whether the accuracies at the end of local searches, whose cells are not named, are recorded ones."""
    lines = list(csv.DictReader(io.StringIO(gzip.decompress(LOCAL_SEARCHES.read()).decode())))
    ends = np.array([float(line["test_acc_ep36"]) for line in lines])
    known = nas_bench_101_recorded.records()[0, :, :, nas_bench_101_recorded.SPLITS.index("test")]
    shares = np.unique(np.rint(known[np.isfinite(known)] / 100 * 9_984))
    images = ends * 9_984
    is_whole = np.abs(images - np.rint(images)) < 0.01
    is_known = np.isin(np.rint(images), shares)
    page.text(
        f"The {len(lines):,} published end points of local searches do not name their cells. {is_whole.mean():.0%} of "
        "their accuracies are a whole number of the 9,984 test images, as those of single trainings are, and "
        f"{is_known.mean():.0%} equal the accuracy of some recorded training with 36 epochs."
    )


def _searches(page: Page, problem: Problem, *, quick: bool, seed: int) -> None:
    page.heading("Searches")
    n_runs, marks = (3, (20, 50)) if quick else (50, (100, 300, 1000))
    budget = marks[-1]
    rows = []
    final_accuracy = {}
    for solver in SOLVERS:
        at_marks = []
        for k in range(n_runs):
            log = optimizers.run(parse_solver(solver), problem, budget=budget, seed=seed + k)
            best = 100.0 - np.minimum.accumulate(log.y)
            at_marks.append([best[n - 1] for n in marks])
        values = np.array(at_marks)
        final_accuracy[solver] = values[:, -1]
        rows.append(
            [solver, *(f"{mean:.2f} +- {sd:.2f}" for mean, sd in zip(values.mean(0), values.std(0), strict=True))]
        )
    page.table(
        pd.DataFrame(rows, columns=["solver", *(f"{n} evaluations" for n in marks)]),
        name="searches",
        caption=f"Best test accuracy (%), mean and standard deviation of {n_runs} runs; published for MF-NAS: "
        f"{MF_NAS[0]} +- {MF_NAS[1]}",
    )
    evolution, random = (final_accuracy[SOLVERS[i]] for i in (0, -1))
    page.claim(
        Claim(
            "regularized evolution finds better cells than random search",
            published="ying2019, section 4.2",
            ours=f"{evolution.mean():.2f} % and {random.mean():.2f} % after {budget} evaluations",
            verdict="holds" if evolution.mean() > random.mean() else "does not hold",
            why="here searches optimise the test accuracy, in the paper the validation accuracy of one training",
            rule="the mean over its runs is higher",
        )
    )
