"""One problem's landscape from end to end: design, features, place among BBOB, recommended solvers."""

import time
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ela.bbob import FUNCTION_NAMES
from ela.bbob_features import reference_on
from ela.encoding import Encoding, encode_points
from ela.feature import FeatureTable, bootstrap
from ela.feature.compute import ValueScale
from ela.feature.registry import wanted_features
from ela.performance import Performance, recommend
from ela.placement import Placement, place
from ela.sampling import DesignKind, Sample, sample_codes
from experiments.landscape.ranking import ranking_frame
from experiments.steps import step
from experiments.text.number import duration
from nas_problems.array import FloatArray
from nas_problems.problem import Problem
from nas_problems.space import Codes


@dataclass(frozen=True)
class Analysis:
    """What was found about a problem.

    Args:
        problem: The problem.
        Z: The codes evaluated, shape (n, d).
        sample: The design as points, and its values.
        encoding: How categorical parameters became columns.
        design: Kind of design.
        features: Features of parts of the design, 80 % of its points each.
        placement: Its place among the BBOB functions.
    """

    problem: Problem
    Z: Codes
    sample: Sample
    encoding: Encoding
    design: DesignKind
    features: FeatureTable
    placement: Placement

    @property
    def caption(self) -> str:
        """What every caption says: the problem, the design and the encoding."""
        n, k = self.sample.X.shape
        return (
            f"{self.problem.label} (instance {self.problem.instance}), {n} points ({self.design}), "
            f"encoding {self.encoding} ({k} columns), {len(self.features)} parts of {_part_size(n)} points"
        )


def analyse(
    problem: Problem,
    *,
    n: int = 1000,
    seed: int = 1,
    design: DesignKind = "lhs",
    encoding: Encoding = "target",
    repetitions: int = 30,
    instances: int = 5,
    value_scale: ValueScale = "minmax",
    sets: str | Collection[str] = "learning-from-nas",
    n_processes: int = 1,
) -> Analysis:
    """Sample a problem, compute its features and place it among the BBOB functions.

    Args:
        problem: A problem with one objective.
        n: Points of the design. The BBOB functions are looked at on parts of the same points, as features depend
            on where and how many they are.
        seed: Seed of everything random.
        design: Kind of design.
        encoding: What becomes of categorical parameters.
        repetitions: Number of parts; how far they differ is the uncertainty.
        instances: BBOB instances per function.
        value_scale: Scale of the values, for the problem and for BBOB.
        sets: Names of feature sets or features, see ``ela.features``.
        n_processes: Processes for the computation.

    Raises:
        KeyError: An unknown feature set.
        ValueError: Several objectives, no feature, or too few points for any feature.
    """
    problem.check_one_objective()
    if not wanted_features(sets):
        raise ValueError("sets: wanted at least one feature, found none")
    step(f"design: {n} points of {problem.label}")
    seeds = np.random.SeedSequence(seed).spawn(3)
    Z = sample_codes(problem.space, n, design=design, rng=np.random.default_rng(seeds[0]))
    y = problem(Z, rng=np.random.default_rng(seeds[1]))
    sample = Sample(encode_points(problem.space, Z, y, encoding=encoding), y)
    features, placed = place_sample(
        sample,
        repetitions=repetitions,
        instances=instances,
        rng=np.random.default_rng(seeds[2]),
        seed=seed,
        value_scale=value_scale,
        sets=sets,
        n_processes=n_processes,
    )
    return Analysis(problem, Z, sample, encoding, design, features, placed)


def place_sample(
    sample: Sample,
    *,
    repetitions: int,
    instances: int,
    rng: np.random.Generator,
    seed: int,
    value_scale: ValueScale = "minmax",
    sets: str | Collection[str] = "learning-from-nas",
    n_processes: int = 1,
) -> tuple[FeatureTable, Placement]:
    """Features of a design, and its place among the BBOB functions on parts of its own points.

    Args:
        sample: The design.
        repetitions: Number of parts; how far they differ is the uncertainty.
        instances: BBOB instances per function.
        rng: Draws the parts.
        seed: Of the BBOB instances and their parts.
        value_scale: Scale of the values, for the design and for BBOB.
        sets: Names of feature sets or features.
        n_processes: Processes for the computation.
    """
    size = _part_size(len(sample.y))
    start = time.monotonic()
    step(f"features of {repetitions} parts of {size} points")
    features = bootstrap(
        sample.X,
        sample.y,
        lower=-5,
        upper=5,
        size=size,
        repetitions=repetitions,
        sets=sets,
        rng=rng,
        value_scale=value_scale,
        n_processes=n_processes,
    )
    n_rows = 24 * instances
    about = duration(n_rows * (time.monotonic() - start) / repetitions)
    step(f"features of {n_rows} BBOB functions on parts of the same points: about {about}, less if they were kept")
    bbob = reference_on(
        sample.X,
        size=size,
        instances=instances,
        value_scale=value_scale,
        sets=sets,
        seed=seed,
        n_processes=n_processes,
    )
    return features, place(features, bbob)


