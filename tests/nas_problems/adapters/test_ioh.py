import gc
import json
import math
import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ioh
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iohinspector import DataManager

import nas_problems
from nas_problems import Integer, Metric, Problem, SearchSpace
from nas_problems.adapters.ioh import BoxProblem, Code, IntegerProblem, as_ioh, as_replayed_ioh
from nas_problems.evaluation import Fidelity
from tests.nas_problems import tiny
from tests.nas_problems.adapters import spawned

CODES: tuple[Code, ...] = ("integer", "box")
ALWAYS = ioh.logger.trigger.ALWAYS
BAD: list[Any] = [
    None,
    3,
    "abc",
    {"a": 1},
    [],
    [[]],
    [0, 0],
    [0, 0, 0, 0],
    [0, [0], 0],
    [[0, 0, 0], [0, 0]],
    [[0, 0, 0], [0, 0, 99]],
    [None] * 3,
    ["0"] * 3,
    [math.nan] * 3,
    [math.inf] * 3,
    [-6, 0, 0],
    [99, 0, 0],
    [2**31, 0, 0],
    [2**70, 0, 0],
    np.zeros((3, 1), dtype=np.int64),
    np.zeros((1, 4)),
    np.zeros((1, 1, 3)),
    np.array(0),
    np.array(["a", "b", "c"]),
    np.array([0, 0, 99]),
]


@pytest.fixture
def problem() -> Problem:
    return tiny.table_problem()


def analyzer(folder: Path, *triggers: Any) -> Any:
    return ioh.logger.Analyzer(
        triggers=list(triggers) or [ALWAYS],
        root=str(folder),
        folder_name="log",
        algorithm_name="test",
        store_positions=True,
    )


def read_back(folder: Path) -> Any:
    manager = DataManager()
    manager.add_folder(str(folder))
    return manager.load(monotonic=False, include_meta_data=True)


# ---- identity


@pytest.mark.parametrize("code", CODES)
def test_identity_bounds_and_optimum_are_the_problems(code: Code) -> None:
    problem = tiny.table_problem().variant(noise="seed-1", instance=2)
    wrapped = as_ioh(problem, code=code)
    assert isinstance(wrapped, IntegerProblem if code == "integer" else BoxProblem)
    assert wrapped.problem is problem
    meta = wrapped.meta_data
    assert (meta.name, meta.problem_id, meta.instance, meta.n_variables) == (
        "tiny-table.seed-1",
        problem.log_id,
        2,
        3,
    )
    assert meta.optimization_type == ioh.OptimizationType.MIN
    if code == "integer":
        assert list(wrapped.bounds.lb) == problem.space.lower.tolist()
        assert list(wrapped.bounds.ub) == problem.space.upper.tolist()
    else:
        assert set(wrapped.bounds.lb) == {-5.0}
        assert set(wrapped.bounds.ub) == {5.0}
    assert problem.optimum is not None
    assert wrapped.optimum.y == problem.optimum.y
    assert wrapped(list(wrapped.optimum.x)) == problem.optimum.y
    assert wrapped.state.optimum_found


def test_unknown_optimum_is_the_lower_bound() -> None:
    wrapped = as_ioh(tiny.mixed_problem(), code="box")
    assert wrapped.optimum.y == 0.0
    assert np.isnan(wrapped.optimum.x).all()


def test_each_problem_keeps_its_own_bounds() -> None:
    first = as_ioh(tiny.table_problem())
    as_ioh(tiny.table_problem().variant(instance=3))
    assert list(first.bounds.ub) == [2, 3, 2]


# ---- equal to the problem that is wrapped


@given(data=st.data(), noise=st.sampled_from(["mean", "seed-1"]), instance=st.sampled_from([1, 2, 5]))
@settings(max_examples=60, deadline=None)
def test_both_codes_equal_the_problem(data: st.DataObject, noise: str, instance: int) -> None:
    make = data.draw(st.sampled_from(tiny.ALL))
    problem = make().variant(noise=noise, instance=instance)
    Z = problem.space.sample(4, np.random.default_rng(data.draw(st.integers(0, 2**32))))
    wanted = problem(Z).tolist()
    boxed = as_ioh(problem, code="box")
    X = boxed.to_points(Z)
    np.testing.assert_allclose(boxed(X), problem(problem.space.from_box(X)), rtol=0)
    assert [boxed(x.tolist()) for x in X] == problem(problem.space.from_box(X)).tolist()
    if problem.space.is_finite:
        plain = as_ioh(problem)
        assert plain(Z) == wanted == boxed(X)
        assert [plain(z.tolist()) for z in Z] == wanted
        assert [plain(tuple(z)) for z in Z] == wanted
        assert [plain(z.astype(np.uint8)) for z in Z] == wanted
        assert plain.state.evaluations == 16


