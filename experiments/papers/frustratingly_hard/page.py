"""Yang, Esperança, Carlucci 2020: NAS evaluation is frustratingly hard.

Source: yang2020.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

import nas_problems
from experiments.executors.local import LocalExecutor
from experiments.executors.serial import SerialExecutor
from experiments.page import Claim, Page
from experiments.papers import new_page, reproductions
from experiments.papers.frustratingly_hard import published
from experiments.papers.frustratingly_hard.cell_protocols import write_cell_protocols
from experiments.papers.frustratingly_hard.cells import CONNECTED
from experiments.papers.frustratingly_hard.curves import write_curves
from experiments.papers.frustratingly_hard.depths import write_depths
from experiments.papers.frustratingly_hard.improvement import write_improvement
from experiments.papers.frustratingly_hard.own_space import QUICK_SPACE, SpaceSizes, write_own_space
from experiments.papers.frustratingly_hard.panels import write_panels
from experiments.papers.frustratingly_hard.protocols import write_protocols
from experiments.papers.frustratingly_hard.spread import write_distribution, write_operations, write_seeds
from experiments.papers.frustratingly_hard.trainer import QUICK, Sizes, Trainer
from nas_problems.catalog.train import DIGITS_PROTOCOL, DIGITS_SKELETON
from nas_problems.datasets.frustratingly_hard import FILES
from nas_problems.datasets.image_sets import load_digits

PROBLEMS = ("nb201-cifar10", "nb201-cifar100", "nb201-imagenet16-120", "nb201-digits")


@reproductions.register(
    "frustratingly-hard",
    summary="Yang et al. 2020: gains over random sampling, and what protocols, seeds and depth do",
    family="yang2020",
    files=FILES,
)
def reproduce_frustratingly_hard(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Tables 1, 2 and figures 1 to 9: published, on NAS-Bench-201, and by searching and training cells of DARTS.

    Searches and trainings take about three quarters of an hour on one core; each is a file in ``<out>/work`` once it
    is done, and a page that was stopped goes on.

    Args:
        out: Folder of the page.
        quick: The same from few searches and short trainings.
        seed: Seed of everything that is drawn.

    Raises:
        ImportError: torch is not installed.
    """
    page = new_page(out, "NAS evaluation is frustratingly hard", "frustratingly-hard", quick=quick, seed=seed)
    judged = "test" if nas_problems.make(PROBLEMS[0]).test_metric else "validation"
    page.text(
        "The paper trains cells of the DARTS space for GPU-weeks. Here the same questions are put to the tables of "
        "NAS-Bench-201, every cell of which was trained more than once, to our own table of the same cells on digits, "
        "and to trainings of such cells on digits (500 images of 8 x 8 pixels). DARTS cells have an operation on every "
        "edge; their like in NAS-Bench-201 are the 4,096 cells without `none`. Accuracies of published tables are "
        f"those of the {judged} part."
    )
    if missing := published.fetch():
        page.text(f"Panels of the authors' own runs are left out: {missing}")
    gain = write_improvement(
        page, PROBLEMS[:1] if quick else PROBLEMS, n_runs=2 if quick else 8, budget=30 if quick else 100, seed=seed
    )
    write_panels(page)
    space_sizes, folder = QUICK_SPACE if quick else SpaceSizes(), out / ("work-quick" if quick else "work")
    runner = write_own_space(page, folder, load_digits(), space_sizes, seed=seed)
    write_cell_protocols(page, runner, seed=seed)
    write_distribution(page, PROBLEMS, seed=seed)
    write_seeds(page, PROBLEMS, n_draws=20 if quick else 500, seed=seed)
    shifts = write_operations(page, PROBLEMS)
    with closing(SerialExecutor() if quick else LocalExecutor()) as executor:
        trainers = [Trainer(executor, folder, seed=number) for number in (seed, seed + 1)]
        depth_range = _trained(page, trainers, QUICK if quick else Sizes(), seed=seed, gain=gain)
    page.claim(
        Claim(
            "The macro-structure matters more than the operations",
            "0.18 points between two sets of operations; 1.3 between 4 and 20 cells",
            f"{shifts['nb201-digits']:.2f} points when an operation is taken away, {depth_range:.2f} between depths",
            "holds" if depth_range > shifts["nb201-digits"] else "does not hold",
            "largest differences of means on digits: operations by the table, depths by training." + _by_the_authors(),
            "the largest difference between depths exceeds that between sets of operations",
        )
    )
    page.write()
    return page


def _by_the_authors() -> str:
    """The same two differences on cells of DARTS, from the authors' own runs."""
    if not published.CURVES.at_hand:
        return ""
    curves = published.curves()
    usual, other = (
        curves[name].max(axis=1).mean() for name in ("n_214_random_architectures", "n_56_random_mod_architectures")
    )
    means = [values.mean() for values in published.by_depth().values()]
    return (
        f" On cells of DARTS it holds by the authors' own runs: {abs(usual - other):.2f} and "
        f"{max(means) - min(means):.2f} points"
    )


def _trained(page: Page, trainers: Sequence[Trainer], sizes: Sizes, *, seed: int, gain: float) -> float:
    """The sections that train; largest difference of the mean accuracy between depths, percentage points."""
    rows = np.random.default_rng(seed).choice(len(CONNECTED), max(sizes.n_curves, sizes.n_ranked), replace=False)
    cells = CONNECTED[rows]
    base = replace(DIGITS_PROTOCOL, epochs=sizes.epochs)
    trainer, other_seed = trainers
    write_protocols(page, trainer, cells[: sizes.n_compared], base, gain=gain)
    depth_range = write_depths(page, trainer, other_seed, cells[: sizes.n_ranked], base, sizes.depths)
    write_curves(page, trainer.curves(cells[: sizes.n_curves], base, DIGITS_SKELETON))
    return depth_range
