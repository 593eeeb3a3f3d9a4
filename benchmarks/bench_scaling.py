"""How studies scale: speed-up on two processes, overhead per run, and what it allows on up to 1,000 workers.

python benchmarks/bench_scaling.py [--quick]

Speed-ups are ratios of wall times on one and on two processes, measured in turns after both have started
and loaded what they need; other load on the machine makes them smaller. Overheads are processor seconds of
this process, which hands runs out and takes results in, and limits how many workers it can keep busy.
"""

import argparse
import heapq
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.measure import Row, show
from experiments.executor import Executor, Failure
from experiments.executors.dask_cluster import DaskExecutor, batch_size, local_cluster
from experiments.executors.local import LocalExecutor
from experiments.folder import StudyFolder
from experiments.session import work_on
from experiments.study import Study

STUDIES = {
    "training": Study(("train-mlp-digits",), ("random-search",), budget=8, runs=12, fidelity=3),
    "nevergrad": Study(
        ("nb201-cifar10", "fcnet-protein"), ("nevergrad:DE", "nevergrad:PSO", "nevergrad:CMA"), budget=40, runs=4
    ),
    "tables": Study(("nb201-cifar10", "fcnet-protein"), ("local-search", "aging-evolution"), budget=100, runs=60),
}
SHORTEST = Study(("nb201-cifar10",), ("random-search",), budget=1, runs=400)
N_WORKERS = (1, 2, 4, 16, 64, 256, 1000)
RUN_SECONDS = (0.01, 0.1, 1.0, 10.0, 60.0)


def wall_seconds(study: Study, executor: Executor) -> float:
    """Time that a study takes with workers that are ready."""
    with tempfile.TemporaryDirectory() as place:
        folder = StudyFolder.prepare(Path(place) / "study", study)
        started = time.perf_counter()
        for run, outcome in work_on(folder, executor):
            if isinstance(outcome, Failure):
                raise RuntimeError(f"{run.key}: {outcome.reason}\n{outcome.details}")
        return time.perf_counter() - started


def speed_up(name: str, study: Study, *, repetitions: int) -> Row:
    """How much faster two processes are than one, and what their start takes."""
    with closing(LocalExecutor(1)) as one, closing(LocalExecutor(2)) as two:
        warm = replace(study, runs=2)
        start = wall_seconds(warm, one)
        wall_seconds(warm, two)
        # a new seed each time: processes keep what they have trained
        fresh = [replace(study, seed=study.seed + 1 + i) for i in range(repetitions)]
        pairs = [(wall_seconds(each, one), wall_seconds(each, two)) for each in fresh]
    ratios = [alone / together for alone, together in pairs]
    n_runs = len(study.plan())
    alone, together = (statistics.median(times) for times in zip(*pairs, strict=True))
    note = f"pairs {min(ratios):.2f} to {max(ratios):.2f}, first {len(warm.plan())} runs with start {start:.1f} s"
    what = f"{name} study, {n_runs} runs, two processes"
    return Row(what, together, "s", {"one process": alone}, target_ratio=1.8, note=note)


@contextmanager
def executors() -> Iterator[dict[str, Executor]]:
    """What is compared; Dask also with one task per run."""
    dask = partial(DaskExecutor, partial(local_cluster, 1, {}))
    with closing(LocalExecutor(1)) as local, closing(dask()) as batches, closing(dask(is_batching=False)) as single:
        yield {"local": local, "dask, batches": batches, "dask, one by one": single}


def overheads() -> dict[str, tuple[float, float]]:
    """Processor seconds of this process, and wall seconds, per run of one evaluation, by executor."""
    seconds = {}
    with executors() as sides:
        for name, executor in sides.items():
            wall_seconds(replace(SHORTEST, runs=50), executor)
            with tempfile.TemporaryDirectory() as place:
                folder = StudyFolder.prepare(Path(place) / "study", SHORTEST)
                before, started = time.process_time(), time.perf_counter()
                n_runs = sum(1 for _ in work_on(folder, executor))
                own = (time.process_time() - before) / n_runs
                seconds[name] = own, (time.perf_counter() - started) / n_runs
    return seconds


def efficiency(n_workers: int, run_seconds: float, overhead_seconds: float, n_runs: int) -> float:
    """Share of the workers' time that is work, where every run must first be handed out by one process.

    Args:
        n_workers: Number of workers.
        run_seconds: Duration of a run.
        overhead_seconds: Time that the process which hands runs out spends on each.
        n_runs: Number of runs.
    """
    free = [0.0] * n_workers
    handed_out = 0.0
    for _ in range(n_runs):
        handed_out = max(handed_out, heapq.heappop(free)) + overhead_seconds
        heapq.heappush(free, handed_out + run_seconds)
    return n_runs * run_seconds / (n_workers * max(free))


def print_simulation(overheads: dict[str, float]) -> None:
    """Print the efficiency on 1 to 1,000 workers with the measured overheads, 50 runs for each worker."""
    single, batched = overheads["dask, one by one"], overheads["dask, batches"]
    models: dict[str, Callable[[float, int], float]] = {
        "local": lambda seconds, n_workers: overheads["local"],
        "dask, one by one": lambda seconds, n_workers: single,
        "dask": lambda seconds, n_workers: batched + max(single - batched, 0.0) / batch_size(seconds, n_workers),
    }
    for name, overhead in models.items():
        print(f"simulated efficiency, {name}")
        print("  run takes  " + "".join(f"{n:>8}" for n in N_WORKERS) + "  workers")
        for seconds in RUN_SECONDS:
            shares = [efficiency(n, seconds, overhead(seconds, n), 50 * n) for n in N_WORKERS]
            print(f"  {seconds:>7g} s  " + "".join(f"{share:>8.2f}" for share in shares))


def rows() -> Iterator[Row]:
    """Speed-ups, then overheads."""
    yield from speed_ups()
    yield from overhead_rows(overheads())


def speed_ups(*, is_quick: bool = False) -> Iterator[Row]:
    """Of every study; ``is_quick``: with a third of the runs, once."""
    for name, study in STUDIES.items():
        wanted = replace(study, runs=max(4, study.runs // 3)) if is_quick else study
        yield speed_up(name, wanted, repetitions=1 if is_quick else 3)


def overhead_rows(measured: Mapping[str, tuple[float, float]]) -> Iterator[Row]:
    """Of what ``overheads`` found."""
    for name, (own, wall) in measured.items():
        note = f"a run of one evaluation takes one worker {1e3 * wall:.2f} ms"
        yield Row(f"handing out a run, {name}", 1e3 * own, "ms", note=note)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a third of the runs, once")
    show(speed_ups(is_quick=parser.parse_args().quick))
    measured = overheads()
    show(overhead_rows(measured))
    print_simulation({name: own for name, (own, _) in measured.items()})


if __name__ == "__main__":
    main()
