"""What searches under several objectives found: fronts, indicators, attainment surfaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

import nas_problems
from experiments.figures import Curve, Panel
from experiments.indicator import indicators
from experiments.report.incumbent import problems_of_study
from experiments.report.result import Front, Result
from experiments.report.runs import ProblemRuns
from experiments.study import Study
from experiments.text.number import number
from nas_problems.array import BoolArray, FloatArray
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.pareto import Reference, nondominated
from nas_problems.problem import Problem
from nas_problems.space import used_configs
from optimizers.decoded import codes_of
from optimizers.regret import noise_free_values

EXACT = "exact front"
_EQUAL = 1e-9  # relative: logs have ten decimals
_MOST_ROWS = 12  # rows of a problem's front on the page; the csv has all


@dataclass(frozen=True, eq=False)
class Fronts:
    """The final fronts of all runs on one problem.

    Args:
        problem: Label of the problem.
        labels: What each objective's minimised value is called.
        reference: The scale of hypervolume and distances.
        target: The front that is compared with, (k, m): the exact one, else what all runs found together.
        is_exact: Whether ``target`` is the exact front.
        runs: Solver -> for every run what no other evaluation of it dominates, each value once.
        configs: One configuration for each value that any run has on its front; empty where the problem cannot be
            made.
    """

    problem: str
    labels: tuple[str, ...]
    reference: Reference
    target: FloatArray
    is_exact: bool
    runs: Mapping[str, Sequence[FloatArray]]
    configs: Mapping[tuple[float, ...], str]

    @property
    def n_objectives(self) -> int:
        """How many values a candidate has."""
        return len(self.labels)


def fronts_of(problems: Sequence[ProblemRuns], study: Study | None) -> list[Fronts]:
    """The fronts of all problems with several objectives.

    Args:
        problems: Finished runs.
        study: The study; its problems are made for their references and exact fronts, where they can be.
    """
    several = [one for one in problems if one.is_several]
    names = {} if study is None or not several else problems_of_study(study)[0]
    return [_fronts(one, names.get(one.problem)) for one in several]


def _fronts(one: ProblemRuns, name: str | None) -> Fronts:
    runs: dict[str, list[FloatArray]] = {}
    configs: dict[tuple[float, ...], str] = {}
    made: dict[int, Problem | None] = {}
    for solver, results in one.searches.items():
        for result in results:
            instance = result.record.instance
            if instance not in made:
                made[instance] = _make(name, result, instance)
            assert result.front is not None
            values, known = _values(result.front, made[instance])
            runs.setdefault(solver, []).append(values)
            configs = known | configs
    everything = np.concatenate([values for of in runs.values() for values in of])
    best = np.unique(everything[nondominated(everything)], axis=0)
    problem = next(iter(made.values()))
    if problem is None:
        labels = tuple(f"F{j + 1}" for j in range(everything.shape[1]))
        scale = Reference.of_front(best if len(best) else np.zeros((1, len(labels))))
        return Fronts(one.problem, labels, scale, best, False, runs, {})
    exact = problem.pareto_front
    target = best if exact is None else np.unique(exact.Y, axis=0)
    labels = tuple(metric.label for metric in problem.objectives)
    return Fronts(one.problem, labels, problem.reference, target, exact is not None, runs, configs)


def _make(name: str | None, result: Result, instance: int) -> Problem | None:
    if name is None:
        return None
    try:
        text = result.record.fidelity.rpartition(" ")[2]
        problem = nas_problems.make(name, noise=result.record.noise, instance=instance)
        return problem.variant(fidelity=float(text))
    except (KeyError, ImportError, OSError, ValueError, DataUnavailableError):
        return None


def _values(front: Front, problem: Problem | None) -> tuple[FloatArray, dict[tuple[float, ...], str]]:
    """The values of a run's front, noise-free and at the problem's own fidelity where they are known, each once; and a
    configuration for each.
    """
    Y, configs = front.Y, dict[tuple[float, ...], str]()
    if problem is not None and front.positions.size:
        Z = codes_of(problem.space, front.positions)
        fidelity = None if front.fidelity is None else np.full(len(Z), front.fidelity)
        Y = noise_free_values(problem, Z, front.Y, fidelity)
        used = used_configs(problem.base_space, problem.to_base(Z))
        texts = [", ".join(f"{name}={_text(value)}" for name, value in config.items()) for config in used]
        configs = dict(zip(map(tuple, Y.tolist()), texts, strict=True))
    return np.unique(Y[nondominated(Y)], axis=0), configs


def _text(value: object) -> str:
    return number(value, 3) if isinstance(value, float) else str(value)


# ---- numbers


def indicator_table(fronts: Sequence[Fronts]) -> pd.DataFrame:
    """One row per run: hypervolume and its share of the target's, every registered indicator, points of it found.

    All on the scale of the problem's reference. A run without a front, as all of its evaluations failed, has found
    nothing: no hypervolume and no points, at an infinite distance.

    Source: zitzler1999.
    """
    rows = []
    for one in fronts:
        target = one.reference.normalised(one.target)
        best = one.reference.hypervolume(one.target) if len(one.target) else 0.0
        for solver, runs in one.runs.items():
            for i, values in enumerate(runs, start=1):
                front = one.reference.normalised(values) if len(values) else values
                volume = one.reference.hypervolume(values) if len(values) else 0.0
                distances = {
                    entry.name: entry.factory.compute(front, target) if len(values) else np.inf for entry in indicators
                }
                rows.append(
                    {
                        "problem": one.problem,
                        "solver": solver,
                        "run": i,
                        "hypervolume": volume,
                        "share": volume / best if best else np.nan if len(values) else 0.0,
                        **distances,
                        "points": len(values),
                        "found": int(_is_among(one.target, values).sum()),
                        "target_points": len(one.target),
                    }
                )
    return pd.DataFrame(rows)


def _is_among(Y: FloatArray, values: FloatArray) -> BoolArray:
    """For each row of Y (n, m) whether it is among values (k, m), up to the digits of logs."""
    close: BoolArray = np.isclose(Y[:, None], values[None], rtol=_EQUAL, atol=1e-9)
    among: BoolArray = np.logical_or.reduce(np.logical_and.reduce(close, axis=2), axis=1)
    return among


def shown_indicators(table: pd.DataFrame) -> pd.DataFrame:
    """Medians over runs, per problem and solver, best first."""
    medians = table.groupby(["problem", "solver"], sort=False).median(numeric_only=True).reset_index()
    medians = medians.sort_values(["problem", "share"], ascending=[True, False], ignore_index=True, kind="stable")
    return pd.DataFrame(
        {
            "problem": medians["problem"],
            "solver": medians["solver"],
            "hypervolume": medians["hypervolume"],
            "share of the front's (%)": 100 * medians["share"],
            **{entry.factory.label: medians[entry.name] for entry in indicators},
            "points": medians["points"],
            "of the front": [
                f"{number(reached)} of {number(n)}"
                for reached, n in zip(medians["found"], medians["target_points"], strict=True)
            ],
        }
    )


def by_objectives(fronts: Sequence[Fronts]) -> dict[tuple[str, ...], list[Fronts]]:
    """Labels of objectives -> the problems that have them."""
    groups: dict[tuple[str, ...], list[Fronts]] = {}
    for one in fronts:
        groups.setdefault(one.labels, []).append(one)
    return groups


def front_table(fronts: Sequence[Fronts]) -> pd.DataFrame:
    """What all runs found together on problems of the same objectives: a row per value that none of them dominates."""
    rows = []
    for one in fronts:
        everything = np.concatenate([values for of in one.runs.values() for values in of])
        best = np.unique(everything[nondominated(everything)], axis=0)
        is_exact = _is_among(best, one.target)
        counts = {
            solver: np.array([_is_among(best, values) for values in of]).sum(axis=0).tolist()
            for solver, of in one.runs.items()
        }
        for i, values in enumerate(best):
            shares = {solver: counts[solver][i] / len(of) for solver, of in one.runs.items()}
            first = max(shares, key=shares.__getitem__)
            rows.append(
                {"problem": one.problem}
                | {f"F{j + 1}": value for j, value in enumerate(values.tolist())}
                | {
                    "on_exact_front": bool(is_exact[i]) if one.is_exact else None,
                    "share_of_runs": sum(int(of[i]) for of in counts.values()) / sum(map(len, one.runs.values())),
                    "most_often": f"{first} ({100 * shares[first]:.0f} %)",
                    "configuration": _config(one, values),
                }
            )
    return pd.DataFrame(rows)


def _config(one: Fronts, values: FloatArray) -> str:
    for known, text in one.configs.items():
        if np.allclose(known, values, rtol=_EQUAL, atol=1e-9):
            return text
    return ""


def shown_front(table: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """The first rows of each problem, with the names of the objectives, which all of the problems have."""
    kept = table.groupby("problem", sort=False).head(_MOST_ROWS)
    return pd.DataFrame(
        {
            "problem": kept["problem"],
            **{label: kept[f"F{j + 1}"] for j, label in enumerate(labels)},
            "on the exact front": kept["on_exact_front"].map({True: "yes", False: "no"}).fillna("–"),
            "runs (%)": 100 * kept["share_of_runs"],
            "most often by": kept["most_often"],
            "configuration": kept["configuration"],
        }
    ).reset_index(drop=True)


# ---- pictures


def surface_panels(fronts: Sequence[Fronts]) -> list[Panel]:
    """Median attainment surfaces of problems with two objectives, a panel per problem, and the exact front.

    Half of a solver's runs have a value at least as good, in both objectives, as each point of its curve.

    Source: fonseca2001.
    """
    panels = []
    for one in fronts:
        if one.n_objectives != 2:
            continue
        curves = [
            curve
            for solver, runs in one.runs.items()
            if (curve := _curve(solver, median_surface(runs), one.reference)) is not None
        ]
        exact = _curve(EXACT, one.target, one.reference) if one.is_exact else None
        panels.append(
            Panel(
                one.problem,
                one.labels[0],
                one.labels[1],
                [*([exact] if exact is not None else []), *curves],
                y_scale=_scale([curve.middle for curve in curves]),
                x_scale=_scale([curve.x for curve in curves]),
            )
        )
    return panels


def _scale(values: Sequence[FloatArray]) -> Literal["linear", "log"]:
    """Logarithmic where that shows more: positive values over an order of magnitude."""
    if not values:
        return "linear"
    low, high = min(part.min() for part in values), max(part.max() for part in values)
    return "log" if low > 0 and high > 10 * low else "linear"


def median_surface(runs: Sequence[FloatArray]) -> FloatArray:
    """Points of the median attainment surface of fronts of two objectives, (k, 2), by the first objective.

    At least half of the runs attain them: none where fewer have a front.

    >>> median_surface([np.array([[1.0, 3.0]]), np.array([[2.0, 2.0]]), np.array([[1.0, 4.0], [3.0, 1.0]])]).tolist()
    [[1.0, 4.0], [2.0, 3.0], [3.0, 2.0]]
    """
    from moocore import eaf

    some = [values for values in runs if len(values)]
    if not some or 2 * len(some) < len(runs):
        return np.empty((0, 2))
    if len(some) == 1:
        return some[0]
    sets = np.repeat(np.arange(len(some)), [len(values) for values in some])
    percentile = min(100.0, 50.0 * len(runs) / len(some))
    surface: FloatArray = np.asarray(eaf(np.concatenate(some), sets, percentiles=[percentile]))[:, :2]
    return surface[np.lexsort(surface.T[::-1])]


def _curve(label: str, points: FloatArray, reference: Reference) -> Curve | None:
    """Steps from the first point on, up to the reference point; None where nothing is before it."""
    ordered = points[np.lexsort(points.T[::-1])]
    end = reference.ideal[0] + reference.point * (reference.nadir[0] - reference.ideal[0])
    ordered = ordered[ordered[:, 0] < end]
    if not len(ordered):
        return None
    return Curve(label, np.append(ordered[:, 0], end), np.append(ordered[:, 1], ordered[-1, 1]))


def surfaces_table(panels: Sequence[Panel]) -> pd.DataFrame:
    """The corners of all surfaces."""
    frames = [
        pd.DataFrame({"problem": panel.title, "solver": curve.label, "F1": curve.x[:-1], "F2": curve.middle[:-1]})
        for panel in panels
        for curve in panel.curves
    ]
    return pd.concat(frames, ignore_index=True)


def median_runs(one: Fronts) -> dict[str, FloatArray]:
    """Solver -> the front of its run of median hypervolume; it is empty where half of the runs have none."""
    medians = {}
    for solver, runs in one.runs.items():
        volumes = [one.reference.hypervolume(values) if len(values) else 0.0 for values in runs]
        medians[solver] = runs[int(np.argsort(volumes, kind="stable")[(len(runs) - 1) // 2])]
    return medians


def pairs_of(one: Fronts) -> list[tuple[int, int]]:
    """Pairs of objectives, in their order."""
    return list(combinations(range(one.n_objectives), 2))
