"""Traore, Camero, Zhu 2023: when performance metric malfunction affects HPO landscapes, on YAHPO, and trained live.

Source: traore2023malfunction.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import binomtest, spearmanr

import nas_problems
from ela.diagnose import Diagnosis, diagnose
from experiments.figures import PALETTE
from experiments.page import Claim, Page, graded
from experiments.papers import new_page, reproductions
from experiments.papers.metric_malfunction.figures import KINDS, Panel, draw_row
from experiments.papers.metric_malfunction.live import live_trainings
from experiments.steps import step
from nas_problems.catalog.yahpo import INSTANCES


@dataclass(frozen=True, slots=True)
class _Known:
    """A data set of the paper's figures.

    Args:
        name: Its name.
        instance: Its OpenML number.
        published: Level of the unexpected mode as the paper reads it off.
        naive: What a model without knowledge gets: error of the majority class in percent, or ln k.
    """

    name: str
    instance: str
    published: float
    naive: float


ACCURACY = (
    _Known("WDBC", "1510", 38.0, 100 * 212 / 569),
    _Known("YEAST", "181", 70.0, 100 * (1 - 463 / 1484)),
    _Known("MINIBOONE", "41150", math.nan, 100 * 36_499 / 130_064),
    _Known("ISOLET", "300", 97.0, 100 * (1 - 300 / 7797)),
)
"""Figures 2, 4, 6; class counts as the data sets' descriptions give them."""

LOG_LOSS = (
    _Known("SEMEION", "1501", 2.25, math.log(10)),
    _Known("VEHICLE", "54", 1.55, math.log(4)),
    _Known("SEGMENT", "40984", 1.98, math.log(7)),
    _Known("KC1", "1067", math.nan, math.log(2)),
)
"""Figures 7, 8, 9. For VEHICLE the text has 1.55 in one place and 1.35 in two others."""

NEAR = 0.05
"""Relative distance from a naive model's value up to which a mode is at it."""

METRICS = {"validation_accuracy": ACCURACY, "validation_logloss": LOG_LOSS}
SHORT = {"validation_accuracy": "accuracy", "validation_logloss": "log loss"}


