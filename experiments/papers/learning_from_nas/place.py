"""Figures 7 and 8 of the paper, and the distances to BBOB.

Source: vanstein2020.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ela.bbob_features import Reference, reference_on
from ela.feature import FeatureTable
from ela.feature.registry import LEARNING_FROM_NAS
from ela.placement import Placement, cluster, is_class, place
from experiments.landscape import figures
from experiments.page import Claim, Page
from experiments.papers.learning_from_nas.features import PART_SIZE, ChainTask
from experiments.papers.learning_from_nas.numbers import (
    DATASETS,
    NEAREST_FUNCTIONS,
    NEIGHBOUR_DISTANCES,
    TITLES,
    MeanSd,
    flacco_adjusted_r2,
)
from nas_problems.array import FloatArray


@dataclass(frozen=True)
class Comparison:
    """The three tasks compared with BBOB, both treated alike.

    Args:
        name: Part of the names of figures.
        title: What was compared, for captions.
        parts: Image set -> features of the parts of its published rows.
        bbob: Image set -> features of BBOB to compare it with.
    """

    name: str
    title: str
    parts: Mapping[str, FeatureTable]
    bbob: Mapping[str, Reference]


def comparisons(tasks: Mapping[str, ChainTask], flacco: Reference, *, instances: int) -> tuple[Comparison, ...]:
    """The comparison that the paper makes, and the one that should be made: BBOB on each task's own points.

    Args:
        tasks: Image set -> its features.
        flacco: R flacco's features of BBOB, as published.
        instances: BBOB instances per function in our own reference.
    """
    return (
        Comparison(
            "published",
            "as published: accuracy minimised, values not rescaled, R flacco's BBOB on 1000 points",
            {d: _flacco_table(task.as_published) for d, task in tasks.items()},
            dict.fromkeys(tasks, flacco),
        ),
        Comparison(
            "minmax",
            "error minimised, values of tasks and BBOB brought to [0, 1], our BBOB on parts of the same points",
            {d: task.error_minmax for d, task in tasks.items()},
            {
                d: reference_on(task.X, size=PART_SIZE, instances=instances, value_scale="minmax")
                for d, task in tasks.items()
            },
        ),
    )


def figures_of_features(page: Page, tasks: Mapping[str, ChainTask], compared: Sequence[Comparison]) -> None:
    """The section with figures 7 and 8."""
    page.heading("Features and clusters (figures 7 and 8)")
    panels = {
        name: {TITLES[d]: tasks[d].as_published.frame()[name].to_numpy() for d in DATASETS}
        for name in LEARNING_FROM_NAS
    }
    n_parts = len(tasks["mnist"].as_published)
    page.figure(
        figures.violins(panels),
        name="figure-7",
        caption=f"Figure 7: features over {n_parts} parts of 800 of the 1000 published rows, accuracy minimised "
        "as in the paper; box code, no categorical variables.",
    )
    n_shown = min(10, n_parts)
    rows = np.concatenate([tasks[d].as_published.values[:n_shown] for d in DATASETS])
    labels = [f"{TITLES[d]} {i + 1}" for d in DATASETS for i in range(n_shown)]
    tree = cluster(_standardised(rows), method="complete")
    separated = all(is_class(tree, range(i * n_shown, (i + 1) * n_shown)) for i in range(3))
    page.figure(
        figures.dendrogram(tree, labels, emphasized=(), height="complete linkage, standardised features"),
        name="figure-8a",
        caption=f"Figure 8a: {n_shown} parts of each image set, 20 standardised features, complete linkage; accuracy "
        "minimised; box code.",
    )
    page.claim(
        Claim(
            text="The three image sets are clearly separated by their features",
            published="figure 8a",
            ours="three clusters, one per image set" if separated else "mixed clusters",
            verdict="holds" if separated else "does not hold",
        )
    )
    for each in compared:
        means = np.array([each.parts[d].values.mean(axis=0) for d in DATASETS])
        rows_of = [
            np.concatenate([bbob.values[bbob.functions == f] for bbob in each.bbob.values()]) for f in range(1, 25)
        ]
        functions = np.array([rows.mean(axis=0) for rows in rows_of])
        points = _standardised(np.concatenate([means, functions]))
        shown = [*TITLES.values(), *(f"f{f}" for f in range(1, 25))]
        verdicts = {}
        for method in ("complete", "ward"):
            tree = cluster(points, method="complete" if method == "complete" else "ward")
            verdicts[method] = is_class(tree, range(3))
            page.figure(
                figures.dendrogram(
                    tree,
                    shown,
                    emphasized=tuple(TITLES.values()),
                    height=f"{method} linkage, standardised features",
                    horizontal=False,
                ),
                name=f"figure-8b-{each.name}-{method}",
                caption=f"Figure 8b ({method} linkage): means over the parts of each image set and over the instances "
                f"of each BBOB function; {each.title}; box code.",
            )
        own = [method for method, verdict in verdicts.items() if verdict]
        page.claim(
            Claim(
                text=f"The three tasks form a class of their own ({each.title})",
                published="a cluster of their own (figure 8b)",
                ours="a cluster of exactly the three with " + " and ".join(own) + " linkage"
                if own
                else "no such cluster",
                verdict="holds" if len(own) == 2 else "does not hold",
                why="" if len(own) == 2 else "the three tasks share clusters with BBOB functions, see the dendrograms",
            )
        )


def _standardised(values: FloatArray) -> FloatArray:
    spread = values.std(axis=0, ddof=1)
    kept = spread > 0
    return np.asarray((values - values.mean(axis=0))[:, kept] / spread[kept], dtype=np.float64)


def _flacco_table(table: FeatureTable) -> FeatureTable:
    """The features with adjusted R2 as in flacco."""
    return FeatureTable(
        tuple(
            replace(row, values_by_name={name: flacco_adjusted_r2(name, row[name], PART_SIZE) for name in row})
            for row in table
        )
    )


def distances(page: Page, compared: Sequence[Comparison]) -> None:
    """The section on nearest functions and distances."""
    page.heading("How far from BBOB?")
    page.text(
        "The published distances cannot be computed again: they are distances over 101 flacco features (min-max "
        "scaled over all rows), among them ten running times of the features (`costs_runtime`), the range of the "
        "values (`basic.objective_min`, `_max`) and cell-mapping features; for the three tasks these were not "
        "published. Here the 20 published features are used, in two ways. *Inside*: the same rows' distance to "
        "their own 20 nearest rows, nearly always other instances of the same function. *Between*: each BBOB "
        "row's distance to the 20 nearest rows of **other** functions, the fair comparison for a new function: "
        "measured against *inside*, every BBOB function would be a class of its own."
    )
    rows = []
    placements: dict[str, Placement] = {}
    for each in compared:
        for dataset in DATASETS:
            for scaling in ("minmax", "zscore"):
                placed = place(
                    each.parts[dataset], each.bbob[dataset], scaling="minmax" if scaling == "minmax" else "zscore"
                )
                away, inside = NEIGHBOUR_DISTANCES[dataset]
                rows.append(
                    {
                        "task": TITLES[dataset],
                        "features": each.title,
                        "scaling": scaling,
                        "published (101 features)": _against(away, inside),
                        "to 20 nearest": str(placed.neighbours),
                        "inside": str(placed.inside),
                        "between": str(placed.between),
                        "BBOB rows at least as far": placed.beyond,
                        "nearest": ", ".join(f"f{f}" for f in placed.nearest[:3].tolist()),
                    }
                )
                if scaling == "zscore":
                    how = "as published" if each.name == "published" else "error, [0, 1]"
                    placements[f"{TITLES[dataset]} ({how})"] = placed
    frame = pd.DataFrame(rows)
    page.table(frame, name="distances", caption="20 features, medians over the parts; scaled over the BBOB rows.")
    page.figure(
        figures.nearest_functions(placements),
        name="nearest-functions",
        caption="Share (%) of each function among the 20 nearest BBOB rows, mean over the parts; z-scores; box code.",
    )
    for dataset in DATASETS:
        own = frame[(frame["task"] == TITLES[dataset]) & (frame["scaling"] == "minmax")].iloc[0]
        away, inside = NEIGHBOUR_DISTANCES[dataset]
        page.claim(
            Claim(
                text=f"{TITLES[dataset]} is farther from BBOB than BBOB rows from each other",
                published=f"{_against(away, inside)} (101 features)",
                ours=f"{own['to 20 nearest']} against {own['inside']} (20 features)",
                verdict="cannot be tested here",
                why="the 101 features of the tasks, running times among them, are not published; with the 20 the "
                f"direction is the same: {own['BBOB rows at least as far']:.0%} of BBOB rows are as far from others",
            )
        )
    for each in compared:
        found = frame[(frame["features"] == each.title) & (frame["scaling"] == "zscore")]
        first = [set(nearest.split(", ")) for nearest in found["nearest"]]
        page.claim(
            Claim(
                text=f"The nearest functions of all three tasks ({each.title})",
                published=", ".join(f"f{f}" for f in NEAREST_FUNCTIONS),
                ours="; ".join(f"{task}: {near}" for task, near in zip(found["task"], found["nearest"], strict=True)),
                verdict="holds"
                if all(near == {f"f{f}" for f in NEAREST_FUNCTIONS} for near in first)
                else "does not hold",
                why="20 features, as the paper says; its published distances come from 101, see the text",
            )
        )


def _against(away: MeanSd, inside: MeanSd) -> str:
    return f"{away[0]:g} +- {away[1]:g} against {inside[0]:g} +- {inside[1]:g}"
