"""A YAHPO configuration, in batches and one call at a time, from codes to minimised values.

    IOHNAS_DATA=... python benchmarks/bench_yahpo.py

The rival is the same model called for one configuration after another, as yahpo-gym's ``objective_function`` is
used in a loop. Both sides must give the same values.
"""

import sys
import time
from collections.abc import Iterator

import numpy as np

import nas_problems
from benchmarks.measure import Row, show
from nas_problems.datasets.upstream import DataUnavailableError

PROBLEMS = ("yahpo-rbv2_xgboost-40981", "yahpo-lcbench-3945", "yahpo-rbv2_rpart-40981", "yahpo-iaml_glmnet-1067")


def rows() -> Iterator[Row]:
    """Times; both ways give the same values, or this fails."""
    for name in PROBLEMS:
        try:
            problem = nas_problems.make(name)
            Z = problem.space.sample(2000, np.random.default_rng(1))
            problem(Z[:4])
        except (DataUnavailableError, ImportError) as error:
            print(f"{name}: skipped: {error}", file=sys.stderr)
            continue
        start = time.perf_counter()
        y = problem(Z)
        batch = (time.perf_counter() - start) / len(Z)
        start = time.perf_counter()
        singles = [problem(z[None])[0] for z in Z[:300]]
        single = (time.perf_counter() - start) / len(singles)
        assert np.array_equal(singles, y[:300])
        yield Row(f"{name}, per configuration of a batch", 1e6 * batch, "us", {"one at a time": 1e6 * single})


if __name__ == "__main__":
    show(rows())
