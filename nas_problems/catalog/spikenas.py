"""SpikeNAS-Bench: all 15,625 spiking cells with their validation accuracy after every one of 100 epochs."""

import gzip
import io
from functools import cache

import numpy as np

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.datasets.cache import load_cached
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem
from nas_problems.space import Categorical, SearchSpace

_SOURCE = "YuanLi-X/SpikeNAS-Bench at commit b705402e0abd11d0d697f95d62f9a71a8f22e1de"

CURVES = ConvertedFile(
    "spikenas_bench/cifar10_curves.npz",
    f"{_SOURCE} (accuracies per epoch as arrays)",
    "ac7b4a67379afafd877b8b1b5d0c30609fc9a5bf0fbda5cfbf1c8a5671087fdd",
    "none stated",
)
FINAL = ConvertedFile(
    "spikenas_bench/cifar10_final.csv.gz",
    f"{_SOURCE} (final values as csv)",
    "01ab182bba7492dbb90b6c8c1b726120b921909136fde805abc1d0e1931c2ada",
    "none stated",
)

OPERATIONS = ("zero", "identity", "lif_conv_3x3_low", "lif_conv_3x3_middle", "lif_conv_3x3_high")
"""Operations on an edge, in the order of the digits; low, middle, high is the firing threshold."""

EDGES = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
"""Edges in the order of the digits, least significant first."""

SPACE = SearchSpace(tuple(Categorical(f"edge_{start}_{end}", OPERATIONS) for start, end in EDGES))
"""The cell space."""

METRICS = {
    "validation_accuracy": Metric("validation_accuracy", "%", maximize=True, penalty=100.0),
    "test_accuracy": Metric("test_accuracy", "%", maximize=True, penalty=100.0),
    "train_seconds": Metric("train_seconds", "s", penalty=1e6),
    "n_parameters": Metric("n_parameters", penalty=1e9, zero_cost=True),
}
"""Test accuracy is recorded for the full training; lower fidelities repeat it."""

EPOCHS = Fidelities("epochs", tuple(range(1, 101)), continued=True)


@cache
def evaluator() -> TableEvaluator:
    """The table; read once per process."""
    arrays = load_cached(f"spikenas-{CURVES.sha256[:8]}-{FINAL.sha256[:8]}", _arrays)
    share = np.array(EPOCHS.values)[:, None, None] / EPOCHS.full
    values = {
        "validation_accuracy": arrays["validation_accuracy"][:, :, None],
        "test_accuracy": np.broadcast_to(arrays["test_accuracy"][None, :, None], (100, 5**6, 1)),
        "train_seconds": share * arrays["train_seconds"][None, :, None],
        "n_parameters": np.broadcast_to(arrays["n_parameters"][None, :, None], (100, 5**6, 1)),
    }
    return TableEvaluator(SPACE, values, METRICS, EPOCHS, cost_metric="train_seconds")


def _arrays() -> dict[str, FloatArray]:
    digits = np.arange(5**6)[:, None] // 5 ** np.arange(6) % 5
    order = np.argsort(SPACE.index_of(digits))
    with np.load(io.BytesIO(CURVES.read()), allow_pickle=False) as stored:
        validation = stored["val_acc"].astype(np.float64)
    final = np.loadtxt(io.BytesIO(gzip.decompress(FINAL.read())), delimiter=",", skiprows=1)
    if not np.array_equal(final[:, 0], np.arange(5**6)):
        raise ValueError(f"table: wanted the cells 0 ... {5**6 - 1} in order, found {len(final)} rows")
    return {
        "validation_accuracy": np.ascontiguousarray(validation[order].T),
        "test_accuracy": final[order, 2],
        "train_seconds": final[order, 4],
        "n_parameters": final[order, 1],
    }


@nas_problems.register(
    "spikenas-cifar10",
    summary="SpikeNAS-Bench on CIFAR-10, validation error, 100 epochs",
    family="spikenas",
    files=(CURVES, FINAL),
)
def _problem() -> Problem:
    return Problem(
        name="spikenas-cifar10",
        function_id=20_511,
        base_space=SPACE,
        evaluator=evaluator(),
        objectives=(METRICS["validation_accuracy"],),
        source="li2025",
        test_metric="test_accuracy",
    )
