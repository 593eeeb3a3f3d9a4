"""How well samples cluster: components, encodings, numbers of clusters and of samples, methods."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

import nas_problems
from experiments.page import Page
from experiments.papers.centroid_init import claims, figures
from experiments.papers.centroid_init.plan import METHODS, Sizes
from experiments.papers.centroid_init.work import POPULATION


def _quality_frame(first: Mapping[Any, Any], kind: str, problem: str, names: Sequence[str]) -> pd.DataFrame:
    rows = []
    for key, outcome in first.items():
        if key[:2] == (kind, problem):
            rows.append({**dict(zip(names, key[2:], strict=True)), **asdict(outcome[0])})
    return pd.DataFrame(rows).sort_values(list(names), ignore_index=True)


def clustering(page: Page, problem: str, sizes: Sizes, first: Mapping[Any, Any]) -> None:
    """Figures 3 to 7 of a problem's samples.

    Args:
        page: Written to.
        problem: One of those of which ``first`` has clusterings; the page's first one names its figures as the paper.
        sizes: How much was computed.
        first: Key -> what ``plan.clusterings`` gives.
    """
    is_first = problem == sizes.problems[0]
    page.heading(f"Clustering {problem}")
    largest, prefix = sizes.samples[-1], "" if is_first else "nb101-"
    levels = " and ".join(f"{value:g}" for value in nas_problems.make(problem).fidelities.values)
    sampled = f"samples of {problem}, features with the accuracy after {levels} epochs"
    components = _quality_frame(first, "components", problem, ("encoding", "reducer", "components"))
    page.figure(
        figures.quality_curves(components, "components", ("encoding", "reducer"), "components"),
        name=f"{prefix}figure-3-4",
        caption=f"Figures 3 and 4: k-means with 10 clusters, {largest:,} {sampled}.",
    )
    counts = _quality_frame(first, "count", problem, ("encoding", "sampled", "wanted"))
    short = counts[counts["encoding"] == "short"]
    page.figure(
        figures.quality_curves(short, "wanted", ("sampled",), "clusters"),
        name=f"{prefix}figure-5",
        caption=f"Figure 5: k-means on two SVD components of the short encoding of {problem}, by sample size.",
    )
    both = counts[counts["sampled"] == largest]
    page.figure(
        figures.quality_curves(both, "wanted", ("encoding",), "clusters"),
        name=f"{prefix}figure-6",
        caption=f"Figure 6: k-means on two SVD components, {largest:,} samples of {problem}.",
    )
    methods = _quality_frame(first, "method", problem, ("encoding", "method"))
    page.figure(
        figures.cluster_scatter(
            {key[2:]: value[1:] for key, value in first.items() if key[:2] == ("method", problem)}, METHODS
        ),
        name=f"{prefix}figure-7",
        caption=f"Figure 7: {POPULATION} clusters wanted, two SVD components, {sizes.method_sample:,} samples of "
        f"{problem} (the paper: 10,000; spectral clustering takes quadratic memory); titles give the clusters "
        "found; gray: noise.",
    )
    page.table(
        methods,
        name=f"{prefix}methods",
        caption=f"The methods with the paper's hyperparameters (its table 2); {POPULATION} clusters wanted, two SVD "
        f"components, {problem}.",
    )
    page.table(
        components,
        name=f"{prefix}components",
        caption=f"k-means with 10 clusters, {largest:,} samples of {problem}.",
    )
    page.table(counts, name=f"{prefix}counts", caption=f"k-means on two SVD components, {problem}.")
    for claim in claims.clustering_claims(components, both, short, methods, problem=problem):
        page.claim(claim)
