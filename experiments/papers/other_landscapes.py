"""Where other registered problems lie among the BBOB functions; shared by two pages."""

from collections.abc import Sequence
from functools import cache

import pandas as pd

import nas_problems
from ela.encoding import Encoding
from experiments.landscape import figures
from experiments.landscape.analysis import Analysis, analyse, default_points, nearest_functions, place_columns
from experiments.page import Page
from nas_problems.datasets.upstream import DataUnavailableError

FAMILIES = ("nas201", "macro", "spikenas", "fcnet", "mlp", "live")
"""Families of problems that are tables, or that train a model in every evaluation."""

QUICK_PROBLEMS = ("nb201-cifar10", "mlp-vehicle")


def problem_names(*, quick: bool = False, families: Sequence[str] = FAMILIES) -> tuple[str, ...]:
    """The registered problems of some families, family by family."""
    if quick:
        return QUICK_PROBLEMS
    listed = [entry for entry in nas_problems.problems if entry.family in families]
    return tuple(entry.name for entry in sorted(listed, key=lambda entry: families.index(entry.family)))


@cache
def analysis(name: str, *, quick: bool, seed: int, encoding: Encoding = "target") -> Analysis:
    """The landscape of a registered problem from 1000 points, or 200 if every evaluation trains a model."""
    problem = nas_problems.make(name)
    n = 100 if quick else default_points(problem)
    return analyse(
        problem, n=n, seed=seed, encoding=encoding, repetitions=5 if quick else 30, instances=2 if quick else 5
    )


def place_other_problems(page: Page, *, quick: bool, seed: int) -> None:
    """Write the section that places every table and live problem."""
    page.heading("Where the other problems lie")
    page.text(
        "The paper could place only continuous spaces. Here, categorical variables are target-encoded (a choice "
        "becomes the mean error of the design's points that have it), so that each problem keeps its number of "
        "variables; the values of problems and of BBOB functions are scaled to [0, 1]. Features depend on the points: "
        "those of a discrete problem lie on a lattice, and compared with functions on random points, every such "
        "problem would look like a class of its own. So the BBOB functions are evaluated on parts of each problem's "
        "own points."
    )
    rows, placements, missing = [], {}, []
    for name in problem_names(quick=quick):
        try:
            found = analysis(name, quick=quick, seed=seed)
        except DataUnavailableError:
            missing.append(name)
            continue
        placed = found.placement
        placements[name] = placed
        n, d = found.sample.X.shape
        rows.append(
            {
                "problem": name,
                "points x columns": f"{n} x {d}",
                **place_columns(placed),
                "features left out": ", ".join(placed.dropped) or "none",
            }
        )
    page.table(
        pd.DataFrame(rows),
        name="other-problems",
        caption="Place of each problem among 24 BBOB functions on its own points; 20 features, z-scores, "
        "encoding target, noise mean, full fidelity; error minimised, values scaled to [0, 1].",
        digits=3,
    )
    page.figure(
        figures.nearest_functions(placements),
        name="other-problems-map",
        caption="Share (%) of each function among the nearest BBOB rows (as many as there are instances), mean over "
        "the parts of the design; encoding target, noise mean, full fidelity.",
    )
    if missing:
        page.text(f"Left out, because their data are not available: {', '.join(missing)}.")
    _encodings(page, quick=quick, seed=seed)


def _encodings(page: Page, *, quick: bool, seed: int) -> None:
    """Place two problems again, with other encodings of their categorical variables."""
    encodings: tuple[Encoding, ...] = ("target", "box") if quick else ("target", "one-hot", "box")
    rows = []
    for name in ("nb201-cifar10",) if quick else ("nb201-cifar10", "fcnet-protein"):
        for encoding in encodings:
            found = analysis(name, quick=quick, seed=seed, encoding=encoding)
            placed = found.placement
            rows.append(
                {
                    "problem": name,
                    "encoding": encoding,
                    "columns": found.sample.X.shape[1],
                    "nearest functions (share)": nearest_functions(placed),
                    "to nearest rows": str(placed.neighbours),
                    "between": str(placed.between),
                    "BBOB rows at least as far": placed.beyond,
                }
            )
    page.table(
        pd.DataFrame(rows),
        name="encodings",
        caption="How much the placement depends on the encoding of categorical variables; BBOB on the points of each "
        "encoding. Noise mean, full fidelity.",
        digits=3,
    )
