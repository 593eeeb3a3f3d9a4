"""The six published tables of chain CNNs: 1000 trained networks per image set and range.

Source: vanstein2020, section 3 and table 1.
"""

import io
from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.datasets.upstream import UpstreamFile

_COMMIT = "https://raw.githubusercontent.com/Basvanstein/LearningFromNAS/d5dca4739264100244fcfd81d7173d096ae56414"

COLUMNS = {
    **{f"s_{i}": f"s_{i}" for i in range(3)},
    **{f"filters_{i}": f"filters_{2 * i}" for i in range(3)},
    **{f"k_{i}": f"k_{i}" for i in range(6)},
    **{f"dropout_{i}": f"dropout_{i}" for i in range(7)},
    "lr": "lr",
    "l2": "l2",
    "dense_size_0": "dense_size_0",
    "dense_size_1": "dense_size_1",
}
"""The paper's 23 variables -> columns of the tables. The tables have six numbers of filters, of which the
networks use the first, third and fifth (the others have no influence on the training time); the authors'
analysis leaves the others out as well."""


@dataclass(frozen=True, slots=True)
class ChainTable:
    """1000 trained networks.

    Args:
        values: The 23 variables in the order of ``COLUMNS``, shape (1000, 23).
        accuracy: Validation accuracy in percent, shape (1000,).
        train_seconds: Training time, shape (1000,).
    """

    values: FloatArray
    accuracy: FloatArray
    train_seconds: FloatArray


def _file(name: str, sha256: str) -> UpstreamFile:
    return UpstreamFile(f"learning_from_nas/{name}", f"{_COMMIT}/{name}", sha256, "MIT")


FILES = {
    ("mnist", "initial"): _file(
        "mnist-results.csv", "e3b264a6e40eb52853a424e57e047675680d51d106a75846ac80a749a58d2c92"
    ),
    ("fashion", "initial"): _file(
        "fashion-results.csv", "6f651862b487c3ad226ba32f109270d1ab564f8eaf2f2080aaa147a07ed0ef18"
    ),
    ("cifar10", "initial"): _file(
        "cifar-results.csv", "10bfe7cbd90d2a5f96354ccae141f7958698304a43f6409d941bdfa0ecd433dd"
    ),
    ("mnist", "reduced"): _file(
        "mnist-results-narrow.csv", "05b24c63bbfd85d46b10cd33b974e2277a6adfba6cf671f5bcb0803eeb473674"
    ),
    ("fashion", "reduced"): _file(
        "fashion-results-narrow.csv", "7a60672d647c4ec459cd931a25ba49ac6757736333b11f071f9d6ed89bbe30b7"
    ),
    ("cifar10", "reduced"): _file(
        "cifar10-results-narrow.csv", "f88cefc9ce2a8a94494f2722f74c2401482ec320a6001cfbaae7f413fb3e77cb"
    ),
}
"""(image set, range) -> the published file."""

BBOB_FEATURES = _file("all_flacco_bbob.csv", "1152e36d404edbecf531ba3a0e1e0ec63abd580458b240e9201d660f90dc8bfc")
"""Features that R flacco computed on 24 BBOB functions x 20 instances in 23 dimensions."""

NOTEBOOK = _file("ela_compare-2.ipynb", "da255db116f304c43028ce56daf20ea9b4828322032ba14ae40a199ad7e2031e")
"""The first cell prints all of flacco's features of Fashion, then of MNIST."""


def load_table(dataset: str, search_range: str = "initial") -> ChainTable:
    """One of the six published tables.

    Args:
        dataset: ``mnist``, ``fashion`` or ``cifar10``.
        search_range: ``initial`` or ``reduced``.

    Raises:
        KeyError: An unknown image set or range.
        DataUnavailableError: The file is not available and cannot be downloaded.
        ValueError: The file has another hash.
    """
    if (dataset, search_range) not in FILES:
        raise KeyError(f"table: wanted one of {sorted(FILES)}, found {(dataset, search_range)}")
    text = FILES[dataset, search_range].read().decode()
    header = text.partition("\n")[0].split(",")
    wanted = [*COLUMNS.values(), "perf", "time"]
    table = np.loadtxt(io.StringIO(text), delimiter=",", skiprows=1, usecols=[header.index(name) for name in wanted])
    return ChainTable(table[:, :-2], 100 * table[:, -2], table[:, -1])
