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
from experiments.page import Claim, Page, graded
from experiments.papers.learning_from_nas.features import PART_SIZE, ChainTask
from experiments.papers.learning_from_nas.numbers import (
    DATASETS,
    NEAREST_FUNCTIONS,
    NEIGHBOUR_DISTANCES,
    TITLES,
    against,
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
            rule="complete linkage of the parts has three clusters, each all parts of one set",
            why="the parts of a set share most of their points: they would lie close together in any case",
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
        found = {}
        for method in ("complete", "ward"):
            tree = cluster(points, method="complete" if method == "complete" else "ward")
            found[method] = isolation(tree, len(DATASETS))
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
        page.claim(_own_class(each, found, shown))
    _alike(
        page, tree_of_sets=cluster(_standardised(np.array([rows[i * n_shown :][:n_shown].mean(0) for i in range(3)])))
    )


@dataclass(frozen=True)
class Isolation:
    """Where a group of rows joins the others in a clustering.

    Args:
        height: At which the smallest cluster that is exactly the group joins others; NaN: there is none.
        joins: The rows that it joins.
        lonelier: Clusters of at most as many other rows that join others higher up.
    """

    height: float
    joins: frozenset[int]
    lonelier: int


def isolation(tree: FloatArray, n: int) -> Isolation:
    """Where the first rows join the others.

    Args:
        tree: scipy's linkage matrix.
        n: The group is rows 0 ... n - 1.

    >>> isolation(cluster(np.array([[0.0], [0.1], [5.0], [5.1], [20.0]]), method="complete"), 2)
    Isolation(height=5.1, joins=frozenset({2, 3}), lonelier=1)
    """
    members = [frozenset([i]) for i in range(len(tree) + 1)]
    group, height, joins = frozenset(range(n)), float("nan"), frozenset[int]()
    others: list[float] = []
    for left, right, at, _ in tree:
        a, b = members[int(left)], members[int(right)]
        members.append(a | b)
        for one, other in ((a, b), (b, a)):
            if one == group:
                height, joins = float(at), other
            elif len(one) <= n and not one & group:
                others.append(float(at))
    return Isolation(height, joins, sum(at > height for at in others))


def _own_class(each: Comparison, found: Mapping[str, Isolation], labels: Sequence[str]) -> Claim:
    """Whether the three tasks are a class of their own."""
    clusters = {method: one for method, one in found.items() if one.joins}
    alone = [method for method, one in clusters.items() if one.lonelier == 0]
    far = {TITLES[d]: place(each.parts[d], each.bbob[d], scaling="zscore").beyond for d in DATASETS}
    return Claim(
        text=f"The three tasks form a class of their own, considerably distant from BBOB ({each.title})",
        published="a cluster of their own (figure 8b)",
        ours="; ".join(
            f"{method}: a cluster that joins {', '.join(sorted(labels[i] for i in one.joins)[:4])} at "
            f"{one.height:.1f}; {one.lonelier} other clusters of at most three join others higher up"
            if one.joins
            else f"{method}: no such cluster"
            for method, one in found.items()
        ),
        verdict=graded(len(alone) == len(found), weaker=len(clusters) == len(found)),
        why="weaker: they are a cluster, but not a distant one. Of BBOB's rows "
        + ", ".join(
            f"{share:.0%} lie as far from other functions as {task} from its neighbours" for task, share in far.items()
        )
        + ". The three tables have the same 1000 networks, in another order: a shared design makes features alike "
        "whatever the images are",
        rule="with complete and with Ward's linkage a cluster of exactly the three exists, and no cluster of at most "
        "three functions joins others at a greater height; weaker: the cluster exists with both",
    )


def _alike(page: Page, *, tree_of_sets: FloatArray) -> None:
    """Which two image sets are the most alike."""
    first = {DATASETS[int(i)] for i in tree_of_sets[0, :2]}
    page.claim(
        Claim(
            text="MNIST and CIFAR-10 are more alike than either is to Fashion",
            published="figure 8a",
            ours="the first two of the three to join: "
            + " and ".join(TITLES[d] for d in DATASETS if d in first)
            + f", at {tree_of_sets[0, 2]:.2f}; the third at {tree_of_sets[1, 2]:.2f}",
            verdict="holds" if first == {"mnist", "cifar10"} else "does not hold",
            why="20 standardised features, accuracy minimised as in the paper",
            rule="of the three means over the parts, these two join first in complete linkage",
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
        "The paper's 20 features, in two ways. *Inside*: the same rows' distance to their own 20 nearest rows, nearly "
        "always other instances of the same function. *Between*: each BBOB row's distance to the 20 nearest rows of "
        "**other** functions, the fair comparison for a new function: measured against *inside*, every BBOB function "
        "would be a class of its own."
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
                        "published (101 features)": against(away, inside),
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
    own = frame[(frame["task"] == TITLES["cifar10"]) & (frame["scaling"] == "minmax")].iloc[0]
    page.claim(
        Claim(
            text=f"{TITLES['cifar10']} is farther from BBOB than BBOB rows from each other, by the authors' features",
            published=f"{against(*NEIGHBOUR_DISTANCES['cifar10'])} (101 features)",
            ours=f"{own['to 20 nearest']} against {own['inside']} (20 features)",
            verdict="cannot be tested here",
            why="no feature of CIFAR-10 beyond the 20 is published; with these the direction is the same: "
            f"{own['BBOB rows at least as far']:.0%} of BBOB rows are as far from other functions",
            rule="as for the other two tasks",
        )
    )
    for each in compared:
        found = frame[(frame["features"] == each.title) & (frame["scaling"] == "zscore")]
        first = [set(nearest.split(", ")) for nearest in found["nearest"]]
        agree = [near & {f"f{f}" for f in NEAREST_FUNCTIONS} for near in first]
        page.claim(
            Claim(
                text=f"f12, f11, f13 are the nearest functions of all three tasks, by the 20 features ({each.title})",
                published=", ".join(f"f{f}" for f in NEAREST_FUNCTIONS),
                ours="; ".join(f"{task}: {near}" for task, near in zip(found["task"], found["nearest"], strict=True)),
                verdict=graded(all(len(both) == 3 for both in agree), weaker=all(agree)),
                why="the 20 features that the paper describes; what it prints comes from 101",
                rule="the three functions with the most rows among the 20 nearest are these, for each task; weaker: "
                "one of them is",
            )
        )
