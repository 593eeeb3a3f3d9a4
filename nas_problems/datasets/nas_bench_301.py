"""NAS-Bench-301's published surrogate, as its users have it: ten XGBoost models, converted once to arrays of our own.

The models are published as pickles of XGBoost's own class, which XGBoost before 3.2 opens. Each is written as JSON
there, once::

    import pathlib, pickle
    for path in pathlib.Path("nb_models_1.0/xgb_v1.0").rglob("surrogate_model.model"):
        pickle.load(path.open("rb")).save_model(path.with_suffix(".json"))

and ``iohnas data import nb_models_1.0/xgb_v1.0`` reads them; neither XGBoost nor ConfigSpace is needed then. The
published queries are the mean over the members, without noise, or with normal noise of the members' standard deviation:
noise ``mean`` and ``scaled:1`` here.

Source: zela2022; https://github.com/automl/nasbench301.
"""

import hashlib
import json
import math
from functools import cache
from pathlib import Path

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.array_file import read_arrays, write_arrays
from nas_problems.datasets.cache import cache_folder
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.evaluators.ensemble import ForestEnsemble
from nas_problems.parameter import Codes
from nas_problems.supernet.space import DARTS
from nas_problems.surrogate.boosted import read_xgboost

MODEL = "surrogate_model.json"
"""File of a member, in a folder of its own."""

_WHAT = "the converted surrogate of NAS-Bench-301"
_LARGEST = 2**31  # bytes of its arrays

_PREFIX = "NetworkSelectorDatasetInfo:darts:"
_CELLS = {"normal": "normal", "reduction": "reduce"}


def _scaled(value: float, low: float, high: float, *, log: bool = False) -> float:
    """An integer as ConfigSpace 0.4 puts it between 0 and 1."""
    low, high = low - 0.49999, high + 0.49999
    if log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    return (value - low) / (high - low)


_FIXED = {
    "CreateImageDataLoader:batch_size": _scaled(96, 64, 128, log=True),
    "ImageAugmentation:augment": 0.0,
    "ImageAugmentation:autoaugment": 0.0,
    "ImageAugmentation:cutout": 0.0,
    "ImageAugmentation:cutout_holes": _scaled(1, 1, 3),
    "ImageAugmentation:cutout_length": _scaled(16, 1, 50),
    "ImageAugmentation:fastautoaugment": 0.0,
    "LossModuleSelectorIndices:loss_module": 0.0,
    f"{_PREFIX}auxiliary": 0.0,
    f"{_PREFIX}drop_path_prob": 0.0,
    f"{_PREFIX}init_channels": _scaled(32, 1, 10_000),
    f"{_PREFIX}layers": _scaled(8, 1, 10_000),
    "NetworkSelectorDatasetInfo:network": 0.0,
    "OptimizerSelector:optimizer": 0.0,
    "OptimizerSelector:sgd:learning_rate": math.log(0.025),
    "OptimizerSelector:sgd:momentum": (0.9 - 0.1) / (0.99 - 0.1),
    "OptimizerSelector:sgd:weight_decay": math.log(0.0003),
    "SimpleLearningrateSchedulerSelector:cosine_annealing:T_max": _scaled(100, 1, 10_000),
    "SimpleLearningrateSchedulerSelector:cosine_annealing:eta_min": 1e-8 / 10_000,
    "SimpleLearningrateSchedulerSelector:lr_scheduler": 0.0,
    "SimpleTrainNode:batch_loss_computation_technique": 0.0,
    "SimpleTrainNode:mixup:alpha": math.log(0.2 / 0.01) / math.log(0.7 / 0.01),
}
"""The training that all cells of the benchmark had, as the models see it; a model can learn nothing from it."""

_EDGES = [f"{_PREFIX}edge_{cell}_{edge}" for cell in _CELLS.values() for edge in range(DARTS.n_edges)]
_INPUTS = [f"{_PREFIX}inputs_node_{cell}_{node}" for cell in _CELLS.values() for node in (3, 4, 5)]
_ALWAYS = [name for name in _EDGES if name.endswith(("_0", "_1"))]
COLUMNS = (*sorted([*_FIXED, *_INPUTS, *_ALWAYS]), *sorted(set(_EDGES) - set(_ALWAYS)))
"""The 56 columns that the models see: what every configuration has, then what depends on it, each by name."""


