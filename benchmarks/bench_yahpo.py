"""YAHPO configurations per second, in batches and one call at a time, from codes to minimised values.

    IOHNAS_DATA=... python benchmarks/bench_yahpo.py

The rival is the same model called for one configuration after another, as yahpo-gym's ``objective_function`` is
used in a loop. Both sides must give the same values.
"""

import time

import numpy as np

import nas_problems
from nas_problems.datasets.upstream import DataUnavailableError

PROBLEMS = ("yahpo-rbv2_xgboost-40981", "yahpo-lcbench-3945", "yahpo-rbv2_rpart-40981", "yahpo-iaml_glmnet-1067")


def main() -> None:
    """Print configurations per second and agreement."""
    for name in PROBLEMS:
        try:
            problem = nas_problems.make(name)
            Z = problem.space.sample(2000, np.random.default_rng(1))
            problem(Z[:4])
        except (DataUnavailableError, ImportError) as error:
            print(f"{name}: skipped: {error}")
            continue
        start = time.perf_counter()
        y = problem(Z)
        batch = len(Z) / (time.perf_counter() - start)
        start = time.perf_counter()
        singles = [problem(z[None])[0] for z in Z[:300]]
        single = len(singles) / (time.perf_counter() - start)
        assert np.array_equal(singles, y[:300])
        print(f"{name}: {batch:,.0f} per second in a batch of {len(Z)}, {single:,.0f} one at a time; same values")


if __name__ == "__main__":
    main()