@reproductions.register(
    "metric-malfunction",
    summary="Traore et al. 2023: naive models in the landscapes of 119 HPO problems",
    family="traore2023malfunction",
)
def reproduce_metric_malfunction(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """All data sets of rbv2_xgboost, accuracy and log loss; trainings of a small network, accuracy.

    Args:
        out: Folder of the page; trainings are kept in it.
        quick: Eight data sets, 200 configurations each; 20 trainings per image set.
        seed: Seed of the samples.

    Raises:
        DataUnavailableError: The scenario's files are not available and cannot be downloaded.
        ImportError: onnxruntime is not installed.
    """
    n = 200 if quick else 1000
    shown = [known.instance for known in (*ACCURACY, *LOG_LOSS)]
    instances = shown if quick else list(INSTANCES["rbv2_xgboost"])
    page = new_page(out, "Metric malfunction in HPO landscapes", "metric-malfunction", quick=quick, seed=seed)
    page.text(
        f"YAHPO surrogate rbv2_xgboost, {len(instances)} data sets, {n} configurations drawn uniformly for each "
        f"(inactive "
        "parameters at one value), full training set, repetition 10. Fitness is what is minimised: error in percent, "
        "log loss. epsilon = maxfitness / 40; 40 bins. Two neighbourhoods. *As in the paper's figures*: distances to "
        "the "
        "best configuration differ by less than maxdist / 40, bins from zero. The paper writes it as a distance "
        "between "
        "the two configurations, but then few have a neighbour, and its figures count up to a hundred. *Near*: "
        "nearer than maxdist / C in Gower distance, C the largest of 40, 20, 10, 5 with which half of the sample has a "
        "neighbour (5 if none), bins over the observed range. Figures and claims have the first one; the table of all "
        "data sets has both."
    )
    figures: dict[str, dict[str, Diagnosis]] = {metric: {} for metric in METRICS}
    rows = []
    for metric, knowns in METRICS.items():
        names = {known.instance: known for known in knowns}
        for instance in instances:
            problem = nas_problems.make(f"yahpo-rbv2_xgboost-{instance}", objective=metric)
            level = names[instance].naive if instance in names else None
            found = diagnose(problem, n, naive_level=level, seed=seed)
            step(f"{SHORT[metric]}, data set {instance}")
            rows.append(_row(found, instance, metric))
            if instance in names:
                figures[metric][instance] = found.by_distance_to_best()
    frame = pd.DataFrame(rows)
    _known_levels(page, figures)
    for metric, knowns in METRICS.items():
        _figures(page, metric, {known.instance: figures[metric][known.instance] for known in knowns})
    _all_data_sets(page, frame)
    live_trainings(page, out / ("work-quick" if quick else "work"), n=20 if quick else 100, seed=seed, quick=quick)
    page.write()
    return page


def _row(near: Diagnosis, instance: str, metric: str) -> dict[str, object]:
    found = near.by_distance_to_best()
    without = found.without_naive() if 0 < found.naive_share < 0.95 else None
    others = ~found.naive
    degree = found.neutrality_degree
    return {
        "instance": instance,
        "metric": SHORT[metric],
        "suspicious modes": sum(mode.is_suspicious for mode in found.modes),
        "share in them": found.suspicious_share,
        "naive level": math.nan if found.naive_level is None else found.naive_level,
        "source": found.naive_source,
        "naive share": found.naive_share,
        "fdc": found.fdc,
        "locality": found.locality.correlation,
        "locality without": math.nan if without is None else without.locality.correlation,
        "off bisector": found.locality.distance_from_bisector,
        "off bisector without": math.nan if without is None else without.locality.distance_from_bisector,
        "neutrality": found.neutrality,
        "neutrality without": math.nan if without is None else without.neutrality,
        "neutral neighbours, naive": float(degree[found.naive].mean()) if found.naive.any() else math.nan,
        "neutral neighbours, others": float(degree[others].mean()) if others.any() else math.nan,
        "median neighbours": float(np.median(found.graph.degree)),
        "near: C": near.distance_parts,
        "near: isolated": near.locality.n_isolated / near.n,
        "near: locality": near.locality.correlation,
        "near: neutrality": near.neutrality,
    }


def _known_levels(page: Page, figures: dict[str, dict[str, Diagnosis]]) -> None:
    page.heading("The four data sets of each figure")
    rows = []
    for metric, knowns in METRICS.items():
        for known in knowns:
            found = figures[metric][known.instance]
            suspects = [mode for mode in found.modes if mode.is_suspicious]
            nearest = min(suspects, key=lambda mode: abs(mode.level - known.naive), default=None)
            rows.append(
                {
                    "data set": known.name,
                    "metric": SHORT[metric],
                    "unexpected mode, published": known.published,
                    "naive model": known.naive,
                    "nearest suspicious mode": math.nan if nearest is None else nearest.level,
                    "its share": math.nan if nearest is None else nearest.share,
                    "its spread": math.nan if nearest is None else nearest.spread,
                    "share within epsilon of the naive model": found.naive_share,
                }
            )
    frame = pd.DataFrame(rows)
    page.table(
        frame,
        name="known-levels",
        caption="Suspicious modes: values in the worse three quarters that diverse configurations share. Naive model: "
        "majority class (error, %) or uniform prediction (ln k). Spread: mean distance of members over that of the "
        "sample.",
    )
    for metric in METRICS:
        part = frame[(frame["metric"] == SHORT[metric]) & frame["unexpected mode, published"].notna()]
        gap = (part["nearest suspicious mode"] - part["naive model"]).abs() / part["naive model"]
        n_near, n_sets = int((gap < NEAR).sum()), len(part)
        page.claim(
            Claim(
                f"{SHORT[metric].capitalize()}: an unexpected mode at the naive model's value",
                _levels(part, "unexpected mode, published"),
                f"{_levels(part, 'nearest suspicious mode')} (naive model: {_levels(part, 'naive model')})",
                graded(n_near == n_sets, weaker=n_near > 0),
                f"on {n_near} of {n_sets} data sets; a mode is suspicious if diverse configurations in the worse three "
                "quarters of fitness share it",
                f"on each data set of the figures a suspicious mode within {NEAR:.0%} of what a model without "
                f"knowledge "
                "gets: the majority class's error, or ln k; weaker: on some",
            )
        )


def _levels(part: pd.DataFrame, column: str) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in zip(part["data set"], part[column], strict=True))


