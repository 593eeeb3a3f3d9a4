"""A logged ioh evaluation of NAS-Bench-201, compared with bare ioh with the same logger.

    python benchmarks/bench_log.py

Bare ioh wraps a plain look-up: it checks no input, and its bounds are common to all variables.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ioh
import numpy as np

import nas_problems
from benchmarks.measure import Row, alternate, show
from nas_problems.adapters.ioh import as_ioh
from optimizers.ioh_write import write_log
from optimizers.runlog import RunLog

N = 20_000
TRIGGERS = [ioh.logger.trigger.ON_IMPROVEMENT]


def rows() -> Iterator[Row]:
    """Times; both sides agree, or this fails."""
    problem = nas_problems.make("nb201-cifar10")
    codes = problem.space.sample(N, np.random.default_rng(1)).tolist()
    values = problem.tabulate().reshape((5,) * 6).tolist()

    def look_up(x: list[int]) -> float:
        a, b, c, d, e, f = x
        value: float = values[a][b][c][d][e][f]
        return value

    ours = as_ioh(problem)
    bare = ioh.wrap_problem(look_up, "bare", ioh.ProblemClass.INTEGER, 6, lb=0, ub=4)
    bests = []
    for wrapped in (ours, bare):
        with tempfile.TemporaryDirectory() as folder:
            bests.append(_logged(wrapped, codes, Path(folder)))
    assert bests[0] == bests[1], bests
    assert [ours(code) for code in codes[:100]] == [bare(code) for code in codes[:100]]
    ours.reset(), bare.reset()
    seconds = alternate(
        {
            "ours": lambda: _in_new_folder(lambda folder: _logged(ours, codes, folder)),
            "bare": lambda: _in_new_folder(lambda folder: _logged(bare, codes, folder)),
            "run log": lambda: _in_new_folder(lambda folder: _run_log(problem, codes, folder)),
        }
    )
    per_row = {name: 1e6 * total / N for name, total in seconds.items()}
    yield Row("logged ioh evaluation", per_row["ours"], "us", {"bare ioh": per_row["bare"]}, target_ratio=0.8)
    what = "evaluation in a run's log, every row with position, regret, cost, failures and distinct candidates"
    yield Row(what, per_row["run log"], "us", {"bare ioh, improvements only": per_row["bare"]})


def _in_new_folder(call: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        call(Path(folder))


def _logged(problem: Any, codes: list[list[int]], folder: Path) -> tuple[int, float]:
    """Evaluate all codes; the logged number of evaluations and the best value."""
    logger = ioh.logger.Analyzer(triggers=TRIGGERS, root=str(folder), folder_name="log", algorithm_name="benchmark")
    problem.attach_logger(logger)
    for code in codes:
        problem(code)
    problem.reset()
    problem.detach_logger()
    logger.close()
    (path,) = (folder / "log").glob("*.json")
    (run,) = json.loads(path.read_text())["scenarios"][0]["runs"]
    return run["evals"], run["best"]["y"]


def _run_log(problem: nas_problems.Problem, codes: list[list[int]], folder: Path) -> None:
    """The same evaluations as a batch, then written as ``optimizers.run`` writes them."""
    Z, ones = np.array(codes), np.ones(len(codes))
    evaluations = problem.evaluate(Z, metrics=problem.objective_metrics)
    y, own = problem.minimised(evaluations), problem.fidelities.check(problem.fidelities.full, len(codes))
    log = RunLog(
        "benchmark", problem.label, 1, "uniform", Z, y, evaluations.cost_seconds, evaluations.failed, own, ones
    )
    write_log(folder / "log", problem, log)


if __name__ == "__main__":
    show(rows())
