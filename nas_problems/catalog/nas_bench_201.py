"""NAS-Bench-201: all 15,625 cells of six edges and five operations, trained on three image sets.

Validation accuracy after 200 epochs comes with an installed package. Where the files of
``nas_problems.datasets.nats_bench`` and ``help_latency`` are available (``iohnas data fetch nb201``), the problems
know more and stay otherwise the same: test accuracy as test metric, 12 epochs as a lower fidelity, and on CIFAR-10
the latency on 27 devices.
"""

from functools import cache, partial

import numpy as np

import nas_problems
from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.datasets import help_latency, nats_bench
from nas_problems.datasets.hpo_bench import NASBENCH201
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem
from nas_problems.space import Categorical, Codes, SearchSpace

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""Operations on an edge, in the order of their codes."""

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Edges (from, to) of the cell's four nodes, in the order of the architecture string."""

EPOCHS = Fidelities("epochs", (200,))

METRICS = {
    "validation_accuracy": Metric("validation_accuracy", "%", maximize=True, penalty=100.0),
    "train_seconds": Metric("train_seconds", "s", penalty=1e6),
    "latency_seconds": Metric("latency_seconds", "s", penalty=1.0),
    "n_parameters": Metric("n_parameters", penalty=1e8),
    "n_parameters_recorded": Metric("n_parameters_recorded", penalty=1e8),
    "flops": Metric("flops", penalty=1e12),
}
"""Of all cells. ``n_parameters`` and ``flops`` are computed (``n_parameters``, ``flops``); the published table's own
number of parameters, ``n_parameters_recorded``, belongs to another cell on 204 of them, by up to 51 %.
``latency_seconds`` is that of the table, measured on the graphics card that trained."""

TEST_ACCURACY = Metric("test_accuracy", "%", maximize=True, penalty=100.0)

N_CLASSES = {"cifar10": 10, "cifar100": 100, "imagenet16-120": 120}
"""Classes of the image sets."""

LATENCY = {device: Metric(f"latency_{device}_milliseconds", "ms", penalty=1e6) for device in help_latency.FILES}
"""Device of ``nas_problems.datasets.help_latency`` -> metric of ``nb201-cifar10``. In milliseconds, so that a log of
ten decimals holds every digit."""


def n_parameters(Z: Codes, *, n_classes: int) -> IntArray:
    """Trained numbers of the published network with a cell: 16, 32 and 64 channels in three stages of five cells.

    Args:
        Z: Codes of ``SPACE``, shape (n, 6).
        n_classes: Classes of the image set.

    Returns:
        Shape (n,).

    >>> n_parameters(np.array([[3, 3, 3, 1, 3, 2]]), n_classes=10).tolist()
    [1073466]
    """
    n_conv1, n_conv3 = _count(Z, "nor_conv_1x1"), _count(Z, "nor_conv_3x3")
    return 72_656 + 65 * n_classes + 28_000 * n_conv1 + 243_040 * n_conv3


def flops(Z: Codes, *, n_classes: int, n_pixels: int = 32 * 32) -> IntArray:
    """Multiply-adds for one image in the published network with a cell; the publication calls them FLOPs.

    Args:
        Z: Codes of ``SPACE``, shape (n, 6).
        n_classes: Classes of the image set.
        n_pixels: Pixels of an image: 32 x 32 for CIFAR, 16 x 16 for ImageNet16-120.

    Returns:
        Shape (n,).

    >>> flops(np.array([[0, 0, 0, 0, 0, 0], [3, 3, 3, 3, 3, 3]]), n_classes=10).tolist()
    [7783050, 220119690]
    """
    n_conv1, n_conv3 = _count(Z, "nor_conv_1x1"), _count(Z, "nor_conv_3x3")
    return n_pixels * (7_600 + 3_840 * (n_conv1 + 9 * n_conv3)) + 65 * n_classes