@given(X=st.lists(st.lists(st.floats(-5, 5), min_size=3, max_size=3), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_fast_box_decoder_equals_from_box(X: list[list[float]]) -> None:
    problem = tiny.table_problem()
    boxed = as_ioh(problem, code="box")
    edges = [[-5.0, 5.0, math.nextafter(5.0, 0)], [math.nextafter(c, 6) for c in X[0] if c < 5] + X[0]]
    for x in [*X, edges[0], edges[1][:3]]:
        assert boxed(x) == problem(problem.space.from_box([x]))[0]


@pytest.mark.parametrize("noise", ["sampled", "scaled:0.5"])
def test_random_noise_draws_from_the_generator(problem: Problem, noise: str) -> None:
    noisy = problem.variant(noise=noise)
    Z = problem.space.sample(20, np.random.default_rng(0))
    wanted = noisy(Z, rng=np.random.default_rng(7)).tolist()
    assert as_ioh(noisy, rng=np.random.default_rng(7))(Z) == wanted
    with pytest.raises(ValueError, match="rng"):
        as_ioh(noisy)


@pytest.mark.parametrize("name", ["nb201-cifar10", "fcnet-protein", "mlp-vehicle"])
def test_real_tables_equal_the_problem(name: str) -> None:
    problem = nas_problems.make(name, instance=2)
    Z = problem.space.sample(50, np.random.default_rng(1))
    assert as_ioh(problem)(Z) == problem(Z).tolist()


def test_decode_gives_the_configuration(problem: Problem) -> None:
    z = [1, 3, 0]
    config = problem.space.decode([z])[0]
    assert as_ioh(problem).decode(z) == config
    boxed = as_ioh(problem, code="box")
    assert boxed.decode(boxed.to_points([z])[0]) == config
    with pytest.raises(ValueError, match="wanted"):
        boxed.decode([9.0, 0.0, 0.0])


# ---- refused before anything is counted


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("x", BAD, ids=repr)
def test_bad_input_is_refused_and_not_counted(code: Code, x: Any, problem: Problem) -> None:
    wrapped = as_ioh(problem, code=code)
    with pytest.raises(ValueError, match="wanted"):
        wrapped(x)
    assert wrapped.state.evaluations == 0


@pytest.mark.parametrize("x", [[0.0, 0.0, 1.0], [0, 0.5, 0], np.zeros(3), [np.float64(0)] * 3, [True, False, True]])
def test_integer_code_takes_integers_only(x: Any, problem: Problem) -> None:
    wrapped = as_ioh(problem)
    with pytest.raises(ValueError, match="wanted"):
        wrapped(x)
    assert wrapped.state.evaluations == 0


VALUES = st.one_of(
    st.integers(-3, 6), st.integers(), st.floats(), st.booleans(), st.none(), st.text(max_size=2), st.binary(max_size=2)
)
INPUTS = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=4), max_leaves=12)


@given(x=INPUTS, code=st.sampled_from(CODES), as_array=st.booleans())
@settings(max_examples=400, deadline=None)
def test_fuzz_only_documented_exceptions(x: Any, code: Code, as_array: bool) -> None:
    wrapped = as_ioh(tiny.table_problem(), code=code)
    if as_array:
        try:
            x = np.array(x)
        except (ValueError, OverflowError):
            return
    try:
        y = wrapped(x)
    except ValueError:
        assert wrapped.state.evaluations == 0
    else:
        assert np.isfinite(y).all()
        assert wrapped.state.evaluations == np.size(y)


@given(x=INPUTS, y=VALUES)
@settings(max_examples=200, deadline=None)
def test_fuzz_record(x: Any, y: Any) -> None:
    replay = as_replayed_ioh(tiny.table_problem())
    try:
        replay.record(x, y)
    except ValueError:
        assert replay.state.evaluations == 0
    else:
        assert replay.state.evaluations == 1


def test_problems_that_ioh_cannot_hold_are_refused() -> None:
    problem = tiny.table_problem()
    with pytest.raises(ValueError, match="one objective"):
        as_ioh(problem.variant(objective=("validation_accuracy", "train_seconds")))
    with pytest.raises(ValueError, match="'integer' or 'box'"):
        as_ioh(problem, code="binary")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ValueError, match="use code='box'"):
        as_ioh(tiny.mixed_problem())
    with pytest.raises(ValueError, match="suite name"):
        as_ioh(problem, suite='a"b')


class _Identity:
    """The code of a huge integer as its value."""

    metrics = {"error": Metric("error")}  # noqa: RUF012
    fidelity = Fidelity("epochs", (1,))
    noise_kinds = frozenset({"mean"})

    def evaluate(self, Z: Any, **_: Any) -> nas_problems.Evaluations:
        n = len(Z)
        return nas_problems.Evaluations({"error": Z[:, 0] * 1.0}, np.zeros(n), np.zeros(n, dtype=np.bool_))


@pytest.mark.parametrize(("high", "fits"), [(2**31 - 1, True), (2**31, False), (2**32 - 1, False)])
def test_integer_bounds_end_at_the_int_of_ioh(high: int, fits: bool) -> None:
    evaluator: Any = _Identity()
    problem = Problem("huge", 906, SearchSpace((Integer("n", 0, high),)), evaluator, (Metric("error"),), "none")
    if fits:
        assert as_ioh(problem)([high]) == high
    else:
        with pytest.raises(ValueError, match="use code='box'"):
            as_ioh(problem)
    assert as_ioh(problem, code="box")([5.0]) == high


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


@pytest.fixture(autouse=True)
def _no_files_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    yield
    assert {path.name for path in set(tmp_path.iterdir()) - before} <= {"log", "True", "False"}
