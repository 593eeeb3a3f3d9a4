"""The sections of the page on centroid starts: from results to tables, figures and claims."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

import nas_problems
from experiments.page import Claim, Page
from experiments.papers.centroid_init import claims, figures
from experiments.papers.centroid_init.plan import (
    CHARGED,
    CONTROL,
    METHODS,
    NOISES,
    SOLVERS,
    STARTS,
    TRANSFER,
    Fitted,
    Sizes,
)
from experiments.papers.centroid_init.work import POPULATION, Key, Searched, accuracy
from nas_problems.array import FloatArray
from nas_problems.problem import Problem
from nas_problems.space import Codes


def runs_table(searched: Mapping[Key, Searched]) -> pd.DataFrame:
    """One row per run: accuracy of the first population and of the best found, noise-free, and test accuracy."""
    frames = []
    for (name, noise, solver, start), found in searched.items():
        problem = nas_problems.make(name.removeprefix(f"{TRANSFER} "))
        columns = {
            "problem": name,
            "noise": noise,
            "solver": solver,
            "start": start,
            "run": np.arange(len(found.initial)),
            "initial": found.initial,
            "best": accuracy(problem, found.incumbents),
            "is_optimal": problem(found.incumbents) == problem.target,
            "test": _test_accuracy(problem, found.incumbents),
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _test_accuracy(problem: Problem, Z: Codes) -> FloatArray:
    if problem.test_metric is None:
        return np.full(len(Z), np.nan)
    return problem.evaluate(Z, metrics=(problem.test_metric,)).metrics[problem.test_metric]


def introduction(page: Page, sizes: Sizes, fitted: Fitted, seed: int) -> None:
    """What is compared, on which data."""
    problem = nas_problems.make(sizes.problems[0])
    epochs = " and ".join(f"{value:g}" for value in problem.fidelities.values)
    found = [len(fit["nearest"]) for fits in fitted.values() for fit in fits]
    sampled = max(fit["nearest"].n_sampled for fits in fitted.values() for fit in fits)
    page.text(
        f"The paper clusters a sample of NAS-Bench-101 by architecture and fitness and starts searches from the "
        f"{POPULATION} centroids. Here the space is NAS-Bench-201, whose 15,625 codes are all valid. Encoding of the "
        f"searches and of the clusters, unless said otherwise: short (six operation codes; of the clusters also the "
        f"validation accuracy after {epochs} epochs). Searches see the validation accuracy after 200 epochs, with "
        f"noise `mean` (average of the recorded seeds) or `sampled` (one of them per query); the paper's clusters see "
        f"test accuracy, which is no solver's business. What is shown is noise-free validation accuracy."
    )
    page.text(
        f"`centroid`: Bayesian mixture on two components of a truncated SVD, each cluster's nearest sampled member; "
        f"`centroid rounded`: the rounded mean of the same cluster's codes. {sizes.fits} fits per image set, which "
        f"runs take in turn, each from {sampled:,} evaluated cells ({100 * sampled / 15_625:.0f} % of the space; not "
        f"charged to the searches, as in the paper). Asked for {POPULATION} clusters, the mixture fills {min(found)} "
        f"to {max(found)}; the rest of the population is drawn uniformly. Seed {seed}; all runs: [runs.csv](runs.csv)."
    )


def starts(page: Page, sizes: Sizes, first: Mapping[Any, Any], fitted: Fitted) -> None:
    """The first populations: centroids against the mean of the space, and where operations are relabelled."""
    page.heading("The first population")
    rows = []
    for name in sizes.problems:
        problem = nas_problems.make(name)
        uniform = float(100.0 - problem.tabulate().mean())
        for decoding, start in (("nearest", "centroid"), ("rounded", "centroid rounded")):
            values = [accuracy(problem, fit[decoding].codes(problem.space)) for fit in fitted[name]]
            means = np.array([part.mean() for part in values])
            rows.append(
                {
                    "problem": name,
                    "start": start,
                    "centroids": np.mean([len(part) for part in values]),
                    "mean accuracy": means.mean(),
                    "uniform": uniform,
                    "gap": (means - uniform).mean(),
                    "smallest gap": (means - uniform).min(),
                    "largest gap": (means - uniform).max(),
                    "best centroid": np.mean([part.max() for part in values]),
                }
            )
    gaps = pd.DataFrame(rows)
    page.table(
        gaps,
        name="initial-fitness",
        caption="Accuracy of the centroids alone (without uniform fill) against the exact mean of the space, in "
        f"percentage points; short encoding, noise mean, 200 epochs, {sizes.fits} fits.",
    )
    rows = []
    for name in sizes.problems:
        for instance in range(1, sizes.instances + 2):
            problem = nas_problems.make(name).variant(instance=instance)
            for decoding, centroids in first["instance", name, instance].items():
                gap = accuracy(problem, centroids.codes(problem.space)).mean() - (100.0 - problem.tabulate().mean())
                rows.append({"problem": name, "decoding": decoding, "instance": instance, "gap": gap})
    frame = pd.DataFrame(rows)
    published = frame[frame["instance"] == 1].set_index(["problem", "decoding"])["gap"]
    others = frame[frame["instance"] > 1].groupby(["problem", "decoding"])["gap"]
    page.table(
        pd.DataFrame({"gap as published": published, "mean gap relabelled": others.mean(), "sd": others.std()}),
        name="relabelled",
        caption=f"The gap of k-means centroids ({POPULATION}, short encoding, one sample) where operations have their "
        f"published order, and on {sizes.instances} instances with relabelled operations and permuted edges. What "
        "rounding the mean of categorical codes gives depends on their order: it prefers the middle of the list, which "
        "as published holds the convolutions.",
    )
    page.claim(claims.initial_gap_claim(gaps, frame[frame["instance"] > 1]))


def main_searches(page: Page, sizes: Sizes, searched: Mapping[Key, Searched], runs: pd.DataFrame) -> None:
    """Figures 8 and 9 and the tests."""
    page.heading("Searches")
    here = f"{sizes.runs} runs of {sizes.budget} evaluations, population {POPULATION}, 200 epochs"
    for noise in NOISES:
        page.figure(
            figures.population_curves(searched, sizes.problems, noise, SOLVERS),
            name=f"figure-8-{noise}",
            caption="Mean accuracy of the population and its range from worst to best, means over runs, cut "
            f"below the lowest mean; noise {noise}; {here}.",
        )
    main = runs[runs["problem"].isin(sizes.problems) & runs["start"].isin(STARTS)]
    page.figure(
        figures.best_boxes(main, sizes.problems, (*SOLVERS, "RS")),
        name="figure-9",
        caption=f"Noise-free validation accuracy of the best found; {here}; RS: random search.",
    )
    summary = main.groupby(["problem", "noise", "solver", "start"], sort=False).agg(
        initial=("initial", "mean"),
        best=("best", "mean"),
        sd=("best", "std"),
        optimal=("is_optimal", "mean"),
        test=("test", "mean"),
    )
    page.table(
        summary.reset_index(),
        name="searches",
        caption="Mean accuracy of the first population (with uniform fill) and of the best found, its standard "
        f"deviation, the share of runs that end at the best cell, and test accuracy where the data is at hand; {here}.",
    )
    tests = _tests(main)
    page.table(
        tests,
        name="rank-sum",
        caption="Wilcoxon rank-sum tests (two-sided, ties corrected) of the best found; difference of means in points; "
        f"{here}. Runs from one of the {sizes.fits} fits share their centroids: the p-values are rather too small.",
    )
    for claim in (
        *claims.final_claims(tests),
        claims.forgetting_claim(searched, sizes.problems),
        *claims.solver_claims(main),
    ):
        page.claim(claim)


def _tests(runs: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for (name, noise, solver), group in runs[runs["solver"] != "RS"].groupby(
        ["problem", "noise", "solver"], sort=False
    ):
        best = {str(start): part["best"].to_numpy() for start, part in group.groupby("start")}
        rows.extend(
            {
                "problem": name,
                "noise": noise,
                "solver": solver,
                "start": start,
                "rival": rival,
                "difference": best[start].mean() - best[rival].mean(),
                "p": _rank_sum(best[start], best[rival]),
            }
            for start in claims.CENTROIDS
            for rival in claims.RIVALS
        )
    return pd.DataFrame(rows)


def _rank_sum(a: FloatArray, b: FloatArray) -> float:
    from scipy.stats import mannwhitneyu

    if np.ptp(np.concatenate([a, b])) == 0:
        return 1.0
    return float(mannwhitneyu(a, b, method="asymptotic").pvalue)


def transfer(page: Page, sizes: Sizes, searched: Mapping[Key, Searched]) -> None:
    """Figure 12: centroids of one image set, searches on the others."""
    page.heading("Transfer")
    targets = sizes.problems[1:]
    found = {
        (key[0].removeprefix(f"{TRANSFER} "), *key[1:]): value
        for key, value in searched.items()
        if key[0].startswith(TRANSFER)
    }
    here = (
        f"centroids of {sizes.problems[0]}, noise mean, {sizes.transfer_runs} runs of {sizes.transfer_budget} "
        f"evaluations, population {POPULATION}"
    )
    page.figure(
        figures.transfer_curves(found, targets, SOLVERS),
        name="figure-12",
        caption=f"Mean accuracy of the population and its standard deviation over runs; {here}.",
    )
    rows = [
        {
            "problem": name,
            "solver": solver,
            "start": start,
            "gap at the start": (
                gap := found[name, "mean", solver, start].population[0]
                - found[name, "mean", solver, "uniform"].population[0]
            )[0],
            "gap after one generation": gap[1],
            "gap at the end": gap[-1],
        }
        for name in targets
        for solver in SOLVERS
        for start in STARTS[1:]
    ]
    page.table(
        pd.DataFrame(rows),
        name="transfer",
        caption=f"Points of mean population accuracy above the uniform start; {here}.",
    )
    page.claim(claims.transfer_claim(found, targets))


def charged(page: Page, sizes: Sizes, runs: pd.DataFrame) -> None:
    """Searches that pay for the sample of their centroids."""
    page.heading("When the sample is paid for")
    rows = []
    for name in sizes.problems:
        here = runs[(runs["problem"] == name) & (runs["noise"] == "mean")].set_index(["solver", "start"])["best"]
        paid, plain = here["EA", CHARGED].to_numpy(), here["EA", "uniform"].to_numpy()
        control = np.maximum(here["EA", CONTROL].to_numpy(), here["RS", CONTROL].to_numpy())
        rows.append(
            {
                "problem": name,
                "centroid": paid.mean(),
                "uniform": plain.mean(),
                "p (uniform)": _rank_sum(paid, plain),
                "random, then uniform": control.mean(),
                "p (random, then uniform)": _rank_sum(paid, control),
            }
        )
    frame = pd.DataFrame(rows)
    page.table(
        frame,
        name="charged",
        caption=f"EA with {sizes.budget} evaluations in all, noise mean. Centroid: {sizes.charged_sample} of them pay "
        f"for the sample of the run's own centroids ({sizes.charged_runs} runs). Uniform: all are the search's "
        f"({sizes.runs} runs). Random, then uniform: the better of {sizes.charged_sample} random candidates and of an "
        f"EA from a uniform start with the rest ({sizes.charged_runs} runs). "
        "Accuracy of the best found, rank-sum tests.",
    )
    parts, verdicts = [], []
    for rival in ("uniform", "random, then uniform"):
        significant = frame[f"p ({rival})"] < 0.05
        better = int((significant & (frame["centroid"] > frame[rival])).sum())
        worse = int((significant & (frame["centroid"] < frame[rival])).sum())
        parts.append(f"against {rival}: better on {better}, worse on {worse} of {len(frame)} image sets")
        verdicts.append(better == len(frame))
    page.claim(
        Claim(
            "Centroids pay for their own sample",
            "not asked; the sample of 10,000 is not counted",
            "; ".join(parts),
            "holds" if all(verdicts) else "does not hold",
            f"Our question, at p < 0.05: {sizes.charged_sample} of {sizes.budget} evaluations are the sample; 'random, "
            "then uniform' spends them on random candidates without clustering.",
        )
    )


def _quality_frame(first: Mapping[Any, Any], kind: str, names: Sequence[str]) -> pd.DataFrame:
    rows = []
    for key, outcome in first.items():
        if key[0] == kind:
            rows.append({**dict(zip(names, key[1:], strict=True)), **asdict(outcome[0])})
    return pd.DataFrame(rows).sort_values(list(names), ignore_index=True)


def clustering(page: Page, sizes: Sizes, first: Mapping[Any, Any]) -> None:
    """Figures 3 to 7."""
    page.heading("Clustering")
    problem, largest = sizes.problems[0], sizes.samples[-1]
    components = _quality_frame(first, "components", ("encoding", "reducer", "components"))
    page.figure(
        figures.quality_curves(components, "components", ("encoding", "reducer"), "components"),
        name="figure-3-4",
        caption=f"Figures 3 and 4: k-means with 10 clusters, {largest:,} samples of {problem}.",
    )
    counts = _quality_frame(first, "count", ("encoding", "sampled", "wanted"))
    short = counts[counts["encoding"] == "short"]
    page.figure(
        figures.quality_curves(short, "wanted", ("sampled",), "clusters"),
        name="figure-5",
        caption=f"Figure 5: k-means on two SVD components of the short encoding of {problem}, by sample size.",
    )
    both = counts[counts["sampled"] == largest]
    page.figure(
        figures.quality_curves(both, "wanted", ("encoding",), "clusters"),
        name="figure-6",
        caption=f"Figure 6: k-means on two SVD components, {largest:,} samples of {problem}.",
    )
    methods = _quality_frame(first, "method", ("encoding", "method"))
    page.figure(
        figures.cluster_scatter({key[1:]: value[1:] for key, value in first.items() if key[0] == "method"}, METHODS),
        name="figure-7",
        caption=f"Figure 7: {POPULATION} clusters wanted, two SVD components, {sizes.method_sample:,} samples of "
        f"{problem} (the paper: 10,000; spectral clustering takes quadratic memory); titles give the clusters found.",
    )
    page.table(
        methods,
        name="methods",
        caption=f"The methods with the paper's hyperparameters (its table 2); {POPULATION} clusters wanted, two SVD "
        "components.",
    )
    page.table(components, name="components", caption=f"k-means with 10 clusters, {largest:,} samples of {problem}.")
    page.table(counts, name="counts", caption=f"k-means on two SVD components, {problem}.")
    for claim in claims.clustering_claims(components, both, short, methods):
        page.claim(claim)


def operations(page: Page, sizes: Sizes, searched: Mapping[Key, Searched]) -> None:
    """Figure 13 in spirit: operations of the best cells."""
    page.heading("Operations found")
    problem = sizes.problems[0]
    shares = {
        (solver, start): np.eye(5)[searched[problem, "mean", solver, start].incumbents].mean(axis=0)
        for solver in SOLVERS
        for start in STARTS
    }
    page.figure(
        figures.operation_maps(shares, SOLVERS),
        name="figure-13",
        caption=f"Share of {sizes.runs} runs whose best cell has an operation on an edge; {problem}, noise mean, "
        f"{sizes.budget} evaluations.",
    )
    page.claim(claims.diversity_claim(shares, SOLVERS))
