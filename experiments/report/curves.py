"""Curves of a study: regret against evaluations and seconds, and fractions of targets reached."""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from experiments import statistics
from experiments.figures import Curve, Panel, shown_points
from experiments.report.result import Result
from experiments.report.runs import ProblemRuns, sample_means
from nas_problems.array import FloatArray, IntArray

_POINTS = 200  # of a curve against seconds, evenly spread over their logarithm


def convergence_panels(problems: Sequence[ProblemRuns]) -> list[Panel]:
    """Median regret of the incumbent with quartiles against evaluations, a panel per problem.

    Solvers that only sample are level lines: median and quartiles of the means.
    """
    panels = []
    for one in problems:
        at = shown_points(one.budget)
        x = (at + 1).astype(np.float64)
        curves = []
        for name in one.searches:
            lower, middle, upper = _drawn(statistics.quantile_bands(one.shown(one.regrets(name, at + 1))))
            curves.append(Curve(name, x, middle, lower, upper))
        curves += _level_lines(one, x[[0, -1]])
        panels.append(Panel(one.problem, "evaluations", one.quantity, curves, y_scale=_scale(one)))
    return panels


def _drawn(bands: FloatArray) -> FloatArray:
    """Bands with gaps where they are infinite: there, runs have not had an evaluation that succeeded."""
    return np.where(np.isfinite(bands), bands, np.nan)


def _scale(one: ProblemRuns) -> Literal["linear", "log"]:
    """Logarithmic where 0 is the best there can be."""
    return "log" if one.is_bounded else "linear"


def _level_lines(one: ProblemRuns, ends: FloatArray) -> list[Curve]:
    curves = []
    for name, runs in one.samples.items():
        if len(means := sample_means(runs)):
            lower, middle, upper = np.quantile(one.shown(means), [0.25, 0.5, 0.75])
            curves.append(Curve(name, ends, *(np.full(len(ends), value) for value in (middle, lower, upper))))
    return curves


def time_panels(problems: Sequence[ProblemRuns]) -> list[Panel]:
    """Median regret of the incumbent with quartiles against seconds of training, a panel per problem.

    A curve begins when every run has finished its first evaluation, and ends at the median duration of the
    solver's runs. Problems without logged seconds have no panel.
    """
    panels = []
    for one in problems:
        curves = []
        for name, runs in one.searches.items():
            start, end = _span(runs, one.budget)
            if not 0 < start < end:
                continue
            x = np.geomspace(start, end, _POINTS)
            x[-1] = end
            V = np.array([run.regret[np.searchsorted(run.cost_seconds, x, side="right") - 1] for run in runs])
            lower, middle, upper = _drawn(statistics.quantile_bands(one.shown(V)))
            curves.append(Curve(name, x, middle, lower, upper))
        if curves:
            ends = np.array([min(curve.x[0] for curve in curves), max(curve.x[-1] for curve in curves)])
            curves += _level_lines(one, ends)
            panels.append(Panel(one.problem, "training (s)", one.quantity, curves, y_scale=_scale(one)))
    return panels


def _span(runs: Sequence[Result], budget: int) -> tuple[float, float]:
    """Seconds after which every run has a value, and the median of their durations; NaN: not logged."""
    first = max(float(run.cost_seconds[0]) for run in runs)
    within = [run.cost_seconds[: np.searchsorted(run.evaluations, budget, side="right")] for run in runs]
    end = float(np.median([seconds[-1] for seconds in within]))
    if first == 0 and end > 0:  # a first evaluation that cost nothing: begin at the first second that counts
        first = max(float(seconds[np.argmax(seconds > 0)]) for seconds in within)
    return first, end


def ecdf_panels(problems: Sequence[ProblemRuns]) -> list[Panel]:
    """Fraction of (run, target) pairs reached against evaluations: over all problems, then a panel per problem.

    The first panel has the solvers that searched every problem, up to the smallest budget.
    """
    searched = [one for one in problems if one.searches]
    panels = []
    label = "fraction of targets reached"
    common = [
        name for name in (searched[0].searches if searched else ()) if all(name in one.searches for one in searched)
    ]
    if len(searched) > 1 and common:
        at = shown_points(min(one.budget for one in searched)) + 1
        curves = [Curve(name, at.astype(np.float64), _mean_over(searched, name, at)) for name in common]
        panels.append(Panel(f"all {len(searched)} problems", "evaluations", label, curves, y_range=(0, 1.02)))
    for one in searched:
        at = shown_points(one.budget) + 1
        curves = [Curve(name, at.astype(np.float64), one.attainment(name, at).mean(axis=0)) for name in one.searches]
        panels.append(Panel(one.problem, "evaluations", label, curves, y_range=(0, 1.02)))
    return panels


def _mean_over(problems: Sequence[ProblemRuns], name: str, at: IntArray) -> FloatArray:
    return np.asarray(np.mean([one.attainment(name, at).mean(axis=0) for one in problems], axis=0))


def curves_table(panels: Iterable[Panel], x_name: str = "evaluations") -> pd.DataFrame:
    """The numbers of panels, one row per drawn point."""
    frames = []
    for panel in panels:
        for curve in panel.curves:
            columns: dict[str, FloatArray | str] = {"problem": panel.title, "solver": curve.label}
            columns |= {x_name: curve.x, "value": curve.middle}
            if curve.lower is not None and curve.upper is not None:
                columns |= {"lower_quartile": curve.lower, "upper_quartile": curve.upper}
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
