"""Trainings and searches that the authors of a comparison of one-shot methods published, as arrays and csv.

Source: yang2020; https://github.com/antoyang/NAS-Benchmark.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nas_problems.datasets.upstream import UpstreamFile

_COMMIT = "https://raw.githubusercontent.com/antoyang/NAS-Benchmark/c2758da73192d408aad458768f26d3537dd78c40/Plots/data"


def _file(name: str, sha256: str) -> UpstreamFile:
    return UpstreamFile(f"frustratingly_hard/{name}", f"{_COMMIT}/{name}", sha256, "GPL-3.0")


@dataclass(frozen=True)
class Files:
    """Files of the authors that are of use together.

    Args:
        by_name: What is in a file -> the file.
    """

    by_name: Mapping[str, UpstreamFile]

    @property
    def at_hand(self) -> bool:
        """Whether all can be read without a download."""
        return all(file.at_hand for file in self.by_name.values())

    def __getitem__(self, name: str) -> UpstreamFile:
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)


CURVES = Files(
    {
        "n_214_random_architectures": _file(
            "modified_search_space/214_random_architectures.npy",
            "f3c7d4a4ab46b208968b09c5c4356dbfcfd2c9ca0096893c80a3db39d00685bc",
        ),
        "n_56_random_mod_architectures": _file(
            "modified_search_space/56_random_mod_architectures.npy",
            "fd9e56793e3e8fc9063f2ad89155d68f973358e8fbd798698f183ecca3908618",
        ),
        "cell_n_4": _file(
            "cell_sensitivity/cell_n_4.npy",
            "714838508e08f2ca17865d69e4ef70c67d4679e1178649c73b9f12cca87bd7c0",
        ),
        "cell_n_6": _file(
            "cell_sensitivity/cell_n_6.npy",
            "c1a54e490abbedbe667f97dd4043d9ff289e669319ffea1655b9aaede6b581de",
        ),
        "cell_n_8": _file(
            "cell_sensitivity/cell_n_8.npy",
            "dbe293967c8bf5769f9dd005a0b7d560acfe7d1520f80998e4786e9c0fc9add0",
        ),
        "cell_n_12": _file(
            "cell_sensitivity/cell_n_12.npy",
            "44d286119fb7420c8e396a4e47972207440d45eede3a8ad92ab347c34a75a15e",
        ),
        "cell_n_16": _file(
            "cell_sensitivity/cell_n_16.npy",
            "9a12e7071b48ba7057f7ee621c5d0466fcded2f14c465344b4218edb39e673ca",
        ),
        "cell_n_20": _file(
            "cell_sensitivity/cell_n_20.npy",
            "c3bfb0f0de77d3204f23255ef6092644935fc2e695c982ac444e2dada26b14b2",
        ),
        "cell_n_24": _file(
            "cell_sensitivity/cell_n_24.npy",
            "f947f4f29f8135cea358e1a39c93213e4b495c8ffbb97966b12639723c68c448",
        ),
        "n_8_to_20_cells": _file(
            "correlation_cells/8_to_20_cells.npy",
            "be155a02114426406d5455e002851a9eb50648b38cb1aa8db4e7f9aace00d228",
        ),
        "different_seed_24": _file(
            "correlation_seeds/different_seed_24.npy",
            "1ddb1fac34c8651f92b89833553d747ef2d78edafef66161e54e464069d71621",
        ),
    }
)
"""Test accuracies per epoch, or final ones, as arrays of numbers."""

PROTOCOLS = _file(
    "performance/Augmentation.csv",
    "a2dbd4fdaaf49d1fd562b19b3b0adba86d3c4f717106d540666ed0ccce100c7b",
)
"""Eight runs of every training protocol."""

RUNS = Files(
    {
        "CIFAR-10": _file(
            "performance/CIFAR10.csv",
            "2676b729fc200a65c007ebdfa682671caa60cda091af9d9636fe0f73d923246f",
        ),
        "CIFAR-100": _file(
            "performance/CIFAR100.csv",
            "89badf00636bce94efa0a6d9e6df234b41759e7d9a024dd42bbba3669189453b",
        ),
        "SPORT8": _file(
            "performance/Sport8.csv",
            "1c9690433bef709ed18f56d5a3c04148295e09b9e3d47e63c16e250c2cc611a4",
        ),
        "MIT67": _file(
            "performance/MIT67.csv",
            "5640df15edb4f1fc9209e3ac19d283502cbadd2b1a91f6499028a1fd3bac1d8d",
        ),
        "FLOWERS102": _file(
            "performance/Flowers102.csv",
            "50377e868e9d67374546538b5af5da573614f6c5178da58a18685a5ad469abaf",
        ),
    }
)
"""Runs of all methods and their baselines."""

FILES = (*CURVES.by_name.values(), PROTOCOLS, *RUNS.by_name.values())
"""Every published file."""
