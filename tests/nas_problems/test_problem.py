"""Problems: identity, variants, evaluation, the whole table, and what is refused."""

import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nas_problems
from nas_problems import Metric, Noise, Problem, SearchSpace
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.problem import MAX_BASE_ID
from nas_problems.testing import check_problem
from tests.nas_problems import tiny
from tests.nas_problems.strategies import mistakes

Maker = Callable[[], Problem]
BEST = [[2, 3, 2]]


@pytest.mark.parametrize("make", tiny.ALL)
@pytest.mark.parametrize("variant", [{}, {"noise": "sampled"}, {"noise": "seed-1"}, {"instance": 2}])
def test_conformance(make: Maker, variant: dict[str, str]) -> None:
    check_problem(make().variant(**variant))  # type: ignore[arg-type]


# ---- identity


def test_the_problem_as_published_keeps_name_and_id() -> None:
    problem = tiny.table_problem()
    assert (problem.label, problem.log_id) == ("tiny-table", 901)
    assert problem.variant(noise="mean", fidelity=12, objective="validation_accuracy", instance=3).log_id == 901


@pytest.mark.parametrize(
    ("variant", "label"),
    [
        ({"noise": "sampled"}, "tiny-table.sampled"),
        ({"noise": "seed-3"}, "tiny-table.seed-3"),
        ({"noise": "scaled:0.5"}, "tiny-table.scaled-0.5"),
        ({"fidelity": 3}, "tiny-table.epochs-3"),
        ({"objective": "train_seconds"}, "tiny-table.train_seconds"),
        ({"objective": ("validation_accuracy", "train_seconds")}, "tiny-table.validation_accuracy.train_seconds"),
        (
            {"noise": "sampled", "fidelity": 3, "objective": "train_seconds"},
            "tiny-table.sampled.epochs-3.train_seconds",
        ),
    ],
)
def test_variants_have_labels_and_ids_of_their_own(variant: dict[str, str], label: str) -> None:
    problem = tiny.table_problem().variant(**variant)  # type: ignore[arg-type]
    assert problem.label == label
    assert MAX_BASE_ID < problem.log_id < 65_536
    assert problem.variant(objective="validation_accuracy", noise="mean", fidelity=12).label == "tiny-table"


def test_ids_of_variants_never_change() -> None:
    assert nas_problems.make("nb201-cifar10", noise="sampled").log_id == 38143
    assert nas_problems.make("nb201-cifar10", noise="seed-0").log_id == 58358


def test_a_variant_keeps_what_is_not_named() -> None:
    problem = tiny.table_problem().variant(noise="seed-1", fidelity=3, instance=2)
    again = problem.variant(objective="train_seconds")
    assert (again.noise, again.fidelity, again.instance) == (Noise("seed", seed=1), 3, 2)
    assert problem.variant() == problem
    assert problem.variant(noise=Noise("mean")).noise == Noise("mean")


def test_noise_free() -> None:
    problem = tiny.table_problem()
    assert problem.variant(noise="sampled").noise_free == problem
    assert problem.variant(noise="scaled:1").noise_free == problem
    assert problem.variant(noise="seed-1").noise_free.noise == Noise("seed", seed=1)


