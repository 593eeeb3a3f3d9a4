"""A sample of the paper's space trained live on digits, and its place among the BBOB functions.

Source: vanstein2020.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

import nas_problems
from ela.encoding import encode_points
from ela.placement import Placement
from ela.sampling import Sample
from experiments.executors.local import LocalExecutor
from experiments.landscape import figures
from experiments.landscape.analysis import place_columns, place_sample
from experiments.page import Claim, Page, graded
from experiments.page.missing import left_out
from experiments.papers.learning_from_nas.numbers import DATASETS, TITLES
from experiments.papers.stored import evaluated
from experiments.parallel import in_parallel
from experiments.steps import step
from nas_problems.array import FloatArray
from nas_problems.catalog.chain_cnn import INITIAL, codes_of
from nas_problems.datasets.chain_cnn import load_table
from nas_problems.space import Codes, SearchSpace

PROBLEM = "train-chaincnn-digits"
_CHUNK = 20  # candidates in a file
_MOST_DRAWN = 10  # per network that is wanted: about half do not fit on the images


@dataclass(frozen=True, eq=False)
class Networks:
    """Trained networks of a space.

    Args:
        space: The space.
        Z: Their codes, shape (n, 23).
        error: Validation error in percent, (n,).
        seconds: Of their training, (n,).
    """

    space: SearchSpace
    Z: Codes
    error: FloatArray
    seconds: FloatArray

    @property
    def sample(self) -> Sample:
        """The networks as points of a box, and their errors."""
        return Sample(encode_points(self.space, self.Z, self.error, encoding="box"), self.error)


def live_sample(page: Page, folder: Path, *, n: int, quick: bool, seed: int) -> None:
    """The section; a sentence where torch is not installed.

    Args:
        page: Written to.
        folder: Of the trainings, which are kept.
        n: Networks.
        quick: Two epochs, few parts and instances of BBOB.
        seed: Of the sample and of what is drawn afterwards.
    """
    page.heading("A sample trained live")
    try:
        problem = nas_problems.make(PROBLEM, noise="seed-0")
        problem = problem.variant(fidelity=problem.fidelities.values[0]) if quick else problem
        problem.prepare()
    except ImportError as missing:
        page.text(f"Left out: {left_out(missing)}")
        return
    rng = np.random.default_rng([seed, 2020])
    parts: list[Codes] = []
    frames: list[pd.DataFrame] = []
    with closing(LocalExecutor()) as executor:
        parallel = in_parallel(problem, executor)
        n_fit = 0
        while n_fit < n and len(parts) * _CHUNK < n * _MOST_DRAWN:
            step(f"trainings on digits: {n_fit} of {n}")
            parts.append(problem.space.sample(_CHUNK, rng))
            frames.append(evaluated(folder / f"{problem.label}-{seed}-{len(parts)}.csv", parallel, parts[-1]))
            n_fit += int(frames[-1]["value"].notna().sum())
    measured = pd.concat(frames, ignore_index=True)
    fits = measured["value"].notna().to_numpy()
    rows = np.flatnonzero(fits)[:n]
    error, seconds = (measured[name].to_numpy(dtype=np.float64)[rows] for name in ("value", "seconds"))
    networks = Networks(problem.space, np.concatenate(parts)[rows], error, seconds)
    page.text(
        f"`{PROBLEM}` has the paper's 23 variables in ranges of ours for 16 x 16 pixels, and its training: SGD, an L2 "
        f"on kernels alone, {problem.fidelity:g} epochs. {len(rows)} networks were drawn uniformly among those that "
        f"fit on the images, which {fits.mean():.0%} of the candidates do, and trained once on 500 digits. "
        f"{(error < 20).mean():.0%} of them have an error below 20 %, {(error > 80).mean():.0%} learned nothing. "
        f"Equally many of the published networks of the initial range stand next to them, as features depend on the "
        "number of points. `iohnas ela train-chaincnn-mnist` does the same on MNIST, in hours."
    )
    _correlations(page, networks)
    _places(page, networks, quick=quick, seed=seed)


def _correlations(page: Page, networks: Networks) -> None:
    """Figure 6 for the live sample, and the paper's two claims on it."""
    names = [parameter.name for parameter in networks.space.parameters]
    X = networks.sample.X
    of_accuracy, of_time = (
        {name: stats.pearsonr(X[:, j], target) for j, name in enumerate(names)}
        for target in (-networks.error, networks.seconds)
    )
    matrix = np.array([[found[name].statistic for name in names] for found in (of_accuracy, of_time)])
    page.figure(
        figures.correlations({"digits": matrix}, rows=("accuracy", "time"), columns=tuple(names)),
        name="live-figure-6",
        caption=f"Figure 6 for {len(X)} networks trained live on digits: Pearson correlation of the 23 variables with "
        "validation accuracy and training time; one training each.",
    )
    looked_at = ("k_0", "dropout_0")
    is_clear = [of_accuracy[name].pvalue < 0.05 for name in looked_at]
    strongest = max(names, key=lambda name: abs(of_accuracy[name].statistic))
    page.claim(
        Claim(
            text="Kernel size of the first layer and dropout in the first layers matter for accuracy (digits, live)",
            published="figure 6, on the paper's image sets",
            ours=_listed(of_accuracy, looked_at),
            verdict=graded(all(is_clear), weaker=any(is_clear)),
            why=f"the largest correlation is that of {_listed(of_accuracy, (strongest,))}. Kernels are 1 to 3 here, "
            "dropout at most .3",
            rule="Pearson's correlations of k_0 and dropout_0 with accuracy are significant at 5 %; weaker: one of "
            "them is",
        )
    )
    time = of_time["filters_0"]
    page.claim(
        Claim(
            text="More filters take more time (digits, live)",
            published="positive correlation",
            ours=_listed(of_time, ("filters_0",)),
            verdict="holds" if time.statistic > 0 and time.pvalue < 0.05 else "does not hold",
            rule="the correlation of filters_0 with time is positive and significant at 5 %",
        )
    )


