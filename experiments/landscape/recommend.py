"""Which solver for a problem: from searches of recorded problems, those with a like landscape first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

import nas_problems
from ela.encoding import encode_points
from ela.feature import FeatureTable
from ela.portfolio import Recommendation
from ela.recorded import Likeness, RecordedPerformance, liken, recommend_recorded, shipped_performance
from ela.sampling import Sample, sample_codes
from experiments.landscape.analysis import part_features
from nas_problems.array import FloatArray
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.problem import Problem

PARTS, RECORDED_PARTS = 30, 10
"""Parts of the problem's design, which give the uncertainty, and of those of recorded problems, which give medians."""

FEWEST_POINTS = 50
"""With fewer, few features are defined."""


@dataclass(frozen=True, eq=False)
class Advice:
    """What to take for a problem, and why.

    Args:
        problem: The problem.
        n_points: Evaluations that the design took; 0: the landscape was not looked at.
        budget: The recorded budget that the losses are of.
        performance: Searches of all recorded problems but this one.
        likeness: How much each of them counts; None: all alike.
        ranking: Solvers by expected loss, best first.
        known: Solvers by their loss on this very problem, if its searches are recorded.
        absent: Recorded problems whose files are not available, and which do not count.
    """

    problem: Problem
    n_points: int
    budget: int
    performance: RecordedPerformance
    likeness: Likeness | None
    ranking: tuple[Recommendation, ...]
    known: tuple[Recommendation, ...]
    absent: tuple[str, ...]

    @property
    def weights(self) -> dict[str, float]:
        """Recorded problem -> how much it counts; sums to 1."""
        if self.likeness is None:
            return dict.fromkeys(self.performance.problems, 1 / len(self.performance.problems))
        return dict(zip(self.likeness.problems, self.likeness.weight.tolist(), strict=True))


def advise(
    problem: Problem,
    *,
    budget: int,
    points: int | None = None,
    seed: int = 1,
    performance: RecordedPerformance | None = None,
) -> Advice:
    """Look at a problem's landscape, and rank solvers by how they did where it is alike.

    Args:
        problem: A problem with one objective. Where its own searches are recorded they are left out of the ranking.
        budget: Evaluations that the solver will have.
        points: Of the design; None: 500, or 100 where every evaluation trains a model; 0: none, all recorded
            problems count alike.
        seed: Seed of all designs.
        performance: How searches of recorded problems went; None: the table of the package.

    Raises:
        KeyError: A recorded problem that is not registered.
        ValueError: Several objectives, a budget that is not positive, or too few points for any feature.
    """
    if len(problem.objectives) > 1:
        raise ValueError(f"problem: wanted one objective, found {problem.objective_metrics}")
    n = (100 if problem.is_live else 500) if points is None else points
    if 0 < n < FEWEST_POINTS or n < 0:
        raise ValueError(f"points: wanted 0 or at least {FEWEST_POINTS}, found {n}")
    everything = shipped_performance() if performance is None else performance
    others = everything.without(problem.name)
    likeness, absent = None, []
    if n:
        recorded, noise = {}, "sampled" if problem.noise.is_random else "mean"
        for name in others.problems:
            try:
                recorded[name] = landscape_features(nas_problems.make(name, noise=noise), n, seed, parts=RECORDED_PARTS)
            except DataUnavailableError:
                absent.append(name)
        likeness = liken(landscape_features(problem, n, seed, parts=PARTS), recorded)
    own = everything.without(*(name for name in everything.problems if name != problem.name))
    return Advice(
        problem=problem,
        n_points=n,
        budget=others.nearest_budget(budget),
        performance=others,
        likeness=likeness,
        ranking=recommend_recorded(others, budget=budget, likeness=likeness),
        known=recommend_recorded(own, budget=budget) if own.problems else (),
        absent=tuple(absent),
    )


def landscape_features(problem: Problem, n: int, seed: int, *, parts: int) -> FeatureTable:
    """Features of parts of a Latin hypercube design, 80 % of its points each.

    Args:
        problem: The problem.
        n: Points of the design.
        seed: Of the design, the noise and the parts.
        parts: Number of parts.
    """
    rng = np.random.default_rng(seed)
    Z = sample_codes(problem.space, n, design="lhs", rng=rng)
    y = problem(Z, rng=rng)
    return part_features(Sample(encode_points(problem.space, Z, y, encoding="target"), y), repetitions=parts, rng=rng)


def nearest_frame(advice: Advice, *, rows: int = 6) -> pd.DataFrame:
    """The recorded problems that count most, and what was best on them."""
    losses = advice.performance.at(advice.budget)
    chosen = advice.performance.solvers.index(advice.ranking[0].solver)
    distance = (
        {}
        if advice.likeness is None
        else dict(zip(advice.likeness.problems, advice.likeness.distance.tolist(), strict=True))
    )
    listed = sorted(advice.weights.items(), key=lambda item: -item[1])[:rows]
    found = []
    for name, weight in listed:
        column = losses[:, advice.performance.problems.index(name)]
        found.append(
            {
                "recorded problem": name,
                "weight": weight,
                "distance": distance.get(name, float("nan")),
                "best solver there": advice.performance.solvers[int(column.argmin())],
                "its loss": float(column.min()),
                f"loss of {advice.ranking[0].solver}": float(column[chosen]),
            }
        )
    return pd.DataFrame(found)


def draw_losses(
    performance: RecordedPerformance, *, budget: float, problems: Sequence[str], solvers: Sequence[str]
) -> Figure:
    """Losses on a log scale; what is blue beats random search.

    Args:
        performance: How searches went.
        budget: Evaluations; the nearest recorded budget is shown.
        problems: Columns, from left to right.
        solvers: Rows, from top to bottom.
    """
    rows = [performance.solvers.index(solver) for solver in solvers]
    columns = [performance.problems.index(name) for name in problems]
    shown: FloatArray = np.log2(performance.at(budget)[np.ix_(rows, columns)])
    figure = Figure(figsize=(4.6 + 0.42 * len(problems), 2.6 + 0.26 * len(solvers)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(np.clip(shown, -2, 2), cmap="RdBu_r", norm=TwoSlopeNorm(0, -2, 2), aspect="auto")
    axes.set_xticks(range(len(problems)), problems, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(solvers)), solvers)
    bar = figure.colorbar(image, ax=axes, label="loss (1: random search)", ticks=[-2, -1, 0, 1, 2])
    bar.ax.set_yticklabels(["1/4 or less", "1/2", "1", "2", "4 or more"])
    return figure
