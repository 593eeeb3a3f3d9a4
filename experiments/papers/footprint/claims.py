"""What the paper says of footprints, next to ours.

Source: traore2021.
"""

import math
from collections.abc import Mapping

import numpy as np

from ela.footprint import Footprint
from ela.landscape.landscape import Landscape
from ela.landscape.persistence import PersistenceCurve
from experiments.page import Claim, Page


def rise_per_step(landscape: Landscape) -> float:
    """Least-squares rise of the error (percentage points) per step away from the nearest optimum."""
    return float(np.polyfit(landscape.distance_to_best, landscape.y, 1)[0])


def write_claims(
    page: Page,
    footprints: Mapping[str, Footprint],
    curves: Mapping[str, Mapping[str, PersistenceCurve]],
    landscapes: Mapping[str, Landscape],
) -> None:
    """Write the claims.

    Args:
        page: Written to.
        footprints: Label of a problem -> its footprint; nb201-cifar10 is among them.
        curves: Label -> side -> persistence.
        landscapes: Label -> exact landscape, of the first problems.
    """
    cifar = footprints["nb201-cifar10"]
    page.claim(
        Claim(
            "Ruggedness of a NAS landscape",
            "1.93 (CIFAR-10), 1.75 (LCZ42) on NAS-Bench-101",
            "; ".join(f"{label} {found.ruggedness:.2f}" for label, found in footprints.items() if found.ruggedness),
            "cannot be tested here",
            "another space and code; exact values instead of 30 walks",
        )
    )
    low, high = cifar.intervals.get("n_optima_birthday", (math.nan, math.nan))
    basins = landscapes["nb201-cifar10"].local_search.basin_sizes
    page.claim(
        Claim(
            "The birthday problem estimates the number of local optima",
            "6373 from 9 trials",
            f"nb201-cifar10: {cifar.n_optima_birthday:.1f} ({low:.1f} to {high:.1f}) where there are {cifar.n_optima}",
            "holds" if low <= (cifar.n_optima or 0) <= high else "does not hold",
            "the estimate assumes equal basins; here the largest holds "
            f"{basins.max() / basins.sum():.0%} of all starts, and unequal basins make it too low",
        )
    )
    early, late = footprints.get("nb201-cifar10.epochs-12"), cifar
    if early is not None and early.fitness_mean is not None and late.fitness_mean is not None:
        better = late.fitness_mean < early.fitness_mean
        first, last = (rise_per_step(landscapes[found.problem]) for found in (early, late))
        page.claim(
            Claim(
                "The longer the training, the better and flatter: fitness rises, the gain towards the optimum falls",
                "1.66 points per step after 36 epochs, less after 108 (CIFAR-10)",
                f"{first:.2f} to {last:.2f} points per step, mean error {early.fitness_mean:.1f} to "
                f"{late.fitness_mean:.1f} %",
                "holds" if better and last < first else "does not hold",
                f"12 and 200 epochs of NAS-Bench-201 on CIFAR-10, all cells; FDC {early.fdc:.3f} to {late.fdc:.3f}. A "
                "step is one operation there, one of 289 digits in the paper",
            )
        )
    if curves:
        text = "; ".join(
            f"{label}: {one['positive'].at(25):.2f} and {one['negative'].at(25):.2f}" for label, one in curves.items()
        )
        chance = {label: 0.25 ** (len(one["positive"].survival) - 1) for label, one in curves.items()}
        kept = all(one["positive"].at(25) > 2 * chance[label] for label, one in curves.items())
        page.claim(
            Claim(
                "Elite models persist: the best quarter after little training stays the best quarter",
                ".32 and .064 (CIFAR-10), .32 to .48 and .28 (LCZ42), positive and negative",
                text,
                "holds" if kept else "does not hold",
                "other spaces, over the fidelities in the figure; rankings that know nothing of each other would give "
                + ", ".join(f"{value:.3g}" for value in chance.values())
                + ", and twice that is asked for",
            )
        )
