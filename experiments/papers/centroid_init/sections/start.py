"""The first population: how good centroids are before any search."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

import nas_problems
from experiments.page import Page
from experiments.papers.centroid_init import claims
from experiments.papers.centroid_init.plan import Fitted, Sizes
from experiments.papers.centroid_init.work import POPULATION, accuracy


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
                    "population gap": np.mean([len(part) * (part.mean() - uniform) for part in values]) / POPULATION,
                    "smallest gap": (means - uniform).min(),
                    "largest gap": (means - uniform).max(),
                    "best centroid": np.mean([part.max() for part in values]),
                }
            )
    gaps = pd.DataFrame(rows)
    page.table(
        gaps,
        name="initial-fitness",
        caption="Accuracy of the centroids alone against the exact mean of the space (uniform), in percentage points, "
        f"and the gap of a population of {POPULATION} in which uniform draws fill up what is missing; short encoding, "
        f"noise mean, 200 epochs; means over fits ({sizes.fits}).",
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
