"""Figures 2 to 6 of the paper and its reduced range, from the published rows.

Source: vanstein2020.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from ela.reduction import describe_range, reduce_space
from experiments.landscape import analysis as landscape
from experiments.landscape import figures
from experiments.page import Claim, Page, graded
from experiments.papers.learning_from_nas.numbers import (
    DATASETS,
    REDUCED_RANGES,
    TITLES,
    bounds_of_variables,
    kind_of,
)
from nas_problems.array import FloatArray
from nas_problems.catalog.chain_cnn import INITIAL, REDUCED, codes_of, forests, held_out
from nas_problems.datasets.chain_cnn import COLUMNS, ChainTable, load_table
from nas_problems.space import Integer, Real


def figures_of_rows(page: Page, quick: bool) -> None:
    """The section with figures 2 to 6; ``quick`` draws fewer networks."""
    page.heading("The published trainings (figures 2 to 6)")
    layouts, violin_tables, matrices = {}, {}, {}
    low, high = (np.array(bound) for bound in bounds_of_variables())
    for which in ("initial", "reduced"):
        for dataset in DATASETS:
            table = load_table(dataset, which)
            rows = slice(0, 150 if quick else None)
            box = -5 + 10 * (table.values[rows] - low) / (high - low)
            layouts[f"{TITLES[dataset]}, {which} range"] = (landscape.plane(box), table.accuracy[rows])
    page.figure(
        figures.scatter_landscapes(layouts, value_label="accuracy (%)", value_range=(0, 100)),
        name="figure-2",
        caption="Figure 2: the published networks in two dimensions (metric multidimensional scaling of the 23 "
        "variables in the box), coloured by validation accuracy; one training each, 50 epochs.",
    )
    for number, dataset in zip((3, 4, 5), DATASETS, strict=True):
        table = load_table(dataset)
        best = np.argsort(-table.accuracy, kind="stable")[:50]
        violin_tables = {
            name: {"best 50": table.values[best, j], "all": table.values[:, j]} for j, name in enumerate(COLUMNS)
        }
        page.figure(
            figures.violins(violin_tables, n_columns=6),
            name=f"figure-{number}",
            caption=f"Figure {number}: each variable among the best 50 of the 1000 published networks on "
            f"{TITLES[dataset]}, next to all of them; one training each, 50 epochs.",
        )
        matrices[TITLES[dataset]] = np.array(
            [
                [np.corrcoef(table.values[:, j], target)[0, 1] for j in range(23)]
                for target in (table.accuracy, table.train_seconds)
            ]
        )
    page.figure(
        figures.correlations(matrices, rows=("accuracy", "time"), columns=tuple(COLUMNS)),
        name="figure-6",
        caption="Figure 6: Pearson correlation of the 23 variables with accuracy and training time, 1000 published "
        "networks each, initial range.",
    )
    _claims_of_correlations(page, matrices)


def _claims_of_correlations(page: Page, matrices: Mapping[str, FloatArray]) -> None:
    """What the paper reads off figure 6."""
    names, limit = list(COLUMNS), _significant(1000)
    by_name = {name: [matrices[TITLES[d]][0, names.index(name)] for d in DATASETS] for name in names}
    of_time = [matrices[TITLES[d]][1, names.index("filters_0")] for d in DATASETS]
    looked_at = ("k_0", "dropout_0")
    apart = {name: [_p_value_of_best(load_table(d), names.index(name)) for d in DATASETS] for name in looked_at}
    linear = {name: sum(abs(r) > limit for r in by_name[name]) for name in looked_at}
    related = {
        name: all(abs(r) > limit or p < 0.01 for r, p in zip(by_name[name], apart[name], strict=True))
        for name in looked_at
    }
    page.claim(
        Claim(
            text="Kernel size of the first layer and dropout in the first layers matter for accuracy",
            published="figure 6",
            ours="; ".join(f"{name}: {_listed(by_name[name])}" for name in looked_at),
            verdict=graded(all(n == len(DATASETS) for n in linear.values()), weaker=all(related.values())),
            why=f"correlations on MNIST, Fashion, CIFAR-10; {limit:.3f} is significant. Best 50 against the others: "
            + "; ".join(f"{name} p = {', '.join(f'{p:.0e}' for p in values)}" for name, values in apart.items())
            + f". The largest correlation is that of l2: {_listed(by_name['l2'])}",
            rule="Pearson's correlations of k_0 and dropout_0 with accuracy are significant at 5 % on all three sets; "
            "weaker: each is, or its best 50 differ from the others (Kolmogorov-Smirnov, 1 %), on all three",
        )
    )
    page.claim(
        Claim(
            text="More filters take more time",
            published="positive correlation",
            ours=f"filters_0: {_listed(of_time)}",
            verdict="holds" if min(of_time) > limit else "does not hold",
            why="on MNIST, Fashion, CIFAR-10",
            rule="the correlation of filters_0 with time is significant at 5 % and positive on all three sets",
        )
    )
    pairs = list(combinations(DATASETS, 2))
    gaps = np.array([np.abs(matrices[TITLES[a]] - matrices[TITLES[b]]) for a, b in pairs])  # pairs, accuracy and time
    noise = float(stats.norm.ppf(1 - 0.025 / gaps.size) * np.sqrt(2 / 997))
    alike = [float(np.corrcoef(matrices[TITLES[a]][0], matrices[TITLES[b]][0])[0, 1]) for a, b in pairs]
    worst = int(gaps[:, 0].max(axis=0).argmax())
    page.claim(
        Claim(
            text="The correlations of the three sets are almost identical",
            published="figure 6; the authors' notebook: .97, .92, .95 between sets, accuracy itself among the rows",
            ours=f"accuracy: up to {gaps[:, 0].max():.2f} apart ({names[worst]}: {_listed(by_name[names[worst]])}); "
            f"time: up to {gaps[:, 1].max():.2f}",
            verdict=graded(gaps.max() < noise, weaker=gaps[:, 1].max() < noise),
            why=f"weaker: those with time. The 23 correlations with accuracy correlate by {_listed(alike)}",
            rule=f"none of {gaps.size} differences between two sets exceeds {noise:.2f}, what chance gives at 5 % "
            "(Bonferroni); weaker: none of those with time does",
        )
    )
    designs = [np.unique(load_table(d).values, axis=0) for d in DATASETS]
    same = all(np.array_equal(designs[0], other) for other in designs[1:])
    page.text(
        "The three tables of the initial range "
        + ("have the **same 1000 networks**, in different orders" if same else "have different networks")
        + ": what they share is in part the design. No claim of the paper on their likeness can tell the two apart."
    )


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def proposal(page: Page, quick: bool) -> None:
    """The section on the reduced range."""
    page.heading("The reduced range")
    rows = []
    spaces = {}
    for dataset in DATASETS:
        table = load_table(dataset)
        Z, y = codes_of(table.values), 100 - table.accuracy
        spaces[dataset] = {
            "ours": reduce_space(INITIAL, Z, y, top=0.05).space,
            "ours, every variable": reduce_space(INITIAL, Z, y, top=0.05, level=None).space,
        }
        for j, entry in enumerate(reduce_space(INITIAL, Z, y, top=0.05).ranges):
            rows.append(
                {
                    "task": TITLES[dataset],
                    "variable": entry.name,
                    "initial": describe_range(INITIAL.parameters[j]),
                    "paper": REDUCED_RANGES[kind_of(entry.name)],
                    "median of best 5 %": entry.quantiles[2],
                    "p": entry.p_value,
                    "ours": describe_range(entry.proposed) if entry.reduced else "unchanged",
                    "best 5 % in the paper's range": _share_inside(table, j),
                }
            )
    frame = pd.DataFrame(rows)
    page.table(
        frame,
        name="reduced-range",
        caption="Table 1 of the paper next to `iohnas reduce` (best 5 % of the 1000 published networks, "
        "90 % of them kept, "
        "variables whose best values differ by Holm's correction at 0.05). The last column counts values that the "
        "published tables of the reduced range have: kernels of (3, 7] are 3 to 6 there.",
        digits=3,
    )
    quality = []
    for dataset in DATASETS:
        # random points of each space, by a model of the landscape
        forest = forests(dataset)["validation_accuracy"]
        row: dict[str, object] = {"task": TITLES[dataset]}
        for name, space in {"initial": INITIAL, "paper's reduced": REDUCED, **spaces[dataset]}.items():
            Z = space.sample(300 if quick else 3000, np.random.default_rng(0))
            accuracy = forest.predict(INITIAL.encode(space.decode(Z)))
            row[name] = f"{accuracy.mean():.1f} (best 5 %: {np.quantile(accuracy, 0.95):.1f})"
        report = held_out(dataset, n_folds=2 if quick else 5)
        row["held-out R2 / Spearman"] = "; ".join(
            f"{which} {scores['r2']:.2f} / {scores['spearman']:.2f}" for which, scores in report.items()
        )
        row["published mean, initial / reduced"] = (
            f"{load_table(dataset).accuracy.mean():.1f} / {load_table(dataset, 'reduced').accuracy.mean():.1f}"
        )
        quality.append(row)
    page.table(
        pd.DataFrame(quality),
        name="reduced-quality",
        caption="Mean accuracy (%) of random networks of each space by the **surrogate** (forest on the "
        "2 x 1000 published rows), "
        "with its held-out quality (cross-validation, rows of the initial and of the reduced range).",
    )
    means = {d: (load_table(d).accuracy.mean(), load_table(d, "reduced").accuracy.mean()) for d in DATASETS}
    page.claim(
        Claim(
            text="The reduced range has far better networks",
            published="all near 100 % on MNIST",
            ours="; ".join(f"{TITLES[d]} {a:.1f} -> {b:.1f} %" for d, (a, b) in means.items()),
            verdict="holds" if all(b > a for a, b in means.values()) else "does not hold",
            why="mean accuracy of the published rows",
            rule="the mean of the 1000 rows is higher in the reduced range on all three sets",
        )
    )
    reduced = load_table("mnist", "reduced").accuracy
    n_bad = int((reduced < 95).sum())
    page.claim(
        Claim(
            text="On MNIST only two of 1000 networks of the reduced range do not perform well",
            published="two; all others near 100 %",
            ours=f"{n_bad} below 95 %; the others from {reduced[reduced >= 95].min():.1f} %",
            verdict="holds" if n_bad == 2 else "does not hold",
            rule="exactly two are below 95 %",
        )
    )


def _significant(n: int) -> float:
    """Smallest absolute correlation of n pairs that differs from 0 at the 5 % level."""
    t = float(stats.t.ppf(0.975, n - 2))
    return t / float(np.sqrt(n - 2 + t * t))


def _p_value_of_best(table: ChainTable, j: int) -> float:
    """Kolmogorov-Smirnov test of a variable among the best 50 against the others."""
    order = np.argsort(-table.accuracy, kind="stable")
    return float(stats.ks_2samp(table.values[order[:50], j], table.values[order[50:], j]).pvalue)


def _share_inside(table: ChainTable, j: int) -> float:
    best = np.argsort(-table.accuracy, kind="stable")[:50]
    parameter = REDUCED.parameters[j]
    assert isinstance(parameter, Integer | Real)
    low, high = parameter.low, parameter.high
    values = table.values[best, j]
    return float(np.mean((values >= low) & (values <= high)))
