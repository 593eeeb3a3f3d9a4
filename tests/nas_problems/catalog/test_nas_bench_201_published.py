"""NAS-Bench-201 compared with what others extracted from the official data, cell by cell."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.catalog.nas_bench_201 import SPACE, codes_of

pytestmark = pytest.mark.data
ROOT = Path(__file__).parents[3]


def read(name: str) -> list[dict[str, str]]:
    """The rows of a table in ``$IOHNAS_DATA``, next to it, or in the folder of shared data; else skip."""
    folder = Path(os.environ.get("IOHNAS_DATA") or ROOT.parent / "shared" / "data" / "upstream")
    for place in (folder, folder.parent):
        if (place / "nasbench201" / name).is_file():
            with gzip.open(place / "nasbench201" / name, "rt", newline="") as file:
                return list(csv.DictReader(file))
    pytest.skip(f"nasbench201/{name} is neither in $IOHNAS_DATA nor next to it")


def column(rows: list[dict[str, str]], name: str, strings: str) -> FloatArray:
    """A column in the order of our index."""
    values = np.full(15_625, np.nan)
    values[SPACE.index_of(codes_of([row[strings] for row in rows]))] = [float(row[name]) for row in rows]
    return values


def test_mean_validation_accuracy_of_all_cells_on_cifar10() -> None:
    """From NATS-Bench by the authors of "NAS landscapes"; the seeds that they averaged are ours."""
    wanted = column(read("nats_topology_cifar10_avg.csv.gz"), "valid-accuracy", "arch_str")
    found = 100 - nas_problems.make("nb201-cifar10").tabulate()
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_isomorphic_cells_are_those_of_the_official_unique_strings() -> None:
    """Two cells have one canonical form exactly when the official interface gives them one string."""
    rows = read("nats_topology_test200_3datasets.csv.gz")
    index = SPACE.index_of(codes_of([row["ArchitectureString"] for row in rows]))
    ours = SPACE.index_of(SPACE.canonical(SPACE.from_index(index)))
    pairs = {(canonical, row["UniqueString"]) for canonical, row in zip(ours.tolist(), rows, strict=True)}
    assert len(rows) == 15_625
    assert len(pairs) == len({ours for ours, _ in pairs}) == len({theirs for _, theirs in pairs}) == 6_466
