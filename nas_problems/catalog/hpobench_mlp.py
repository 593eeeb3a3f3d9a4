"""HPOBench MLP: 30,000 configurations of a multi-layer perceptron, trained on eight OpenML tasks."""

from functools import cache, partial

import nas_problems
from nas_problems.datasets.hpo_bench import MLP
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem
from nas_problems.space import Ordinal, SearchSpace

_ALPHAS = (
    1e-8,
    7.742637e-8,
    5.994842e-7,
    4.641589e-6,
    3.5938137e-5,
    2.7825593e-4,
    2.1544348e-3,
    1.6681006e-2,
    1.2915497e-1,
    1.0,
)
_LEARNING_RATES = (
    1e-5,
    3.5938137e-5,
    1.2915497e-4,
    4.641589e-4,
    1.6681006e-3,
    5.9948424e-3,
    2.1544347e-2,
    7.742637e-2,
    2.7825594e-1,
    1.0,
)

SPACE = SearchSpace(
    (
        Ordinal("alpha", _ALPHAS),
        Ordinal("batch_size", (4, 6, 10, 16, 25, 40, 64, 101, 161, 256)),
        Ordinal("depth", (1, 2, 3)),
        Ordinal("initial_learning_rate", _LEARNING_RATES),
        Ordinal("width", (16, 25, 40, 64, 101, 161, 256, 406, 645, 1024)),
    )
)
"""The space of the eight tasks."""

METRICS = {
    "validation_accuracy": Metric("validation_accuracy", "%", maximize=True, penalty=100.0),
    "validation_precision": Metric("validation_precision", "%", maximize=True, penalty=100.0),
    "validation_f1": Metric("validation_f1", "%", maximize=True, penalty=100.0),
    "train_seconds": Metric("train_seconds", "s", penalty=1e6),
}


@cache
def _evaluator(dataset: str) -> TableEvaluator:
    raw = MLP[dataset].load(tuple(n for n in SPACE.n_choices if n is not None))
    values = {
        "validation_accuracy": 100 * raw["val_acc"][None],
        "validation_precision": 100 * raw["val_precision"][None],
        "validation_f1": 100 * raw["val_f1"][None],
        "train_seconds": raw["train_time"][None],
    }
    return TableEvaluator(SPACE, values, METRICS, Fidelities("epochs", (243,)), cost_metric="train_seconds")


def _problem(dataset: str, function_id: int) -> Problem:
    return Problem(
        name=f"mlp-{dataset}",
        function_id=function_id,
        base_space=SPACE,
        evaluator=_evaluator(dataset),
        objectives=(METRICS["validation_accuracy"],),
        source="eggensperger2021",
    )


for _i, _dataset in enumerate(MLP):
    nas_problems.register(
        f"mlp-{_dataset}",
        summary=f"HPOBench MLP on {_dataset}, validation error",
        family="mlp",
        files=(MLP[_dataset],),
    )(partial(_problem, _dataset, 20_201 + _i))
