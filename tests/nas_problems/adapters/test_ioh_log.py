"""ioh problems at work: replaced evaluations, replays, logs, threads and processes."""

import gc
import json
import math
import multiprocessing
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ioh
import numpy as np
import pytest

import nas_problems
from nas_problems import Problem
from nas_problems.adapters.ioh import Code, as_ioh, as_replayed_ioh
from tests.nas_problems import tiny
from tests.nas_problems.adapters import spawned
from tests.nas_problems.adapters.logged import ALWAYS, analyzer, read_back

pytestmark = pytest.mark.usefixtures("_only_logs_are_written")

CODES: tuple[Code, ...] = ("integer", "box")


# ---- the evaluation can be replaced, or replayed


def test_value_is_asked_with_a_checked_code_and_what_it_raises_counts_nothing(problem: Problem) -> None:
    seen: list[list[int]] = []

    def value(z: Any) -> float:
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(z.tolist())
        return 0.5

    for code in CODES:
        seen.clear()
        wrapped = as_ioh(problem, code=code, value=value)
        Z = problem.space.sample(3, np.random.default_rng(0))
        with pytest.raises(ValueError, match="wanted"):
            wrapped([99, 0, 0])
        with pytest.raises(KeyboardInterrupt):
            wrapped(wrapped.to_points(Z))
        assert seen == Z[:2].tolist()
        assert wrapped.state.evaluations == 2


@pytest.mark.parametrize("make", tiny.ALL)
def test_a_replay_logs_what_evaluating_logs(make: Callable[[], Problem], tmp_path: Path) -> None:
    problem = make()
    code: Code = "integer" if problem.space.is_finite else "box"
    Z = problem.space.sample(6, np.random.default_rng(3))
    evaluated, replayed = as_ioh(problem, code=code), as_replayed_ioh(problem, code=code)
    X = evaluated.to_points(Z).tolist()
    y = problem(problem.space.from_box(X) if code == "box" else Z).tolist()
    contents = []
    for wrapped in (evaluated, replayed):
        folder = tmp_path / str(wrapped is replayed)
        logger = analyzer(folder)
        wrapped.attach_logger(logger)
        for x, value in zip(X, y, strict=True):
            assert value == (wrapped(x) if wrapped is evaluated else wrapped.record(x, value))
        wrapped.reset()
        wrapped.detach_logger()
        logger.close()
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        contents.append([(path.name, path.read_bytes()) for path in files])
    assert contents[0] == contents[1]


def test_a_replay_does_not_evaluate(problem: Problem) -> None:
    replay = as_replayed_ioh(problem.variant(noise="sampled"))
    with pytest.raises(RuntimeError, match="record"):
        replay([0, 0, 0])
    for y in (math.nan, math.inf):
        with pytest.raises(ValueError, match="finite"):
            replay.record([0, 0, 0], y)
    with pytest.raises(ValueError, match="list of 3 numbers"):
        replay.record([0, 0], 1.0)
    boxed = as_replayed_ioh(problem, code="box")
    with pytest.raises(ValueError, match="list of 3 numbers"):
        boxed.record([0.0, 0.0, math.nan], 1.0)
    assert replay.state.evaluations == boxed.state.evaluations == 0


# ---- logs


def test_logs_are_read_back_with_the_same_evaluations(tmp_path: Path) -> None:
    problem = tiny.flaky_problem().variant(instance=2)
    wrapped = as_ioh(problem)
    logger = analyzer(tmp_path)
    wrapped.attach_logger(logger)
    runs = []
    for seed in range(3):
        Z = problem.space.sample(10, np.random.default_rng(seed))
        runs.append((Z, wrapped(Z)))
        wrapped.reset()
    wrapped.detach_logger()
    logger.close()
    frame = read_back(tmp_path)
    assert set(frame["function_id"]) == {903}
    assert set(frame["function_name"]) == {"tiny-flaky"}
    assert set(frame["instance"]) == {2}
    assert frame["evaluations"].to_list() == [*range(1, 11)] * 3
    np.testing.assert_allclose(frame["raw_y"].to_numpy(), np.concatenate([y for _, y in runs]), atol=1e-9)
    logged = frame.select("x0", "x1", "x2").to_numpy()
    np.testing.assert_array_equal(logged, np.concatenate([Z for Z, _ in runs]))


