"""NAS-Bench-201: all 15,625 cells of six edges and five operations, trained on three image sets.

Validation accuracy after 200 epochs comes with an installed package. Where the files of
``nas_problems.datasets.nats_bench`` and ``help_latency`` are available (``iohnas data fetch nb201``), the problems
know more and stay otherwise the same: test accuracy as test metric, 12 epochs as a lower fidelity, and on CIFAR-10
the latency on 27 devices.
"""

from functools import cache, partial

import numpy as np

import nas_problems
from nas_problems.array import FloatArray, IntArray
from nas_problems.cell.graph201 import (
    EDGES,
    OPERATIONS,
    SPACE,
    architecture_strings,
    codes_of,
    flops,
    is_connected,
    n_parameters,
)
from nas_problems.datasets import help_latency, nats_bench
from nas_problems.datasets.hpo_bench import NASBENCH201
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem

__all__ = [
    "EDGES",
    "LATENCY",
    "METRICS",
    "N_CLASSES",
    "OPERATIONS",
    "SPACE",
    "TEST_ACCURACY",
    "architecture_strings",
    "codes_of",
    "flops",
    "is_connected",
    "n_parameters",
]

EPOCHS = Fidelities("epochs", (200,))

METRICS = {
    "validation_accuracy": Metric("validation_accuracy", "%", maximize=True, penalty=100.0),
    "train_seconds": Metric("train_seconds", "s", penalty=1e6),
    "latency_seconds": Metric("latency_seconds", "s", penalty=1.0),
    "n_parameters": Metric("n_parameters", penalty=1e8, zero_cost=True),
    "n_parameters_recorded": Metric("n_parameters_recorded", penalty=1e8),
    "flops": Metric("flops", penalty=1e12, zero_cost=True),
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
        f"nb201-{_dataset}",
        summary=f"NAS-Bench-201 cell on {_dataset}, validation error",
        family="nas201",
        files=(
            NASBENCH201[_dataset],
            nats_bench.TEST_200,
            nats_bench.EPOCHS_12,
            *(help_latency.FILES.values() if _dataset == "cifar10" else ()),
        ),
    )(partial(_problem, _dataset, 20_001 + _i))
