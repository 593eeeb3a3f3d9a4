"""NAS-Bench-Macro: all 6,561 networks of eight layers with three kinds of block, on CIFAR-10."""

import json
from functools import cache

import numpy as np

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.cell.macro import BLOCKS, SPACE
from nas_problems.datasets.cache import load_cached
from nas_problems.datasets.upstream import UpstreamFile
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem

FILE = UpstreamFile(
    "nas_bench_macro/nas-bench-macro_cifar10.json",
    "https://raw.githubusercontent.com/xiusu/NAS-Bench-Macro/"
    "61a2bfc2ca0dce04d0997e6cf498047c27d6acf2/data/nas-bench-macro_cifar10.json",
    "686dee8363cc21cca8c1f321ad5749454f2d9b9ca5972682e137e539bc522297",
    "Apache-2.0",
)

__all__ = ["BLOCKS", "FILE", "METRICS", "SPACE"]

METRICS = {
    "test_accuracy": Metric("test_accuracy", "%", maximize=True, penalty=100.0),
    "n_parameters": Metric("n_parameters", penalty=1e8, zero_cost=True),
    "flops": Metric("flops", penalty=1e10, zero_cost=True),
}
"""The publication has one accuracy per network and seed, on the test images; it is what is searched."""


@cache
def _evaluator() -> TableEvaluator:
    arrays = load_cached(f"nas-bench-macro-{FILE.sha256[:16]}", _arrays)
    values = {name: array[None] for name, array in arrays.items()}
    return TableEvaluator(SPACE, values, METRICS, Fidelities("epochs", (50,)))


def _arrays() -> dict[str, FloatArray]:
    table = json.loads(FILE.read())
    rows = SPACE.index_of(np.array([[int(digit) for digit in key] for key in table]))
    if len(np.unique(rows)) != SPACE.size:
        raise ValueError(f"table: wanted {SPACE.size} networks, found {len(np.unique(rows))}")
    order = np.argsort(rows)
    records = list(table.values())
    columns = {
        "test_accuracy": np.array([record["test_acc"] for record in records]),
        "n_parameters": np.array([[record["params"]] for record in records], dtype=np.float64),
        "flops": np.array([[record["flops"]] for record in records], dtype=np.float64),
    }
    return {name: column[order] for name, column in columns.items()}


@nas_problems.register(
    "macro-cifar10", summary="NAS-Bench-Macro on CIFAR-10, test error", family="macro", files=(FILE,)
)
def _problem() -> Problem:
    return Problem(
        name="macro-cifar10",
        function_id=20_501,
        base_space=SPACE,
        evaluator=_evaluator(),
        objectives=(METRICS["test_accuracy"],),
        source="su2021",
    )
