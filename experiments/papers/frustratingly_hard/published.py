"""What the paper prints, and the runs that its authors published.

Source: yang2020; https://github.com/antoyang/NAS-Benchmark.
"""

import io

import numpy as np
import pandas as pd

from nas_problems.array import FloatArray
from nas_problems.datasets.converted import ConvertedFile

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

_SOURCE = "antoyang/NAS-Benchmark at commit c2758da73192d408aad458768f26d3537dd78c40"


def _file(name: str, what: str, sha256: str) -> ConvertedFile:
    return ConvertedFile(f"nas_frustratingly_hard/{name}", f"{_SOURCE} ({what})", sha256, "GPL-3.0")


CURVES = _file(
    "curves.npz",
    "test accuracies per epoch as arrays",
    "9bdbbb1794cc87eb511ca1e5a6b62d9ea1859434d6347321e833c52919b957e7",
)
PROTOCOLS = _file(
    "performance_augmentation.csv",
    "eight runs of every training protocol",
    "03d5f6a070442edc3017757b018be8e1a153f083182fc1b39a62d4121b5b3ee7",
)
RUNS = {
    name: _file(f"performance_{name.lower().replace('-', '')}.csv", "runs of all methods and their baselines", sha256)
    for name, sha256 in {
        "CIFAR-10": "c695c6ec3dbc27dd48a5ba537b537cb2b8a84042da35a037025b1987ec3f2b26",
        "CIFAR-100": "51078795f6106b617ff77167191f4fbbf796496da529dab009122178a2f0b141",
        "SPORT8": "c11108ad0515d9ad05f35517f382da2c28b5751fc74af3633619a5a4293ea891",
        "MIT67": "f450018c38bc5e42c959949275b257d36b51e50997bdcc4e540e0a81c9bc3a6c",
        "FLOWERS102": "f690f21553a798105778e088d202efd86defd6c15a157200df96fd07eb4d1ff7",
    }.items()
}


def curves() -> dict[str, FloatArray]:
    """Arrays of the authors' trainings, test accuracy in percent, by name.

    ``n_214_random_architectures`` (214, 600): DARTS architectures, after each epoch;
    ``n_56_random_mod_architectures`` (56, 600): of the modified operations; ``cell_n_<k>`` (n, 600): of k
    cells; ``n_8_to_20_cells`` (32, 2), ``different_seed_24`` (24, 2), ``different_seed_8_extra`` (8, 2): the
    same architectures in two ways.

    Raises:
        DataUnavailableError: The file is not available.
    """
    with np.load(io.BytesIO(CURVES.read()), allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float64) for name in stored.files}


def two_seeds() -> tuple[FloatArray, FloatArray]:
    """Final test accuracy in percent of 32 architectures with two seeds, (32,) each.

    Raises:
        DataUnavailableError: The file is not available.
    """
    found = curves()
    both = np.concatenate([found["different_seed_24"], found["different_seed_8_extra"]])
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
    return pd.read_csv(io.BytesIO(PROTOCOLS.read()))


def runs(data_set: str) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Method -> test accuracy in percent of its searches, and of random sampling in its space, (n,) each.

    Raises:
        DataUnavailableError: The file is not available.
        KeyError: No such data set.
    """
    frame = pd.read_csv(io.BytesIO(RUNS[data_set].read()))
    frame = frame.rename(columns=lambda name: name.removesuffix("-LS"))
    return {
        method: (frame[method].dropna().to_numpy(), frame[f"Random {method}"].dropna().to_numpy())
        for method in IMPROVEMENT.index
    }