@pytest.mark.parametrize("make", tiny.ALL)
def test_pickling(make: Maker) -> None:
    problem = make().variant(instance=2)
    Z = problem.space.sample(5, np.random.default_rng(0))
    wanted = problem(Z)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(problem))(Z), wanted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "a b"}, "problem name: wanted"),
        ({"function_id": 0}, "function_id: wanted an integer >= 1"),
        ({"function_id": 32_768}, "function_id: wanted 1 ... 32767"),
        ({"function_id": 1.5}, "function_id: wanted an integer"),
        ({"objectives": ()}, "at least one objective"),
        ({"objectives": (Metric("nonsense"),)}, "wanted metrics of"),
        ({"test_metric": "nonsense"}, "wanted metrics of"),
        ({"instance": 0}, "instance: wanted an integer in 1 ... 65535"),
        ({"instance": 1.0}, "instance: wanted an integer, found 1.0"),
        ({"fidelity": 13}, r"fidelity: tiny-table knows \(3, 12\), found epochs=13"),
    ],
)
def test_bad_problems(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(tiny.table_problem(), **change)  # type: ignore[arg-type]


def test_a_noise_mode_that_the_evaluator_does_not_know() -> None:
    with pytest.raises(ValueError, match=r"noise: tiny-mixed knows \['mean', 'sampled', 'seed'\], found 'scaled:1'"):
        tiny.mixed_problem().variant(noise="scaled:1")


# ---- values


def test_values_worked_out_by_hand() -> None:
    problem = tiny.table_problem()
    np.testing.assert_array_equal(problem([[0, 0, 1], [0, 1, 0], *BEST]), [49.0, 47.5, 15.0])
    np.testing.assert_array_equal(problem.variant(fidelity=3)(BEST), [25.0])
    np.testing.assert_array_equal(problem.variant(objective="train_seconds")(BEST), [36.0])
    both = problem.variant(objective=("validation_accuracy", "train_seconds"))
    np.testing.assert_array_equal(both([[0, 0, 1], *BEST]), [[49.0, 2.0], [15.0, 36.0]])


def test_an_invalid_row_is_a_failed_evaluation_at_no_cost() -> None:
    problem = tiny.constrained_problem()
    found = problem.evaluate([[0, 0, 0], [0, 0, 1], [0, 1, 1]])
    np.testing.assert_array_equal(found.failed, [False, True, False])
    assert found.reason == {1: "not a valid candidate"}
    np.testing.assert_array_equal(found.cost_seconds, [1.0, 0.0, 5.0])
    np.testing.assert_array_equal(problem([[0, 0, 0], [0, 0, 1], [0, 1, 1]]), [50.5, 100.0, 46.0])
    assert problem.evaluate([[0, 0, 1]]).failed.all()


def test_failed_rows_get_the_penalty_of_each_objective_and_keep_their_cost() -> None:
    problem = tiny.failing_problem().variant(objective=("validation_error", "train_seconds"))
    Z = np.array([[0, 4, 0.1, 0.0], [0, 3, 0.1, 0.0]])
    np.testing.assert_allclose(problem(Z), [[100.0, 1e6], [1.0 + 0.4 + 0.5, 1.0]])
    np.testing.assert_array_equal(problem.evaluate(Z).cost_seconds, [2.0, 1.0])


def test_a_failure_among_invalid_rows_keeps_its_own_reason() -> None:
    evaluator = tiny.table_evaluator(tiny.constrained_problem().space, failed_rows=(4,))
    problem = replace(tiny.constrained_problem(), evaluator=evaluator)
    found = problem.evaluate([[0, 0, 1], [0, 1, 1], [0, 0, 0]])
    assert found.reason == {0: "not a valid candidate", 1: "recorded training failed"}


def test_the_random_stream_decides_sampled_values() -> None:
    problem = tiny.table_problem().variant(noise="sampled")
    Z = np.tile([[0, 0, 1]], (300, 1))
    drawn = problem(Z, rng=np.random.default_rng(1))
    assert set(drawn) == {48.0, 49.0, 50.0}
    np.testing.assert_array_equal(problem(Z, rng=np.random.default_rng(1)), drawn)
    assert (problem(Z, rng=np.random.default_rng(2)) != drawn).any()


# ---- the whole table


def test_tabulate_has_every_value_in_the_order_of_the_index() -> None:
    for problem in (tiny.table_problem(), tiny.table_problem().variant(instance=2), tiny.constrained_problem()):
        column = problem.tabulate()
        np.testing.assert_array_equal(column, problem(problem.space.from_index(np.arange(36))))
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


def test_optimum_per_noise_mode_and_fidelity() -> None:
    problem = tiny.table_problem()
    for variant, y in (({}, 15.0), ({"noise": "seed-0"}, 16.0), ({"noise": "sampled"}, 15.0), ({"fidelity": 3}, 25.0)):
        optimum = problem.variant(**variant).optimum
        assert optimum is not None and optimum.y == y
        np.testing.assert_array_equal(optimum.Z, BEST)


def test_optimum_looks_only_at_valid_and_successful_candidates() -> None:
    for make, z, y in ((tiny.constrained_problem, [2, 3, 1], 16.0), (tiny.flaky_problem, [2, 3, 1], 16.0)):
        optimum = make().optimum
        assert optimum is not None and optimum.y == y == make().target
        np.testing.assert_array_equal(optimum.Z, [z])


def test_every_optimal_code_is_listed() -> None:
    evaluator = tiny.table_evaluator()
    flat = {"validation_accuracy": np.full((2, 36, 1), 50.0), "train_seconds": np.ones((2, 36, 1))}
    problem = replace(tiny.table_problem(), evaluator=replace(evaluator, values=flat))
    assert problem.optimum is not None
    np.testing.assert_array_equal(problem.optimum.Z, problem.space.from_index(np.arange(36)))


def test_where_no_optimum_is_known() -> None:
    both = tiny.table_problem().variant(objective=("validation_accuracy", "train_seconds"))
    for problem in (both, tiny.mixed_problem()):
        assert problem.optimum is None and problem.target == 0.0
    assert both.tabulate().shape == (36, 2)
    with pytest.raises(ValueError, match="tabulate: wanted"):
        tiny.mixed_problem().tabulate()
    with pytest.raises(ValueError, match="scalar: wanted one objective"):
        both.scalar()


# ---- one by one


@pytest.mark.parametrize("make", tiny.ALL)
@pytest.mark.parametrize("noise", ["mean", "seed-1", "sampled"])
def test_scalar_is_the_batch(make: Maker, noise: str) -> None:
    problem = make().variant(noise=noise)
    Z = problem.space.sample(20, np.random.default_rng(0))
    value = problem.scalar(np.random.default_rng(1))
    np.testing.assert_array_equal([value(z) for z in Z.tolist()], problem(Z, rng=np.random.default_rng(1)))
    value = problem.scalar(np.random.default_rng(1))
    assert isinstance(value(Z[0]), float) and isinstance(value(tuple(Z[0].tolist())), float)


@given(mistakes)
def test_scalar_raises_only_value_errors(wrong: list[int]) -> None:
    for problem in (tiny.table_problem(), tiny.table_problem().variant(noise="sampled"), tiny.mixed_problem()):
        with suppress(ValueError):
            problem.scalar(np.random.default_rng(0))(wrong)


@pytest.mark.parametrize("z", [0, [0, 0], [0, 0, 0, 0], [0, 0, 3], [0, -1, 0], [0, 0, 0.5], [[0, 0, 0]], "abc", None])
def test_scalar_refuses_what_a_batch_refuses(z: list[int]) -> None:
    for noise in ("mean", "sampled"):
        with pytest.raises(ValueError, match="wanted"):
            tiny.table_problem().variant(noise=noise).scalar(np.random.default_rng(0))(z)


# ---- refusals


@pytest.mark.parametrize("make", tiny.ALL)
@given(wrong=mistakes)
def test_anything_wrong_is_a_value_error(make: Maker, wrong: object) -> None:
    problem = make()
    for entry in (problem, problem.evaluate):
        with suppress(ValueError):
            entry(wrong)


@given(
    st.dictionaries(st.sampled_from(("noise", "fidelity", "objective", "instance")), mistakes, min_size=1, max_size=2)
)
def test_bad_variants_raise_value_or_key_errors(wrong: dict[str, str]) -> None:
    with suppress(ValueError, KeyError):
        tiny.table_problem().variant(**wrong)  # type: ignore[arg-type]
    with suppress(ValueError, KeyError):
        nas_problems.make("mlp-car", **wrong)  # type: ignore[arg-type]


def test_unknown_metrics_and_missing_rng() -> None:
    problem = tiny.table_problem()
    with pytest.raises(KeyError, match=r"metrics: tiny-table has \['train_seconds', 'validation_accuracy'\]"):
        problem.evaluate(BEST, metrics=["accuracy"])
    with pytest.raises(KeyError, match="objective: tiny-table has"):
        problem.variant(objective="accuracy")
    with pytest.raises(KeyError, match=r"objective: nb201-cifar10 has .*validation_accuracy.*found .'accuracy',"):
        nas_problems.make("nb201-cifar10", objective="accuracy")
    with pytest.raises(KeyError, match="objective: wanted at least one"):
        problem.variant(objective=())
    with pytest.raises(ValueError, match="rng: tiny-table with noise 'sampled' wants a numpy Generator"):
        problem.variant(noise="sampled")(BEST)


def test_a_space_without_valid_candidates_has_no_optimum() -> None:
    space = SearchSpace(tiny.TABLE_SPACE.parameters, validity=lambda Z: np.zeros(len(Z), dtype=np.bool_))
    full = tiny.table_evaluator()
    evaluator = TableEvaluator(space, full.values, full.metrics, full.fidelities)
    problem = Problem("tiny-empty", 906, space, evaluator, (tiny.ACCURACY,), "none")
    assert problem.optimum is None
    assert problem(BEST) == [100.0]


# ---- learning curves


def test_a_learning_curve_has_a_column_per_fidelity() -> None:
    problem = tiny.table_problem()
    curve = problem.learning_curve([[0, 0, 1], [2, 3, 2]])
    assert curve.tolist() == [[41.0, 51.0], [75.0, 85.0]]  # as measured, not minimised
    seconds = problem.variant(fidelity=3).learning_curve([[0, 0, 1]], metric="train_seconds")
    assert seconds.tolist() == [[0.5, 2.0]]
    with pytest.raises(KeyError, match="metric: tiny-table has"):
        problem.learning_curve([[0, 0, 1]], metric="accuracy")


def test_a_sampled_learning_curve_is_that_of_one_training() -> None:
    problem = tiny.table_problem().variant(noise="sampled")
    Z = np.tile([[0, 0, 1]], (50, 1))
    rng = np.random.default_rng(1)
    first, second = problem.learning_curve(Z, rng=rng), problem.learning_curve(Z, rng=rng)
    assert (first[:, 1] - first[:, 0] == 10.0).all()  # the same seed at both
    assert len(set(first[:, 1])) == 3 and not np.array_equal(first, second)
    with pytest.raises(ValueError, match="rng: tiny-table"):
        problem.learning_curve(Z)


def test_a_failed_training_has_no_curve() -> None:
    evaluator = tiny.table_evaluator(failed_rows=(0,))
    problem = Problem("tiny-failed", 907, tiny.TABLE_SPACE, evaluator, (tiny.ACCURACY,), "none")
    assert np.isnan(problem.learning_curve([[0, 0, 0]])).all()


# ---- fidelity per row


@pytest.mark.parametrize("noise", ["mean", "sampled", "seed-1", "scaled:0.5"])
@pytest.mark.parametrize("make", [tiny.table_problem, tiny.constrained_problem, tiny.flaky_problem])
def test_a_batch_of_mixed_fidelities_is_its_rows_one_after_another(make: Maker, noise: str) -> None:
    problem = make().variant(noise=noise)
    Z = problem.space.from_index(np.array([7, 0, 8, 35, 35, 20, 1]))
    levels = np.array([3.0, 12.0, 12.0, 3.0, 12.0, 3.0, 3.0])
    whole = problem.evaluate(Z, fidelity=levels, rng=np.random.default_rng(4))
    rng = np.random.default_rng(4)
    rows = [problem.evaluate(Z[[i]], fidelity=float(level), rng=rng) for i, level in enumerate(levels)]
    for name in whole.metrics:
        assert whole.metrics[name].tobytes() == np.concatenate([row.metrics[name] for row in rows]).tobytes()
    assert whole.cost_seconds.tolist() == [row.cost_seconds[0] for row in rows]
    assert whole.failed.tolist() == [row.failed[0] for row in rows]
    assert whole.reason == {i: row.reason[0] for i, row in enumerate(rows) if row.reason}
    for i, level in enumerate(levels.tolist()):
        own = problem.variant(fidelity=level)
        if not problem.noise.is_random:
            assert problem.minimised(whole)[i] == own(Z[[i]])[0]


def test_one_fidelity_for_all_rows_is_that_variant() -> None:
    problem = tiny.table_problem()
    Z = problem.space.from_index(np.arange(36))
    assert np.array_equal(problem.minimised(problem.evaluate(Z, fidelity=3)), problem.variant(fidelity=3)(Z))
    assert len(problem.evaluate(Z[:0], fidelity=3)) == len(problem.evaluate(Z[:0], fidelity=np.empty(0))) == 0


@pytest.mark.parametrize("fidelity", [4, np.nan, np.array([3.0]), np.array([3.0, 4.0]), np.ones((2, 1))])
def test_unknown_fidelities_of_rows(fidelity: float) -> None:
    with pytest.raises(ValueError, match="fidelity: wanted"):
        tiny.table_problem().evaluate([[0, 0, 0], [1, 1, 1]], fidelity=fidelity)