def default_points(problem: Problem) -> int:
    """Points of a design: 1000, or 200 where every evaluation trains a model."""
    return 200 if problem.is_live else 1000


def _part_size(n: int) -> int:
    return max(1, round(0.8 * n))


def features_frame(table: FeatureTable) -> pd.DataFrame:
    """Mean, sd, 2.5 % and 97.5 % quantile over the parts of every feature, or why it is undefined."""
    rows = []
    for name in table.names:
        values = np.array([row[name] for row in table])
        values = values[np.isfinite(values)]
        reason = next((row.undefined[name] for row in table if name in row.undefined), "")
        low, high = np.quantile(values, [0.025, 0.975]) if len(values) else (np.nan, np.nan)
        mean, sd = (values.mean(), values.std()) if len(values) else (np.nan, np.nan)
        rows.append(
            {"feature": name, "mean": mean, "sd": sd, "2.5 %": low, "97.5 %": high, "undefined because": reason}
        )
    return pd.DataFrame(rows)


def place_columns(placed: Placement) -> dict[str, object]:
    """What a table of several landscapes says of each one's place."""
    return {
        "nearest functions (share)": nearest_functions(placed),
        "to nearest rows": str(placed.neighbours),
        "inside": str(placed.inside),
        "between": str(placed.between),
        "BBOB rows at least as far": placed.beyond,
    }


def nearest_frame(placement: Placement, *, rows: int = 8) -> pd.DataFrame:
    """The nearest functions with the uncertainty of their share."""
    listed = []
    for function in placement.nearest[:rows].tolist():
        low, high = placement.interval(function)
        listed.append(
            {
                "function": f"f{function} {FUNCTION_NAMES[function - 1]}",
                "share of nearest rows": float(placement.share[function - 1]),
                "2.5 %": low,
                "97.5 %": high,
                "distance": float(placement.distances[function - 1]),
            }
        )
    return pd.DataFrame(listed)


def recommendations_frame(placement: Placement, performance: Performance) -> pd.DataFrame:
    """Solvers ranked by expected loss, with the uncertainty and the single best solver marked."""
    frame = ranking_frame(recommend(placement, performance), unit=performance.unit)
    return frame.assign(**{"single best": np.where(frame["solver"] == performance.single_best, "yes", "")})


def plane(X: FloatArray, *, seed: int = 0) -> FloatArray:
    """Points in two dimensions whose distances are those of ``X`` as far as possible; shape (n, 2).

    Metric multidimensional scaling by SMACOF, started from the two first principal components.

    Source: borg2005, chapter 8.
    """
    centred = X - X.mean(axis=0)
    U, s, _ = np.linalg.svd(centred, full_matrices=False)
    start = U[:, :2] * s[:2]
    from scipy.spatial.distance import cdist

    target = cdist(X, X)
    n, positions = len(X), start
    for _ in range(60):
        distances = cdist(positions, positions)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(distances > 0, target / distances, 0.0)
        weights = -ratio
        np.fill_diagonal(weights, ratio.sum(axis=1) - ratio.diagonal())
        positions = weights @ positions / n
    return np.asarray(positions, dtype=np.float64)


def nearest_functions(placed: Placement) -> str:
    """The BBOB functions of a landscape's nearest rows, three at most, each with its share of them."""
    first = [f for f in placed.nearest[:3].tolist() if placed.share[f - 1] > 0]
    return ", ".join(f"f{f} {FUNCTION_NAMES[f - 1]} ({placed.share[f - 1]:.0%})" for f in first)
