"""NAS-Bench-101 from its users' own copy of the published file, converted by ``iohnas data import``.

Three trainings of every cell with 4, 12, 36 and 108 epochs, each evaluated halfway and at its end: a training of 108
epochs halfway is the fidelity 54. Every number of epochs is a training of its own, with a learning rate that falls to
zero at its end.
"""

from functools import cache

import numpy as np

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.catalog.nas_bench_101 import METRICS as COMPUTED
from nas_problems.cell.cost101 import costs
from nas_problems.cell.index101 import cell_index, listed_space
from nas_problems.datasets import nas_bench_101_full
from nas_problems.datasets.nas_bench_101_full import SPLITS
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem

METRICS = {
    "validation_accuracy": Metric("validation_accuracy", "%", maximize=True, penalty=100.0),
    "train_accuracy": Metric("train_accuracy", "%", maximize=True, penalty=100.0),
    "test_accuracy": COMPUTED["test_accuracy"],
    "train_seconds": Metric("train_seconds", "s", penalty=1e6),
    "n_parameters": COMPUTED["n_parameters"],
    "flops": COMPUTED["flops"],
}


@cache
def evaluator() -> TableEvaluator:
    """The table; read once per process."""
    table = nas_bench_101_full.load()
    marks = [(epochs / 2, level, 0) for level, epochs in enumerate(table.epochs)]
    marks += [(float(epochs), level, 1) for level, epochs in enumerate(table.epochs)]
    marks.sort()
    stages = [(level, stage) for _, level, stage in marks]
    values = {"train_seconds": np.stack([table.seconds[level, :, :, stage] for level, stage in stages]).astype(float)}
    for i, split in enumerate(SPLITS):
        shares = [table.accuracy[level, :, :, stage, i] for level, stage in stages]
        values[f"{split}_accuracy"] = 100 * np.stack(shares).astype(np.float64)
    computed = costs(cell_index())
    values["n_parameters"] = _everywhere(computed.n_parameters.astype(np.float64), len(marks))
    values["flops"] = _everywhere(computed.flops.astype(np.float64), len(marks))
    epochs = tuple(int(mark) for mark, _, _ in marks)
    return TableEvaluator(listed_space(), values, METRICS, Fidelities("epochs", epochs), cost_metric="train_seconds")


def _everywhere(values: FloatArray, n_levels: int) -> FloatArray:
    """What is the same at all fidelities, (levels, cells, 1), without copies."""
    return np.broadcast_to(values[None, :, None], (n_levels, len(values), 1))


@nas_problems.register(
    "nb101-full", summary="NAS-Bench-101 on CIFAR-10, validation error, from the whole file", family="nas101"
)
def _problem() -> Problem:
    return Problem(
        name="nb101-full",
        function_id=20_602,
        base_space=listed_space(),
        evaluator=evaluator(),
        objectives=(METRICS["validation_accuracy"],),
        source="ying2019",
        test_metric="test_accuracy",
    )
