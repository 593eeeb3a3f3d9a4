"""ioh problems: who they are, that they equal what they wrap, and what they refuse."""

import math
from typing import Any

import ioh
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nas_problems
from nas_problems import Integer, Metric, Problem, SearchSpace
from nas_problems.adapters.ioh import BoxProblem, Code, IntegerProblem, as_ioh, as_replayed_ioh
from nas_problems.evaluation import Fidelities
from tests.nas_problems import tiny

pytestmark = pytest.mark.usefixtures("_only_logs_are_written")

CODES: tuple[Code, ...] = ("integer", "box")
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
    fidelities = Fidelities("epochs", (1,))
    noise_kinds = frozenset({"mean"})
    kind = "computed"

    def evaluate(self, Z: Any, **_: Any) -> nas_problems.Evaluations:
        n = len(Z)
        return nas_problems.Evaluations({"error": Z[:, 0] * 1.0}, np.zeros(n), np.zeros(n, dtype=np.bool_))


@pytest.mark.parametrize(("high", "fits"), [(2**31 - 1, True), (2**31, False), (2**32 - 1, False)])
def test_integer_bounds_end_at_the_int_of_ioh(high: int, fits: bool) -> None:
    evaluator: Any = _Identity()
    problem = Problem(
        "huge", 906, SearchSpace((Integer("n", 0, high),)), evaluator, (Metric("error", penalty=1e10),), "none"
    )
    if fits:
        assert as_ioh(problem)([high]) == high
    else:
        with pytest.raises(ValueError, match="use code='box'"):
            as_ioh(problem)
    assert as_ioh(problem, code="box")([5.0]) == high
