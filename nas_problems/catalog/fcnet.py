"""HPOLib FCNet: 62,208 configurations of a two-layer network, trained on four regression tasks."""

from functools import cache, partial

import nas_problems
from nas_problems.datasets.hpo_bench import FCNET
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import Problem
from nas_problems.space import Categorical, Ordinal, SearchSpace

_UNITS = (16, 32, 64, 128, 256, 512)

SPACE = SearchSpace(
    (
        Categorical("activation_1", ("relu", "tanh")),
        Categorical("activation_2", ("relu", "tanh")),
        Ordinal("batch_size", (8, 16, 32, 64)),
        Ordinal("dropout_1", (0.0, 0.3, 0.6)),
        Ordinal("dropout_2", (0.0, 0.3, 0.6)),
        Ordinal("initial_learning_rate", (5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 1e-1)),
        Categorical("learning_rate_schedule", ("cosine", "const")),
        Ordinal("n_units_1", _UNITS),
        Ordinal("n_units_2", _UNITS),
    )
)
"""The space of the four tasks."""

METRICS = {
    "validation_mse": Metric("validation_mse", penalty=1e9),
    "train_seconds": Metric("train_seconds", "s", penalty=1e6),
    "n_parameters": Metric("n_parameters", penalty=1e8, zero_cost=True),
}


@cache
def _evaluator(dataset: str) -> TableEvaluator:
    raw = FCNET[dataset].load(tuple(n for n in SPACE.n_choices if n is not None))
    values = {
        "validation_mse": raw["val_loss"][None],
        "train_seconds": raw["train_time"][None],
        "n_parameters": raw["model_size"][None],
    }
    return TableEvaluator(SPACE, values, METRICS, Fidelities("epochs", (100,)), cost_metric="train_seconds")


def _problem(dataset: str, function_id: int) -> Problem:
    return Problem(
        name=f"fcnet-{dataset}",
        function_id=function_id,
        base_space=SPACE,
        evaluator=_evaluator(dataset),
        objectives=(METRICS["validation_mse"],),
        source="klein2019",
    )


for _i, _dataset in enumerate(FCNET):
    nas_problems.register(
        f"fcnet-{_dataset}",
        summary=f"HPOLib FCNet on {FCNET[_dataset].dataset}, validation MSE",
        family="fcnet",
        files=(FCNET[_dataset],),
    )(partial(_problem, _dataset, 20_101 + _i))
