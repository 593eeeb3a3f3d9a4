"""YAHPO scenarios: descriptions read by us, conditions, and predictions of the real models."""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import nas_problems
from nas_problems.catalog.yahpo import FIRST_ID, INSTANCES, METRICS
from nas_problems.condition import active_parameters
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.datasets.yahpo import SCENARIOS, read_condition, read_parameter
from nas_problems.evaluation import Fidelities, Metric, Noise
from nas_problems.evaluators.surrogate import OnnxModel, SurrogateEvaluator, Target
from nas_problems.parameter import Categorical, Integer, Real
from nas_problems.testing import check_problem

at_hand = all(SCENARIOS[name].at_hand for name in SCENARIOS if name != "nb301") and find_spec("onnxruntime") is not None
needs_yahpo = pytest.mark.skipif(not at_hand, reason="$IOHNAS_DATA has no yahpo, or onnxruntime is not installed")


def test_descriptions_become_parameters() -> None:
    assert read_parameter({"name": "a", "type": "uniform_int", "log": True, "lower": 7, "upper": 90}) == Integer(
        "a", 7, 90, log=True
    )
    assert read_parameter({"name": "b", "type": "uniform_float", "log": False, "lower": 0, "upper": 1}) == Real(
        "b", 0.0, 1.0
    )
    assert read_parameter({"name": "c", "type": "constant", "value": "x"}) == Categorical("c", ("x",))
    with pytest.raises(ValueError, match="found 'ordinal'"):
        read_parameter({"name": "d", "type": "ordinal"})
    assert read_condition({"child": "d", "parent": "c", "type": "EQ", "value": "x"}).values == ("x",)
    with pytest.raises(ValueError, match="found 'GT'"):
        read_condition({"child": "d", "parent": "c", "type": "GT", "value": 1})


def test_numbers_of_problems_do_not_overlap() -> None:
    ids = [FIRST_ID[scenario] + i for scenario, instances in INSTANCES.items() for i in range(len(instances))]
    assert len(ids) == len(set(ids)) == 119 + 34 + 117 + 4 + 1
    assert set(METRICS) == set(SCENARIOS)
    assert all(tuple(METRICS[name]) == scenario.targets for name, scenario in SCENARIOS.items())


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path))
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))
    monkeypatch.setattr("nas_problems.datasets.yahpo._COMMIT", "http://127.0.0.1:9")
    with pytest.raises(DataUnavailableError, match=r"yahpo/lcbench/model.onnx: not in"):
        SCENARIOS["lcbench"].file("model.onnx").read()


@pytest.mark.data
@needs_yahpo
@pytest.mark.parametrize("scenario", sorted(set(SCENARIOS) - {"nb301"}))
def test_the_registered_instances_are_those_of_the_description(scenario: str) -> None:
    assert sorted(INSTANCES[scenario]) == sorted(SCENARIOS[scenario].instances)


@pytest.mark.data
@needs_yahpo
@pytest.mark.parametrize("name", ["rbv2_xgboost-40981", "rbv2_rpart-3", "lcbench-3945", "iaml_glmnet-1067"])
def test_conformance(name: str) -> None:
    check_problem(nas_problems.make(f"yahpo-{name}"))


@pytest.mark.data
@needs_yahpo
@pytest.mark.parametrize(("task", "accuracy"), [(3945, 91.375), (7593, 78.951), (189873, 89.813), (167168, 75.812)])
def test_lcbench_predictions(task: int, accuracy: float) -> None:
    """Reference values: the model file run by onnxruntime on inputs put together by hand."""
    problem = nas_problems.make(f"yahpo-lcbench-{task}")
    Z = problem.space.encode(
        [
            {
                "batch_size": 64,
                "learning_rate": 0.01,
                "momentum": 0.9,
                "weight_decay": 1e-4,
                "num_layers": 3,
                "max_units": 256,
                "max_dropout": 0.2,
            }
        ]
    )
    assert 100 - problem(Z)[0] == pytest.approx(accuracy, abs=6e-4)


@pytest.mark.data
@needs_yahpo
def test_more_epochs_are_better_on_average() -> None:
    problem = nas_problems.make("yahpo-lcbench-3945")
    Z = problem.space.sample(200, np.random.default_rng(0))
    means = [problem.variant(fidelity=epochs)(Z).mean() for epochs in (1, 10, 52)]
    assert means == sorted(means, reverse=True)


