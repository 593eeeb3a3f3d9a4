"""NAS-Bench-101: all 423,624 cells, trained three times for 108 epochs on CIFAR-10.

The only public table that is small enough has only the *test* accuracy, so that is what is searched, and the
metric says so. ``iohnas data import`` converts the whole published file, for those who have it.
"""

from functools import cache

import numpy as np

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.cell.cost101 import costs
from nas_problems.cell.hash101 import hash_order
from nas_problems.cell.index101 import N_CELLS, cell_index, listed_space
from nas_problems.datasets.cache import load_cached
from nas_problems.datasets.nas_bench_101 import ACCURACIES, read_column
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.invalid import Invalid, with_invalid
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem

EPOCHS = Fidelities("epochs", (108,))

METRICS = {
    "test_accuracy": Metric("test_accuracy", "%", maximize=True, penalty=100.0),
    "n_parameters": Metric("n_parameters", penalty=1e9, zero_cost=True),
    "flops": Metric("flops", penalty=1e12, zero_cost=True),
}
"""The accuracy is the mean of three trainings; single ones are not published in this form. The other two are
computed; see ``nas_problems.cell.cost101``.
"""


@cache
def _evaluator() -> TableEvaluator:
    arrays = load_cached(f"nas-bench-101-{ACCURACIES.sha256[:16]}", _arrays)
    values = {name: array[None, :, None] for name, array in arrays.items()}
    return TableEvaluator(listed_space(), values, METRICS, EPOCHS)


def _arrays() -> dict[str, FloatArray]:
    correct = np.empty(N_CELLS)  # of three runs on 9,984 images; the file has the share in single precision
    correct[hash_order()] = np.rint(3 * 9_984 * read_column(ACCURACIES.read(), "accuracy", N_CELLS))
    computed = costs(cell_index())
    return {
        "test_accuracy": correct / 299.52,
        "n_parameters": computed.n_parameters.astype(np.float64),
        "flops": computed.flops.astype(np.float64),
    }


@nas_problems.register(
    "nb101-cifar10",
    summary="NAS-Bench-101 on CIFAR-10, test error after 108 epochs",
    family="nas101",
    files=(ACCURACIES,),
)
def _problem(*, invalid: Invalid = "refused") -> Problem:
    problem = Problem(
        name="nb101-cifar10",
        function_id=20_601,
        base_space=listed_space(),
        evaluator=_evaluator(),
        objectives=(METRICS["test_accuracy"],),
        source="ying2019",
    )
    return with_invalid(problem, invalid)