def inputs(Z: Codes) -> FloatArray:
    """What the models see of codes of ``DARTS.space``: numbers of choices, -1 where there is no edge.

    Args:
        Z: Codes, (n, 32).

    Returns:
        Shape (n, 56); see ``COLUMNS``.
    """
    codes = DARTS.space.canonical(Z)
    n, n_kept = len(codes), 2
    filled = np.full((n, len(COLUMNS)), -1.0)
    place = {name: column for column, name in enumerate(COLUMNS)}
    for name, value in _FIXED.items():
        filled[:, place[name]] = value
    pairs = codes.reshape(n, len(DARTS.kinds), DARTS.n_nodes, n_kept, 2)
    rows = np.arange(n)
    for kind, cell in enumerate(_CELLS.values()):
        first_edge = 0
        for node in range(DARTS.n_nodes):
            n_inputs = DARTS.n_inputs + node
            columns = np.array([place[f"{_PREFIX}edge_{cell}_{first_edge + start}"] for start in range(n_inputs)])
            for slot in range(n_kept):
                start, operation = pairs[:, kind, node, slot].T
                filled[rows, columns[start]] = operation
            if node:  # the first node always has both inputs
                lower, upper = pairs[:, kind, node, 0, 0], pairs[:, kind, node, 1, 0]
                number = np.zeros((n_inputs, n_inputs))
                number[np.triu_indices(n_inputs, 1)] = np.arange(n_inputs * (n_inputs - 1) // 2)
                filled[:, place[f"{_PREFIX}inputs_node_{cell}_{DARTS.n_inputs + node}"]] = number[lower, upper]
            first_edge += n_inputs
    return filled


def convert(folder: Path) -> tuple[int, Path]:
    """Read all members in a folder and store them in the cache as one ensemble.

    Args:
        folder: With a file ``surrogate_model.json`` for each member, at any depth.

    Returns:
        The number of members, and where the arrays are.

    Raises:
        FileNotFoundError: No such file in the folder; the message says how to make them.
        ValueError: A file that is not a model of these 56 columns.
    """
    paths = sorted(folder.rglob(MODEL))
    if not paths:
        raise FileNotFoundError(
            f"{folder}: wanted {MODEL} in it, found none; XGBoost before 3.2 makes them of the published pickles: "
            "pickle.load(open('surrogate_model.model', 'rb')).save_model('surrogate_model.json')"
        )
    members, digest = [], hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(content)
        try:
            forest = read_xgboost(json.loads(content))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        if forest.feature.max() >= len(COLUMNS):
            raise ValueError(f"{path}: wanted {len(COLUMNS)} columns, found one that looks at {forest.feature.max()}")
        members.append(forest)
    record = {"sha256": digest.hexdigest(), "members": [str(path.parent.relative_to(folder)) for path in paths]}
    write_arrays(stored_path(), ForestEnsemble.of(members).arrays, what=_WHAT, record=record)
    load.cache_clear()
    return len(members), stored_path()


def stored_path() -> Path:
    """Where the converted surrogate is."""
    return cache_folder() / "imported" / "nas-bench-301.npz"


@cache
def load() -> ForestEnsemble:
    """The converted surrogate.

    Raises:
        DataUnavailableError: There is none; the message says how to make it.
        ValueError: It is damaged.
    """
    try:
        stored = read_arrays(stored_path(), what=_WHAT, layouts=ForestEnsemble.layouts, limit_bytes=_LARGEST)
    except FileNotFoundError as error:
        raise DataUnavailableError(
            f"nb301-cifar10: not in {stored_path().parent}; 'iohnas data import nb_models_1.0/xgb_v1.0' converts the "
            "published models (figshare.com, file 24992018), see nas_problems.datasets.nas_bench_301"
        ) from error
    return ForestEnsemble.from_arrays(stored.arrays)
