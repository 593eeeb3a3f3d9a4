"""What the paper claims about footprints, compared with ours.

Source: traore2021.
"""

from collections.abc import Mapping

import numpy as np

from ela.footprint import Footprint
from ela.landscape.landscape import Landscape
from ela.landscape.persistence import PersistenceCurve
from experiments.page import Claim, Page, graded


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
        landscapes: Label -> exact landscape, for the first problems.
    """
    page.claim(
        Claim(
            "Ruggedness of a NAS landscape",
            "1.93 (CIFAR-10), 1.75 (LCZ42) on NAS-Bench-101",
            "; ".join(f"{label} {found.ruggedness:.2f}" for label, found in footprints.items() if found.ruggedness),
            "cannot be tested here",
            "another space and code; exact values instead of 30 walks. For NAS-Bench-101 itself, see below",
            "the same cells, neighbourhood and number of epochs",
        )
    )
    estimated = {
        label: (found.n_optima, found.n_optima_birthday, *found.intervals["n_optima_birthday"])
        for label, found in footprints.items()
        if found.n_optima is not None and "n_optima_birthday" in found.intervals
    }
    inside = [label for label, (n, _, low, high) in estimated.items() if low <= (n or 0) <= high]
    basins = landscapes["nb201-cifar10"].local_search.basin_sizes
    page.claim(
        Claim(
            "The birthday problem estimates the number of local optima",
            "6373 from 9 trials",
            f"{len(inside)} of {len(estimated)} intervals contain the exact number: "
            + "; ".join(
                f"{label} {estimate:.0f} ({low:.0f} to {high:.0f}), exactly {n}"
                for label, (n, estimate, low, high) in estimated.items()
            ),
            "holds" if len(inside) >= 0.8 * len(estimated) else "does not hold",
            "the estimate assumes equal basins; on nb201-cifar10 the largest basin holds "
            f"{basins.max() / basins.sum():.0%} of all starts, and unequal basins make the estimate too low",
            "the 95 % intervals of at least four fifths of the problems contain the exact number",
        )
    )
    _write_flatter(page, footprints, landscapes)
    if curves:
        text = "; ".join(
            f"{label}: {sides['positive'].at(25):.2f} and {sides['negative'].at(25):.2f}"
            for label, sides in curves.items()
        )
        chance = {label: 0.25 ** (len(sides["positive"].survival) - 1) for label, sides in curves.items()}
        near = [abs(sides["positive"].at(25) - 0.32) <= 0.1 for sides in curves.values()]
        above = [sides["positive"].at(25) > chance[label] for label, sides in curves.items()]
        page.claim(
            Claim(
                "Elite models persist: the best quarter after little training stays the best quarter",
                ".32 and .064 (CIFAR-10), .32 to .48 and .28 (LCZ42), positive and negative",
                text,
                graded(all(near), weaker=all(above)),
                "other spaces, over the fidelities in the figure; independent rankings would give "
                + ", ".join(f"{value:.3g}" for value in chance.values()),
                "positive persistence within .1 of the published .32 in every table; weaker: above that of independent "
                "rankings in every table",
            )
        )


def _write_flatter(page: Page, footprints: Mapping[str, Footprint], landscapes: Mapping[str, Landscape]) -> None:
    """Whether landscapes are flatter after longer training, on every image set that has both."""
    pairs = {
        label: (footprints[f"{label}.epochs-12"], found)
        for label, found in footprints.items()
        if f"{label}.epochs-12" in footprints and label in landscapes and f"{label}.epochs-12" in landscapes
    }
    slopes = {
        label: (rise_per_step(landscapes[early.problem]), rise_per_step(landscapes[late.problem]))
        for label, (early, late) in pairs.items()
    }
    better = [(late.fitness_mean or 0) < (early.fitness_mean or 0) for early, late in pairs.values()]
    flatter = [last < first for first, last in slopes.values()]
    page.claim(
        Claim(
            "With longer training, landscapes become better and flatter: fitness rises, its slope towards the optimum "
            "falls",
            "1.66 points per step after 36 epochs, less after 108 (CIFAR-10)",
            "; ".join(
                f"{label}: {first:.2f} -> {last:.2f} points per step, mean error {pairs[label][0].fitness_mean:.1f} -> "
                f"{pairs[label][1].fitness_mean:.1f} %"
                for label, (first, last) in slopes.items()
            ),
            "cannot be tested here"
            if not pairs
            else graded(all(better) and all(flatter), weaker=all(better) and flatter[0]),
            "12 and 200 epochs of NAS-Bench-201, all cells"
            + (
                f"; flatter on {sum(flatter)} of {len(flatter)}"
                if pairs
                else "; the values after 12 epochs are missing"
            )
            + ". A step is one operation here, one of 289 digits in the paper",
            "on every image set, the mean error and the rise of the error per step away from the best are lower after "
            "longer training; weaker: the mean error is, and the rise on CIFAR-10, the paper's image set",
        )
    )
