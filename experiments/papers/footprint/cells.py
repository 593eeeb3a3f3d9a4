"""Walks, radar and the transferred number of optima on cells: sections 5.3, 5.4 and figure 1 of the paper.

Source: traore2021.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import nas_problems
from ela.correlation import pearson
from ela.footprint import Footprint, footprint_radar
from ela.landscape.birthday import nearest_neighbour_optima
from ela.landscape.landscape import Landscape
from ela.landscape.walks import autocorrelation
from experiments.figures import PALETTE
from experiments.page import Claim, Page, graded
from experiments.papers.footprint.numbers import OPTIMA_LCZ42, OPTIMA_RATIO, PUBLISHED, WALKS
from nas_problems.array import FloatArray

N_SAMPLE, N_NEIGHBOURS = 100, 10  # traore2021, section 5.4

_N_REPEATS = 200
_WINDOW = 5  # of the moving average, traore2021, section 5.3
_SHOWN = (1, 16)  # the walks that the paper shows
_NEAR, _FAR = 1.25, 2.0  # factors between estimate and truth


def walks_section(page: Page, walks: Mapping[str, tuple[FloatArray, float]]) -> None:
    """Write the fitness along thirty walks, as boxes and as two routes.

    Args:
        page: Written to.
        walks: Neighbourhood -> error along each walk, (walks, steps + 1), and the exact autocorrelation.
    """
    rows = []
    for name, (errors, rho) in walks.items():
        correlations = autocorrelation(errors)
        rows.append({"walks": name, "walk": f"all {len(errors)}", "autocorrelation": float(np.nanmean(correlations))})
        rows.append({"walks": name, "walk": "exact", "autocorrelation": rho})
        for number in _SHOWN:
            accuracy = 100 - errors[number - 1]
            rows.append(
                {
                    "walks": name,
                    "walk": str(number),
                    "autocorrelation": float(correlations[number - 1]),
                    "median accuracy (%)": float(np.median(accuracy)),
                    "sd (points)": float(accuracy.std()),
                }
            )
    page.table(
        pd.concat([pd.DataFrame(rows), WALKS], ignore_index=True),
        name="nb101-walks",
        digits=3,
        caption="Walks of 100 steps. Walks with the same number are not the same walk: ours were drawn again, by bit "
        "flips and by edits, at 108 epochs; the published ones are at 36.",
    )
    errors, _ = walks["bit flips"]
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    boxes, routes = figure.subplots(1, 2)
    boxes.boxplot(list(100 - errors), whis=(5, 95), showfliers=False, medianprops={"color": PALETTE[1]})
    boxes.set_xticks(range(1, len(errors) + 1, 5), range(1, len(errors) + 1, 5))
    boxes.set(xlabel="walk", ylabel="test accuracy (%)")
    for i, number in enumerate(_SHOWN):
        accuracy = 100 - errors[number - 1]
        routes.plot(accuracy, color=PALETTE[i], lw=0.6, alpha=0.5)
        mean = np.convolve(accuracy, np.full(_WINDOW, 1 / _WINDOW), mode="valid")
        routes.plot(np.arange(_WINDOW - 1, len(accuracy)), mean, color=PALETTE[i], label=f"walk {number}")
    routes.set(xlabel="step", ylabel="test accuracy (%)")
    routes.legend(frameon=False, fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0), borderaxespad=0)
    page.figure(
        figure,
        name="nb101-walks-figure",
        caption=f"Thirty random walks by bit flips (figures 12 and 13): accuracy along each (quartiles, 5 and 95 %), "
        f"and along two of them, with moving averages of {_WINDOW} steps",
    )


def footprint_of_cells(
    landscape: Landscape, *, rho: float, n_optima_birthday: float, persistence: Mapping[str, float]
) -> Footprint:
    """The footprint of a completely known landscape.

    Args:
        landscape: With its neighbourhood.
        rho: Exact autocorrelation at one step.
        n_optima_birthday: The estimate.
        persistence: Measures of persistence by name, possibly of only some cells.
    """
    y = landscape.y
    return Footprint(
        "nb101-cifar10 (bit flips)",
        True,
        len(y),
        len(y),
        fitness_mean=float(y.mean()),
        fitness_sd=float(y.std()),
        autocorrelation=rho,
        ruggedness=1 / rho,
        n_optima=landscape.local_search.n_optima,
        n_optima_birthday=n_optima_birthday,
        fdc=pearson(y, landscape.distance_to_best),
        unit="%",
        **persistence,  # type: ignore[arg-type]  # names are the record's
    )


def radar_section(page: Page, whole: Footprint) -> None:
    """Write figure 1: all of NAS-Bench-101 and the two published footprints, on the axes that these have."""
    published = [
        Footprint(f"{name} (published)", False, 0, 0, unit="%", **{key: float(value) for key, value in values.items()})  # type: ignore[arg-type]  # names are the record's
        for name, values in PUBLISHED.items()
    ]
    measures = (
        "fitness_mean",
        "fitness_sd",
        "ruggedness",
        "n_optima",
        "persistence_positive",
        "persistence_positive_area",
        "persistence_negative",
        "persistence_negative_area",
    )
    page.figure(
        footprint_radar([whole, *published], measures=measures),
        name="nb101-radar",
        caption="NAS-Bench-101 (figure 1): all cells after 108 epochs, with the exact number of optima by bit flips, "
        "and persistence from 36 to 108 epochs where searches recorded both; the published footprints are after 36 "
        "epochs, with estimated optima, and persistence over 4, 12, 36 and 108 epochs. The axis of optima is "
        "logarithmic.",
    )


def ratio_section(page: Page, rng: np.random.Generator) -> None:
    """Test equations 9 and 10 where the numbers of optima are known: NAS-Bench-201 on three image sets."""
    page.heading("The number of optima transferred to another image set (equations 9 and 10)")
    landscapes = {
        dataset: Landscape.enumerate(nas_problems.make(f"nb201-{dataset}"))
        for dataset in ("cifar10", "cifar100", "imagenet16-120")
    }
    first, *others = landscapes
    known = {name: landscape.local_search.n_optima for name, landscape in landscapes.items()}
    space = nas_problems.make(f"nb201-{first}").space
    ratios: dict[str, list[float]] = {name: [] for name in others}
    for _ in range(_N_REPEATS):
        rows = rng.choice(len(landscapes[first]), N_SAMPLE, replace=False)
        Z = landscapes[first].Z[rows]
        distance = space.distance(Z, Z)
        counts = {
            name: len(nearest_neighbour_optima(distance, landscape.y[rows], n_neighbours=N_NEIGHBOURS))
            for name, landscape in landscapes.items()
        }
        for name in others:
            ratios[name].append(counts[name] / counts[first] if counts[first] else float("nan"))
    table, factors, inside = [], [], []
    for name in others:
        low, middle, high = np.nanquantile(ratios[name], (0.05, 0.5, 0.95))
        truth = known[name] / known[first]
        table.append([f"{first} to {name}", low, middle, high, truth, middle * known[first], known[name]])
        factors.append(max(middle / truth, truth / middle))
        inside.append(low <= truth <= high)
    columns = ["from, to", "r: 5 %", "median", "95 %", "exact ratio", "optima by equation 10", "exact"]
    published = [["CIFAR-10 to So2Sat LCZ42 (published)", None, OPTIMA_RATIO, None, None, OPTIMA_LCZ42, None]]
    page.table(
        pd.DataFrame([*table, *published], columns=columns),
        name="optima-ratio",
        digits=3,
        caption=f"Equation 9: r is the ratio between two image sets of the number of candidates that are better than "
        f"their {N_NEIGHBOURS} nearest ones, among the same {N_SAMPLE} candidates; over {_N_REPEATS} draws of these. "
        "Equation 10: r times the number of optima on the first image set. The published ratio comes from one draw.",
    )
    page.claim(
        Claim(
            "A small sample on two image sets is enough to transfer the number of optima from one to the other",
            f"r = {OPTIMA_RATIO}, hence {OPTIMA_LCZ42:,} optima on LCZ42",
            f"medians off by factors of {' and '.join(f'{factor:.2f}' for factor in factors)}; the exact ratio is "
            f"between the 5 % and 95 % quantiles of the draws in {sum(inside)} of {len(inside)} cases",
            graded(max(factors) <= _NEAR and all(inside), weaker=max(factors) <= _FAR),
            "NAS-Bench-201, where all optima are known; So2Sat's fitness is not published",
            f"medians within a factor of {_NEAR}, and the exact ratios between the 5 % and 95 % quantiles of the "
            f"draws; weaker: medians within a factor of {_FAR:.0f}",
        )
    )