def _count(Z: Codes, operation: str) -> IntArray:
    counted: IntArray = (SPACE.check(Z) == OPERATIONS.index(operation)).sum(axis=1)
    return counted


def is_connected(Z: Codes) -> BoolArray:
    """Whether anything but ``none`` leads from a cell's input to its output, shape (n,).

    The 341 cells without such a path say the same class for every image. Measured latencies of theirs are close to
    zero where a compiler removes what does nothing, and would set the bounds of a front.

    >>> is_connected(np.array([[3, 3, 3, 1, 3, 2], [3, 3, 3, 0, 0, 0]])).tolist()
    [True, False]
    """
    codes = SPACE.check(Z)
    reached = np.zeros((len(codes), 4), dtype=np.bool_)
    reached[:, 0] = True
    for (start, end), operations in zip(EDGES, codes.T, strict=True):
        reached[:, end] |= reached[:, start] & (operations != OPERATIONS.index("none"))
    return reached[:, 3]


@cache
def _representatives() -> IntArray:
    """For every cell's index the smallest index of a cell that computes the same function, (15625,)."""
    first: dict[str, int] = {}
    codes = np.stack(np.unravel_index(np.arange(5**6), (5,) * 6), axis=1)
    return np.array([first.setdefault(_function_text(code), i) for i, code in enumerate(codes.tolist())])


def _function_text(code: list[int]) -> str:
    """What a cell computes, as a text that is equal for cells known to be isomorphic.

    An edge ``none``, and any edge from a node whose only input is zero, contributes zero;
    ``skip_connect`` passes its input on. Terms are sorted as texts but nested sums are not taken apart,
    so the exact form matters: it gives the published count of 6,466 distinct cells.

    Source: dong2020, section 2.
    """
    nodes = ["0"]
    for node in (1, 2, 3):
        terms = []
        for (start, end), operation in zip(EDGES, code, strict=True):
            if end == node:
                if OPERATIONS[operation] == "none" or nodes[start] == "#":
                    terms.append("#")
                elif OPERATIONS[operation] == "skip_connect":
                    terms.append(nodes[start])
                else:
                    terms.append(f"({nodes[start]})@{OPERATIONS[operation]}")
        nodes.append("+".join(sorted(terms)))
    return nodes[-1]


def _canonical(Z: Codes) -> Codes:
    indices = np.ravel_multi_index(tuple(Z.T), (5,) * 6)
    return np.stack(np.unravel_index(_representatives()[indices], (5,) * 6), axis=1).astype(np.int64)


SPACE = SearchSpace(
    tuple(Categorical(f"edge_{start}_{end}", OPERATIONS) for start, end in EDGES), canonical_form=_canonical
)
"""The cell space; its canonical form knows that 6,466 cells are distinct."""


def architecture_strings(Z: Codes) -> list[str]:
    """Codes of ``SPACE`` to the strings of the NAS-Bench-201 interface.

    >>> architecture_strings(np.array([[3, 3, 3, 1, 3, 2]]))
    ['|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|']
    """
    strings = []
    for code in SPACE.check(Z).tolist():
        edges = [f"{OPERATIONS[op]}~{start}" for op, (start, _) in zip(code, EDGES, strict=True)]
        strings.append(f"|{edges[0]}|+|{edges[1]}|{edges[2]}|+|{edges[3]}|{edges[4]}|{edges[5]}|")
    return strings


def codes_of(strings: list[str]) -> Codes:
    """The inverse of ``architecture_strings``.

    Raises:
        ValueError: A text that is not an architecture string.
    """
    codes = []
    for text in strings:
        edges = [edge.rpartition("~") for edge in text.replace("+", "").split("|") if edge]
        if [start for _, _, start in edges] != [str(start) for start, _ in EDGES]:
            raise ValueError(f"strings: wanted '|op~0|+|op~0|op~1|+|op~0|op~1|op~2|', found {text!r}")
        unknown = [operation for operation, _, _ in edges if operation not in OPERATIONS]
        if unknown:
            raise ValueError(f"strings: wanted operations of {OPERATIONS}, found {unknown} in {text!r}")
        codes.append([OPERATIONS.index(operation) for operation, _, _ in edges])
    return np.array(codes, dtype=np.int64).reshape(-1, len(EDGES))


