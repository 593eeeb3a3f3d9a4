"""What the paper prints, and the runs that its authors published.

Source: yang2020; https://github.com/antoyang/NAS-Benchmark.
"""

import io

import numpy as np
import pandas as pd

from experiments.page.missing import left_out
from nas_problems.array import FloatArray
from nas_problems.datasets.frustratingly_hard import CURVES as CURVES
from nas_problems.datasets.frustratingly_hard import FILES
from nas_problems.datasets.frustratingly_hard import PROTOCOLS as PROTOCOLS
from nas_problems.datasets.frustratingly_hard import RUNS as RUNS
from nas_problems.datasets.upstream import DataUnavailableError

IMPROVEMENT = pd.DataFrame(
    {
        "CIFAR-10": (0.32, 0.52, -0.48, 0.01, 0.74, 0.18, 0.43, 0.44),
        "CIFAR-100": (0.23, 1.20, 1.37, -3.44, -0.89, -0.20, 2.87, -0.01),
        "SPORT8": (-0.13, 0.51, 0.43, 0.67, -1.06, 0.33, 0.38, -2.05),
        "MIT67": (0.10, 1.19, 2.00, 0.13, -0.66, 1.48, 0.05, -1.53),
        "FLOWERS102": (0.25, 0.20, 1.47, 0.47, -2.48, 0.70, -0.16, -0.13),
    },
    index=pd.Index(("DARTS", "PDARTS", "NSGANET", "ENAS", "CNAS", "MANAS", "StacNAS", "NAO"), name="method"),
)
"""Table 1: relative improvement over the average architecture, percent."""

SAMPLED = {"mean": 97.03, "standard deviation": 0.23, "worst": 96.18, "best": 97.56}
"""Section 5.1: test accuracy of 214 random DARTS architectures on CIFAR-10, percent."""

OPERATIONS_SHIFT = 0.18
"""Section 5.2: percentage points between the means of two sets of operations."""

SEED_TAU, SEED_CHANGE = 0.48, 0.13
"""Section 5.3: Kendall's tau between two seeds, 32 architectures; mean change of the accuracy, percentage points."""

DEPTH_TAU = 0.54
"""Section 5.3: Kendall's tau between networks of 8 and of 20 cells, 32 architectures."""

SEEDS_IN_NOTEBOOK = (
    (97.15, 97.0),
    (96.93, 97.02),
    (96.77, 96.71),
    (97.16, 96.8),
    (96.66, 97.05),
    (97.04, 97.09),
    (97.11, 97.05),
    (97.17, 97.19),
)
"""Test accuracy in percent of eight architectures with two seeds, which the authors' notebook has as numbers."""


def fetch() -> str:
    """Download what is not there, as far as possible.

    Returns:
        Why something is missing; empty: nothing is.
    """
    for file in FILES:
        try:
            file.path()
        except DataUnavailableError as error:
            return left_out(error)
    return ""


def curves() -> dict[str, FloatArray]:
    """Arrays of the authors' trainings, test accuracy in percent, by name.

    ``n_214_random_architectures`` (214, 600): DARTS architectures, after each epoch;
    ``n_56_random_mod_architectures`` (56, 600): of the modified operations; ``cell_n_<k>`` (n, 600): of k
    cells; ``n_8_to_20_cells`` (32, 2), ``different_seed_24`` (24, 2): the same architectures in two ways.

    Raises:
        DataUnavailableError: The file is not available.
    """
    return {name: np.load(io.BytesIO(CURVES[name].read()), allow_pickle=False).astype(np.float64) for name in CURVES}


def two_seeds() -> tuple[FloatArray, FloatArray]:
    """Final test accuracy in percent of 32 architectures with two seeds, (32,) each.

    Raises:
        DataUnavailableError: The file is not available.
    """
    found = curves()
    both = np.concatenate([found["different_seed_24"], np.array(SEEDS_IN_NOTEBOOK)])
    return both[:, 0], both[:, 1]


def two_depths() -> tuple[FloatArray, FloatArray]:
    """Final test accuracy in percent of 32 architectures with 8 and with 20 cells, (32,) each.

    Raises:
        DataUnavailableError: The file is not available.
    """
    both = curves()["n_8_to_20_cells"]
    return both[:, 0], both[:, 1]


def by_depth() -> dict[int, FloatArray]:
    """Number of cells -> best test accuracy in percent of random architectures, (n,).

    Raises:
        DataUnavailableError: The file is not available.
    """
    found = {name.removeprefix("cell_n_"): values for name, values in curves().items() if name.startswith("cell_n_")}
    return {int(number): values.max(axis=1) for number, values in found.items()}


def protocols() -> pd.DataFrame:
    """Test accuracy in percent: a row per run, a column per training protocol, from the simplest to all tricks.

    Raises:
        DataUnavailableError: The file is not available.
    """
    return pd.read_csv(io.BytesIO(PROTOCOLS.read())).rename(columns=str.strip)


def runs(data_set: str) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Method -> test accuracy in percent of its searches, and of random sampling in its space, (n,) each.

    Raises:
        DataUnavailableError: The file is not available.
        KeyError: No such data set.
    """
    frame = pd.read_csv(io.BytesIO(RUNS[data_set].read()))
    frame = frame.rename(columns=lambda name: name.strip().removesuffix("-LS"))
    return {
        method: (frame[method].dropna().to_numpy(), frame[f"Random {method}"].dropna().to_numpy())
        for method in IMPROVEMENT.index
    }