def _figures(page: Page, metric: str, found: dict[str, Diagnosis]) -> None:
    known = {each.instance: each for each in METRICS[metric]}
    panels = [
        Panel(known[instance].name, diagnosis, known[instance].naive, known[instance].published)
        for instance, diagnosis in found.items()
    ]
    for kind in KINDS:
        name = f"{kind}-{SHORT[metric].replace(' ', '-')}"
        what = {"fdc": " (figures 2 and 7)", "locality": " (figures 4 and 8)", "neutrality": " (figures 6 and 9)"}
        caption = f"{SHORT[metric].capitalize()}. {KINDS[kind].caption}{what.get(kind, '')}; one sample per data set"
        page.figure(draw_row(kind, panels), name=name, caption=caption)


def _all_data_sets(page: Page, frame: pd.DataFrame) -> None:
    page.heading("All data sets")
    rows = []
    for metric, part in frame.groupby("metric", sort=False):
        both = part.dropna(subset=["locality", "locality without"])
        rho, p = (
            spearmanr(part["share in them"], part["locality"], nan_policy="omit") if len(part) > 3 else (math.nan,) * 2
        )
        rows.append(
            {
                "metric": metric,
                "data sets": len(part),
                "with a suspicious mode": int((part["suspicious modes"] > 0).sum()),
                "median share in suspicious modes": part["share in them"].median(),
                "largest share": part["share in them"].max(),
                "median locality": part["locality"].median(),
                "locality rises without naive models": int((both["locality without"] > both["locality"]).sum()),
                "of": len(both),
                "rank correlation of share and locality": rho,
                "p": p,
                "median neutral neighbours, naive": part["neutral neighbours, naive"].median(),
                "others": part["neutral neighbours, others"].median(),
            }
        )
    summary = pd.DataFrame(rows).set_index("metric").T
    summary.index.name = "quantity"
    page.table(summary, name="summary", caption="Naive models over all data sets.")
    page.figure(
        _scatter(frame),
        name="all-data-sets",
        caption="Each point is a data set: share of configurations in suspicious modes against locality, and how "
        "locality "
        "changes when configurations at the naive level are left out",
    )
    page.table(frame, name="data-sets", caption="Every data set; 'without': without configurations at the naive level.")
    for row in rows:
        title = str(row["metric"]).capitalize()
        n_modes, n_sets = int(str(row["with a suspicious mode"])), int(str(row["data sets"]))
        page.claim(
            Claim(
                f"{title}: most data sets have an unexpected mode shared by diverse configurations",
                "a majority of 119",
                f"{n_modes} of {n_sets}",
                "holds"
                if n_modes > n_sets / 2 and float(binomtest(n_modes, n_sets, alternative="greater").pvalue) < 0.05
                else "does not hold",
                "a mode: at least 4 % of the sample, 1.5 times as dense as a uniform distribution, in the worse three "
                "quarters, members at least .6 as far apart as the sample. At the naive level, known in closed form "
                "for "
                "the log loss alone, it is the first claim's",
                "on more than half of the data sets, by a sign test at 5 %",
            )
        )
        rho, p = float(str(row["rank correlation of share and locality"])), float(str(row["p"]))
        n_rises, n_both = int(str(row["locality rises without naive models"])), int(str(row["of"]))
        p_rises = float(binomtest(n_rises, n_both, alternative="greater").pvalue) if n_both else math.nan
        page.claim(
            Claim(
                f"{title}: naive models spoil the correlation of fitness with that of neighbours",
                "worse with more peaky modes",
                f"Spearman {rho:+.2f} (p = {p:.2g}) over data sets; leaving naive configurations out raises it on "
                f"{n_rises} of {n_both} (sign test: p = {p_rises:.2g})",
                graded(rho < 0 and p < 0.05 and p_rises < 0.05, weaker=(rho < 0 and p < 0.05) or p_rises < 0.05),
                "a plateau also makes neighbours alike, which raises the correlation",
                "over data sets the share in suspicious modes and locality are negatively rank-correlated, and "
                "locality "
                "rises where naive configurations are left out, each at 5 %; weaker: one of the two",
            )
        )


def _scatter(frame: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for color, (metric, part) in zip(PALETTE, frame.groupby("metric", sort=False), strict=False):
        left.scatter(part["share in them"], part["locality"], s=14, alpha=0.7, color=color, label=str(metric))
        change = part["locality without"] - part["locality"]
        right.scatter(part["naive share"], change, s=14, alpha=0.7, color=color, label=str(metric))
    left.set(xlabel="share in suspicious modes", ylabel="locality (correlation)")
    right.set(xlabel="share at the naive level", ylabel="change of locality without them")
    right.axhline(0, color="0.7", lw=1, zorder=0)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return figure
