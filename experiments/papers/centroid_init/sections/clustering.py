"""How well samples cluster: components, encodings, numbers of clusters and of samples, methods."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from experiments.page import Page
from experiments.papers.centroid_init import claims, figures
from experiments.papers.centroid_init.plan import METHODS, Sizes
from experiments.papers.centroid_init.work import POPULATION


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
        f"{problem} (the paper: 10,000; spectral clustering takes quadratic memory); titles give the clusters "
        "found; gray: noise.",
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
