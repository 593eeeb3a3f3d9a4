"""Chain CNNs: three stacks of convolutions and two dense layers, 23 variables, on three image sets.

The problems ``chaincnn-*`` are surrogates: forests fitted on the 2 x 1000 published trainings of each image
set. Results on them are results on a model of the landscape, not on the landscape.

Source: vanstein2020, section 3 and table 1.
"""

import hashlib
from collections.abc import Mapping
from functools import cache, partial

import numpy as np

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.datasets.cache import load_cached
from nas_problems.datasets.chain_cnn import COLUMNS, FILES, ChainTable, load_table
from nas_problems.evaluation import Metric
from nas_problems.evaluators.forest import Forest, ForestEvaluator
from nas_problems.problem import Problem
from nas_problems.space import Codes, Integer, Real, SearchSpace


def make_space(
    *,
    strides: tuple[int, int],
    filters: tuple[int, int],
    kernels: tuple[int, int],
    dropout: tuple[float, float],
    learning_rate: tuple[float, float],
    l2: tuple[float, float],
    dense: tuple[int, int],
) -> SearchSpace:
    """The 23 variables with these ranges, both ends included."""
    return SearchSpace(
        (
            *(Integer(f"s_{i}", *strides) for i in range(3)),
            *(Integer(f"filters_{i}", *filters) for i in range(3)),
            *(Integer(f"k_{i}", *kernels) for i in range(6)),
            *(Real(f"dropout_{i}", *dropout) for i in range(7)),
            Real("lr", *learning_rate),
            Real("l2", *l2),
            *(Integer(f"dense_size_{i}", *dense) for i in range(2)),
        )
    )


INITIAL = make_space(
    strides=(1, 4),
    filters=(10, 599),
    kernels=(1, 7),
    dropout=(1e-5, 0.9),
    learning_rate=(1e-5, 1e-2),
    l2=(1e-5, 1e-2),
    dense=(0, 1999),
)
"""The initial range. Differs: table 1 prints integer ranges as (1, 5]; the published rows (and numpy's
``randint``) have the lower end and not the upper one."""

REDUCED = make_space(
    strides=(2, 4),
    filters=(250, 399),
    kernels=(3, 6),
    dropout=(0.1, 0.4),
    learning_rate=(4e-3, 9e-3),
    l2=(5e-4, 3e-3),
    dense=(500, 1499),
)
"""The range that the paper proposes after looking at the best 5 %."""

METRICS = {
    "validation_accuracy": Metric("validation_accuracy", "%", maximize=True, penalty=100.0),
    "train_seconds": Metric("train_seconds", "s", penalty=1e6),
}

_VERSION = 1  # of the forests; part of the cache's key
DATASETS = ("mnist", "fashion", "cifar10")


def codes_of(values: FloatArray) -> Codes:
    """The 23 variables as published (n, 23) to codes of ``INITIAL``, shape (n, 23).

    Raises:
        ValueError: A value outside the initial range.
    """
    return INITIAL.encode([dict(zip(COLUMNS, row, strict=True)) for row in values.tolist()])


def training_rows(dataset: str) -> tuple[Codes, Mapping[str, FloatArray]]:
    """The published trainings of both ranges: codes (2000, 23) of ``INITIAL``, and metric -> values (2000,).

    Raises:
        DataUnavailableError: See ``load_table``.
    """
    tables: list[ChainTable] = [load_table(dataset, which) for which in ("initial", "reduced")]
    Z = np.concatenate([codes_of(table.values) for table in tables])
    return Z, {
        "validation_accuracy": np.concatenate([table.accuracy for table in tables]),
        "train_seconds": np.concatenate([table.train_seconds for table in tables]),
    }


@cache
def forests(dataset: str) -> Mapping[str, Forest]:
    """The surrogate's forests, fitted once and then read from the cache.

    Raises:
        DataUnavailableError: See ``load_table``.
    """
    hashes = "".join(FILES[dataset, which].sha256 for which in ("initial", "reduced"))
    key = hashlib.sha256(f"{_VERSION} {hashes}".encode()).hexdigest()[:16]

    def build() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
        Z, values = training_rows(dataset)
        return {
            f"{name}.{part}": array
            for name, column in values.items()
            for part, array in Forest.fit(Z, column).arrays.items()
        }

    stored = load_cached(f"chaincnn-{dataset}-{key}", build)
    return {
        name: Forest.from_arrays({part.rpartition(".")[2]: stored[part] for part in stored if part.startswith(name)})
        for name in METRICS
    }


def held_out(dataset: str, *, n_folds: int = 5, seed: int = 0) -> dict[str, dict[str, float]]:
    """How well the surrogate predicts trainings that it has not seen.

    Args:
        dataset: ``mnist``, ``fashion`` or ``cifar10``.
        n_folds: Folds of the cross-validation over all 2000 rows.
        seed: Seed of the folds.

    Returns:
        ``initial`` and ``reduced`` (rows of that range) -> ``r2`` and ``spearman`` of validation accuracy.

    Raises:
        DataUnavailableError: See ``load_table``.
    """
    from scipy.stats import spearmanr

    Z, values = training_rows(dataset)
    y = values["validation_accuracy"]
    fold = np.random.default_rng(seed).permutation(len(y)) % n_folds
    predicted = np.empty(len(y))
    for part in range(n_folds):
        predicted[fold == part] = Forest.fit(Z[fold != part], y[fold != part]).predict(Z[fold == part])
    report = {}
    for which, rows in (("initial", slice(0, 1000)), ("reduced", slice(1000, 2000))):
        residual = np.sum((y[rows] - predicted[rows]) ** 2)
        r2 = 1 - residual / np.sum((y[rows] - y[rows].mean()) ** 2)
        report[which] = {"r2": float(r2), "spearman": float(spearmanr(y[rows], predicted[rows])[0])}
    return report


@cache
def _evaluator(dataset: str) -> ForestEvaluator:
    return ForestEvaluator(partial(forests, dataset), METRICS, cost_metric="train_seconds")


def _problem(dataset: str, function_id: int) -> Problem:
    return Problem(
        name=f"chaincnn-{dataset}",
        function_id=function_id,
        base_space=INITIAL,
        evaluator=_evaluator(dataset),
        objectives=(METRICS["validation_accuracy"],),
        source="vanstein2020",
    )


for _i, _dataset in enumerate(DATASETS):
    nas_problems.register(
        f"chaincnn-{_dataset}",
        summary=f"Chain CNN on {_dataset}, validation error (surrogate of published trainings)",
        family="chaincnn",
        files=[file for (dataset, _), file in FILES.items() if dataset == _dataset],
    )(partial(_problem, _dataset, 20_401 + _i))