@cache
def _evaluator(dataset: str, *, with_test: bool, with_12: bool, with_devices: bool) -> TableEvaluator:
    raw = NASBENCH201[dataset].load((5,) * 6)
    values = {
        "validation_accuracy": raw["val_acc"],
        "train_seconds": raw["train_time"],
        "latency_seconds": raw["latency"],
        "n_parameters_recorded": np.rint(raw["model_size"] * 1e6),  # recorded in millions
        **_computed(dataset),
    }
    metrics = dict(METRICS)
    if with_test:
        values["test_accuracy"] = nats_bench.load_test_200(_rows_of)[dataset][:, None]
        metrics["test_accuracy"] = TEST_ACCURACY
    if with_devices:
        for device, milliseconds in help_latency.load_latency(_rows_of).items():
            values[LATENCY[device].name] = milliseconds[:, None]
            metrics[LATENCY[device].name] = LATENCY[device]
    if not with_12:
        published = {name: array[None] for name, array in values.items()}
        return TableEvaluator(SPACE, published, metrics, EPOCHS, cost_metric="train_seconds")
    short = nats_bench.load_12(_rows_of)
    lower = dict(values)
    lower["train_seconds"] = lower["train_seconds"] * 12 / EPOCHS.full  # every epoch takes the same time
    lower["validation_accuracy"] = _one_seed(short[f"{dataset}-val"], raw["val_acc"].shape[1])
    if with_test:
        lower["test_accuracy"] = _one_seed(short[f"{dataset}-test"], 1)
    both = {name: _two_levels(lower[name], array) for name, array in values.items()}
    return TableEvaluator(SPACE, both, metrics, Fidelities("epochs", (12, 200)), cost_metric="train_seconds")


def _computed(dataset: str) -> dict[str, FloatArray]:
    Z = SPACE.from_index(np.arange(5**6))
    n_classes = N_CLASSES[dataset]
    n_pixels = 16 * 16 if dataset == "imagenet16-120" else 32 * 32
    return {
        "n_parameters": n_parameters(Z, n_classes=n_classes)[:, None].astype(np.float64),
        "flops": flops(Z, n_classes=n_classes, n_pixels=n_pixels)[:, None].astype(np.float64),
    }


def _two_levels(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """(size, seeds) after 12 and after 200 epochs as (2, size, seeds); one array where they are the same."""
    return np.broadcast_to(upper, (2, *upper.shape)) if lower is upper else np.stack([lower, upper])


def _rows_of(strings: list[str]) -> IntArray:
    return SPACE.index_of(codes_of(strings))


def _one_seed(values: FloatArray, n_seeds: int) -> FloatArray:
    """One recorded value per cell, in a table with room for more."""
    table = np.full((len(values), n_seeds), np.nan)
    table[:, 0] = values
    return table


def _problem(dataset: str, function_id: int) -> Problem:
    with_test = nats_bench.TEST_200.at_hand
    return Problem(
        name=f"nb201-{dataset}",
        function_id=function_id,
        base_space=SPACE,
        evaluator=_evaluator(
            dataset,
            with_test=with_test,
            with_12=nats_bench.EPOCHS_12.at_hand,
            with_devices=dataset == "cifar10" and help_latency.at_hand(),
        ),
        objectives=(METRICS["validation_accuracy"],),
        source="dong2020",
        test_metric="test_accuracy" if with_test else None,
    )


for _i, _dataset in enumerate(NASBENCH201):
    nas_problems.register(
        f"nb201-{_dataset}", summary=f"NAS-Bench-201 cell on {_dataset}, validation error", family="nas201"
    )(partial(_problem, _dataset, 20_001 + _i))