@pytest.mark.data
@needs_yahpo
def test_parameters_that_do_not_apply_have_no_influence() -> None:
    problem = nas_problems.make("yahpo-rbv2_xgboost-1510")
    space = problem.space
    Z = space.sample(300, np.random.default_rng(0))
    canonical = space.canonical(Z)
    assert np.array_equal(problem(canonical), problem(Z))
    scenario = SCENARIOS["rbv2_xgboost"]
    active = active_parameters(problem.base_space.parameters, scenario.conditions)(Z)
    booster = Z[:, space.names.index("booster")]
    choices = next(p.choices for p in space.parameters if isinstance(p, Categorical) and p.name == "booster")
    assert active.sum(axis=1).tolist() == [
        {"gblinear": 6, "gbtree": 12, "dart": 14}[str(choices[int(b)])] for b in booster
    ]
    inputs = scenario.inputs(problem.base_space, Z, {"task_id": "1510", "trainsize": 1.0, "repl": 10})
    linear = booster == choices.index("gblinear")
    assert not inputs["x_cont"][linear, scenario.numeric.index("eta")].any()
    assert (inputs["x_cont"][~linear, scenario.numeric.index("eta")] > 0).all()
    assert (inputs["x_cont"][:, scenario.numeric.index("nrounds")] >= 7).all()


@pytest.mark.data
@needs_yahpo
def test_a_value_does_not_depend_on_who_is_evaluated_with_it() -> None:
    problem = nas_problems.make("yahpo-rbv2_xgboost-181")
    Z = problem.space.sample(21, np.random.default_rng(0))
    y = problem(Z)
    assert np.array_equal(y[3:], problem(Z[3:]))
    assert np.array_equal(y, np.concatenate([problem(z[None]) for z in Z]))


class _TwoTargets(OnnxModel):
    def predict(self, inputs: object) -> np.ndarray:
        return np.array([[0.5, 1.5], [1.000004, -2.0], [np.nan, 3.0]])


def _evaluator() -> SurrogateEvaluator:
    metrics = {"accuracy": Metric("accuracy", "%", maximize=True), "seconds": Metric("seconds", "s")}
    targets = {"accuracy": Target(0, 100.0, 100.0), "seconds": Target(1)}
    return SurrogateEvaluator(
        _TwoTargets(bytes), lambda Z, fidelity: {}, targets, metrics, Fidelities("epochs", (1,)), cost_metric="seconds"
    )


def test_predictions_out_of_range_are_moved_and_failures_named() -> None:
    found = _evaluator().evaluate(np.zeros((3, 1)), metrics=("accuracy",), fidelity=1, noise=Noise(), rng=None)
    assert found.metrics["accuracy"][:2].tolist() == [50.0, 100.0]
    assert found.cost_seconds.tolist() == [1.5, 0.0, 3.0]
    assert found.failed.tolist() == [False, False, True]
    assert found.reason == {2: "the model's prediction is not finite"}


def test_no_rows_need_no_model() -> None:
    found = _evaluator().evaluate(np.zeros((0, 1)), metrics=("accuracy",), fidelity=1, noise=Noise(), rng=None)
    assert len(found) == 0


def test_names_must_agree() -> None:
    with pytest.raises(ValueError, match="targets: wanted"):
        SurrogateEvaluator(OnnxModel(bytes), lambda Z, f: {}, {}, {"a": Metric("a")}, Fidelities("epochs", (1,)))
    with pytest.raises(ValueError, match="cost_metric: wanted"):
        SurrogateEvaluator(
            OnnxModel(bytes),
            lambda Z, f: {},
            {"a": Target(0)},
            {"a": Metric("a")},
            Fidelities("e", (1,)),
            cost_metric="b",
        )


def test_without_onnxruntime_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(ImportError, match=r"pip install \"iohnas\[yahpo\]\""):
        OnnxModel(bytes).predict({"x": np.zeros((1, 1))})


NB301 = Path(os.environ.get("IOHNAS_DATA", "")).parent / "yahpo_gym" / "nb301"


class _Columns:
    """In place of the model: the sum of categorical codes, and the epoch."""

    def predict(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Accuracy and seconds, (n, 2)."""
        return np.stack([inputs["x_cat"].sum(axis=1), inputs["x_cont"][:, 0]], axis=1)


@pytest.mark.skipif(not (NB301 / "encoding.json").is_file(), reason="no yahpo_gym next to $IOHNAS_DATA")
def test_cells_of_darts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The published description of nb301 becomes a space whose edges depend on inputs; the model is a stand-in."""
    place = tmp_path / "yahpo" / "nb301"
    place.mkdir(parents=True)
    for name in ("config_space.json", "encoding.json"):
        (place / name).write_bytes((NB301 / name).read_bytes())
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path))
    monkeypatch.setattr("nas_problems.catalog.yahpo.model_of", lambda scenario: _Columns())
    problem = nas_problems.make("yahpo-nb301-cifar10[fidelity=50]")
    assert problem.space.n_parameters == 34 and len(SCENARIOS["nb301"].conditions) == 24
    Z = problem.space.canonical(problem.space.lower[None])
    found = problem.evaluate(Z, metrics=["validation_accuracy", "train_seconds"])
    # The first choice: max_pool is 4 on the 16 edges that there are, and the pair 0_1 is 1 at six nodes.
    assert found.metrics["validation_accuracy"].tolist() == [16 * 4 + 6]
    assert found.metrics["train_seconds"].tolist() == [50.0]