def _listed(correlations: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return "; ".join(
        f"{name}: {correlations[name].statistic:.2f} (p = {correlations[name].pvalue:.2g})" for name in names
    )


def _published(dataset: str, n: int, seed: int) -> Networks:
    """As many of the published networks of the initial range, drawn at random."""
    table = load_table(dataset)
    rows = np.random.default_rng([seed, n]).permutation(len(table.accuracy))[:n]
    return Networks(INITIAL, codes_of(table.values[rows]), 100 - table.accuracy[rows], table.train_seconds[rows])


def _places(page: Page, networks: Networks, *, quick: bool, seed: int) -> None:
    """Where the sample lies among the BBOB functions, next to samples of the paper's tasks."""
    n = len(networks.error)
    tasks = {"digits, live": networks} | {TITLES[dataset]: _published(dataset, n, seed) for dataset in DATASETS}
    placements: dict[str, Placement] = {}
    rows = []
    for task, one in tasks.items():
        step(f"place of {task} among the BBOB functions")
        _, placed = place_sample(
            one.sample,
            repetitions=5 if quick else 30,
            instances=2 if quick else 5,
            rng=np.random.default_rng(seed),
            seed=seed,
        )
        placements[task] = placed
        rows.append(
            {
                "task": task,
                "median error (%)": float(np.median(one.error)),
                **place_columns(placed),
                "features left out": ", ".join(placed.dropped) or "none",
            }
        )
    page.table(
        pd.DataFrame(rows),
        name="live-place",
        caption=f"Place of {n} networks of each task among 24 BBOB functions on their own points; 20 features, "
        "z-scores, error minimised, values brought to [0, 1].",
        digits=3,
    )
    page.figure(
        figures.nearest_functions(placements),
        name="live-nearest-functions",
        caption=f"Share (%) of each function among the nearest BBOB rows, {n} networks of each task; box code.",
    )