def test_a_constant_run_of_failures_stays_in_the_log(tmp_path: Path) -> None:
    wrapped = as_ioh(tiny.flaky_problem())
    failing = wrapped.problem.space.from_index([7]).tolist()
    logger = analyzer(tmp_path)
    wrapped.attach_logger(logger)
    for _ in range(2):
        assert wrapped(failing * 4) == [100.0] * 4
        wrapped.reset()
    wrapped.detach_logger()
    logger.close()
    info = json.loads(next(tmp_path.rglob("*.json")).read_text())
    assert [run["best"]["y"] for run in info["scenarios"][0]["runs"]] == [100, 100]
    assert len(read_back(tmp_path)) == 8


def test_an_attached_logger_is_kept_alive(problem: Problem, tmp_path: Path) -> None:
    wrapped = as_ioh(problem)
    wrapped.attach_logger(analyzer(tmp_path))  # no other reference
    gc.collect()
    wrapped([[0, 0, 0], [1, 1, 1]])
    wrapped.reset()
    wrapped.detach_logger()
    assert len(read_back(tmp_path)) == 2
    wrapped.detach_logger()  # nothing attached: nothing happens


@pytest.mark.parametrize("closed_first", [True, False])
def test_the_name_of_the_suite_is_in_the_log(closed_first: bool, problem: Problem, tmp_path: Path) -> None:
    wrapped = as_ioh(problem, suite="mine")
    logger = analyzer(tmp_path)
    wrapped.attach_logger(logger)
    wrapped([0, 0, 0])
    if closed_first:
        logger.close()
    else:
        wrapped.reset()
    wrapped.detach_logger()
    logger.close()
    del logger
    gc.collect()
    info = json.loads(next(tmp_path.rglob("*.json")).read_text())
    assert info["suite"] == "mine"
    assert [run["evals"] for run in info["scenarios"][0]["runs"]] == [1]
    assert not list(tmp_path.rglob("*.part"))


def test_other_loggers_of_ioh_follow_too(problem: Problem, tmp_path: Path) -> None:
    triggers, properties = [ALWAYS], [ioh.logger.property.RAWYBEST]  # ioh keeps no reference to any of these
    store, written = ioh.logger.Store(triggers, properties), analyzer(tmp_path)
    both = ioh.logger.Combine([store, written])
    wrapped = as_ioh(problem)
    wrapped.attach_logger(both)
    y = wrapped([[0, 0, 0], [2, 3, 2]])
    wrapped.reset()
    wrapped.detach_logger()
    written.close()
    assert list(store.data()["None"][901][3][1][0].values()) == [{"raw_y_best": y[0]}, {"raw_y_best": min(y)}]
    assert read_back(tmp_path)["raw_y"].to_list() == y


def test_constraints_added_through_ioh_are_in_what_a_call_returns(problem: Problem) -> None:
    wrapped = as_ioh(problem)
    free = wrapped([0, 0, 0])
    constraint = ioh.IntegerConstraint(lambda x: 1.0, enforced=ioh.ConstraintEnforcement.SOFT)
    wrapped.add_constraint(constraint)
    assert wrapped([0, 0, 0]) == free + 1.0


# ---- threads, memory, other processes


def test_threads_count_every_evaluation_once_with_its_own_value(problem: Problem, tmp_path: Path) -> None:
    wrapped = as_ioh(problem)
    logger = analyzer(tmp_path)
    wrapped.attach_logger(logger)
    parts = [problem.space.sample(500, np.random.default_rng(seed)) for seed in range(4)]
    barrier = threading.Barrier(4)

    def work(Z: Any) -> list[float]:
        barrier.wait()
        return [wrapped(z) for z in Z.tolist()]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            values = list(pool.map(work, parts))
    finally:
        sys.setswitchinterval(interval)
    assert wrapped.state.evaluations == 2000
    for Z, y in zip(parts, values, strict=True):
        assert y == problem(Z).tolist()
    wrapped.reset()
    wrapped.detach_logger()
    logger.close()
    frame = read_back(tmp_path)
    logged = frame.select("x0", "x1", "x2").to_numpy().astype(np.int64)
    np.testing.assert_allclose(problem(logged), frame["raw_y"].to_numpy(), atol=1e-9)


def test_many_problems_at_once_do_not_mix_up_their_functions() -> None:
    wrapped = [as_ioh(make(), code="box") for _ in range(20) for make in tiny.ALL]
    for each in wrapped:
        x = [0.25] * each.meta_data.n_variables
        assert each(x) == each.problem(each.problem.space.from_box([x]))[0]


def test_a_spawned_process_makes_its_own() -> None:
    name, Z = "nb201-cifar10", [[3, 3, 3, 1, 3, 2], [0, 0, 0, 0, 0, 0]]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = [pool.submit(spawned.evaluate, name, code, Z).result() for code in CODES]
    assert found == [(nas_problems.make(name)(Z).tolist(), 2, 20_001)] * 2
