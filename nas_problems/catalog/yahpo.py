"""YAHPO Gym: tuning four learners on up to 119 data sets, and cells of DARTS, by the published surrogate models.

``yahpo-<scenario>-<instance>``; an instance is the number of an OpenML data set (a task in lcbench).
Results are results on a model of the landscape. A problem needs its scenario's three files; they are
downloaded when it is first made.
"""

from collections.abc import Mapping
from functools import cache, partial

import numpy as np

import nas_problems
from nas_problems.datasets.yahpo import SCENARIOS
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.surrogate import Inputs, OnnxModel, SurrogateEvaluator, Target
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_RBV2_INSTANCES = (
    "3 6 11 12 14 15 16 18 22 23 24 28 29 31 32 37 38 42 44 46 50 54 60 151 181 182 188 300 307 312 334 375 377 "
    "458 469 470 554 1040 1049 1050 1053 1056 1063 1067 1068 1111 1220 1457 1461 1462 1464 1468 1475 1476 1478 1479 "
    "1480 1485 1486 1487 1489 1493 1494 1497 1501 1510 1515 1590 4134 4135 4154 4534 4538 4541 6332 23381 23512 "
    "23517 40496 40498 40499 40536 40668 40670 40685 40701 40900 40923 40927 40966 40975 40978 40979 40981 40982 "
    "40983 40984 40994 40996 41027 41138 41142 41143 41146 41150 41156 41157 41159 41161 41162 41163 41164 41165 "
    "41166 41168 41169 41212"
)
INSTANCES = {
    "rbv2_xgboost": _words(f"{_RBV2_INSTANCES} 41216 41278"),
    "lcbench": _words(
        "3945 7593 34539 126025 126026 126029 146212 167104 167149 167152 167161 167168 167181 167184 167185 167190 "
        "167200 167201 168329 168330 168331 168335 168868 168908 168910 189354 189862 189865 189866 189873 189905 "
        "189906 189908 189909"
    ),
    "rbv2_rpart": _words(_RBV2_INSTANCES),
    "iaml_glmnet": _words("1067 1489 40981 41146"),
    "nb301": ("cifar10",),
}
"""Scenario -> its data sets; written down here so that the registry does not depend on files."""

FIRST_ID = {"rbv2_xgboost": 21_001, "lcbench": 21_201, "rbv2_rpart": 21_301, "iaml_glmnet": 21_501, "nb301": 21_551}

_PERCENT = 100.0
_SECONDS = Metric("train_seconds", "s", penalty=1e6, range=(0.0, 1000.0))


def _share(name: str) -> Metric:
    return Metric(name, "%", maximize=True, penalty=100.0)


_RBV2_METRICS: Mapping[str, tuple[Metric, float]] = {
    "acc": (_share("validation_accuracy"), _PERCENT),
    "bac": (_share("validation_balanced_accuracy"), _PERCENT),
    "auc": (_share("validation_auc"), _PERCENT),
    "brier": (Metric("validation_brier", penalty=2.0), 1.0),
    "f1": (_share("validation_f1"), _PERCENT),
    "logloss": (Metric("validation_logloss", penalty=100.0, range=(0.0, 5.0)), 1.0),
    "timetrain": (_SECONDS, 1.0),
    "timepredict": (Metric("predict_seconds", "s", penalty=1e6, range=(0.0, 10.0)), 1.0),
    "memory": (Metric("memory_megabytes", "MB", penalty=1e6, range=(0.0, 10_000.0)), 1.0),
}
METRICS: Mapping[str, Mapping[str, tuple[Metric, float]]] = {
    "rbv2_xgboost": _RBV2_METRICS,
    "rbv2_rpart": _RBV2_METRICS,
    "lcbench": {
        "time": (_SECONDS, 1.0),
        "val_accuracy": (_share("validation_accuracy"), 1.0),
        "val_cross_entropy": (Metric("validation_logloss", penalty=100.0, range=(0.0, 5.0)), 1.0),
        "val_balanced_accuracy": (_share("validation_balanced_accuracy"), _PERCENT),
        "test_cross_entropy": (Metric("test_logloss", penalty=100.0), 1.0),
        "test_balanced_accuracy": (_share("test_balanced_accuracy"), _PERCENT),
    },
    "nb301": {
        "val_accuracy": (_share("validation_accuracy"), 1.0),
        "runtime": (_SECONDS, 1.0),
    },
    "iaml_glmnet": {
        "mmce": (Metric("validation_error", "%", penalty=100.0), _PERCENT),
        "f1": (_share("validation_f1"), _PERCENT),
        "auc": (_share("validation_auc"), _PERCENT),
        "logloss": (Metric("validation_logloss", penalty=100.0, range=(0.0, 5.0)), 1.0),
        "ramtrain": (Metric("train_memory_megabytes", "MB", penalty=1e6, range=(0.0, 10_000.0)), 1.0),
        "rammodel": (Metric("model_memory_megabytes", "MB", penalty=1e6, range=(0.0, 10_000.0)), 1.0),
        "rampredict": (Metric("predict_memory_megabytes", "MB", penalty=1e6, range=(0.0, 10_000.0)), 1.0),
        "timetrain": (_SECONDS, 1.0),
        "timepredict": (Metric("predict_seconds", "s", penalty=1e6, range=(0.0, 10.0)), 1.0),
        "mec": (Metric("main_effect_complexity", penalty=1e3), 1.0),
        "ias": (Metric("interaction_strength", penalty=1e3), 1.0),
        "nf": (Metric("n_features", penalty=1e3, range=(0.0, 100.0)), 1.0),
    },
}
"""Scenario -> upstream name -> metric and factor to its unit. Qualities are in percent, and the
higher the better (upstream lists the f1 of the rbv2 scenarios as minimised; it is the usual f1)."""

_OBJECTIVES = {
    "rbv2_xgboost": "validation_accuracy",
    "lcbench": "validation_accuracy",
    "rbv2_rpart": "validation_accuracy",
    "iaml_glmnet": "validation_auc",
    "nb301": "validation_accuracy",
}
_TRAIN_FRACTIONS = Fidelities("train_fraction", (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0))
_FIDELITIES = {
    "rbv2_xgboost": ("trainsize", _TRAIN_FRACTIONS),
    "rbv2_rpart": ("trainsize", _TRAIN_FRACTIONS),
    "iaml_glmnet": ("trainsize", _TRAIN_FRACTIONS),
    "lcbench": ("epoch", Fidelities("epochs", tuple(range(1, 53)), continued=True)),
    "nb301": ("epoch", Fidelities("epochs", tuple(range(1, 99)), continued=True)),
}
_FIXED: Mapping[str, Mapping[str, float]] = {
    "rbv2_xgboost": {"repl": 10},  # all ten resampling repetitions
    "rbv2_rpart": {"repl": 10},
    "iaml_glmnet": {},
    "lcbench": {},
    "nb301": {},
}


@cache
def model_of(scenario: str) -> OnnxModel:
    """The published model of a scenario; one object per process.

    Raises:
        KeyError: An unknown scenario.
    """
    return OnnxModel(SCENARIOS[scenario].file("model.onnx").read)


def _inputs(
    scenario: str, space: SearchSpace, fixed: Mapping[str, float | str], fidelity_name: str, Z: Codes, fidelity: float
) -> Inputs:
    return SCENARIOS[scenario].inputs(space, Z, {**fixed, fidelity_name: fidelity})


def _problem(scenario: str, instance: str, function_id: int) -> Problem:
    described = SCENARIOS[scenario]
    fidelity_name, fidelities = _FIDELITIES[scenario]
    fixed: dict[str, float | str] = {described.instance_name: instance, **_FIXED[scenario]}
    space = described.search_space(fixed=(*fixed, fidelity_name))
    encode = partial(_inputs, scenario, space, fixed, fidelity_name)
    metrics = {metric.name: metric for metric, _ in METRICS[scenario].values()}
    targets = {
        metric.name: Target(described.targets.index(target), factor, 100.0 if metric.unit == "%" else np.inf)
        for target, (metric, factor) in METRICS[scenario].items()
    }
    evaluator = SurrogateEvaluator(
        model_of(scenario), encode, targets, metrics, fidelities, cost_metric="train_seconds"
    )
    return Problem(
        name=f"yahpo-{scenario}-{instance}",
        function_id=function_id,
        base_space=space,
        evaluator=evaluator,
        objectives=(metrics[_OBJECTIVES[scenario]],),
        source="pfisterer2022",
        test_metric="test_balanced_accuracy" if scenario == "lcbench" else None,
    )


for _scenario, _instances in INSTANCES.items():
    for _i, _instance in enumerate(_instances):
        nas_problems.register(
            f"yahpo-{_scenario}-{_instance}",
            summary=f"YAHPO surrogate of {_scenario} on {'OpenML ' if _instance.isdigit() else ''}{_instance}, "
            f"{_OBJECTIVES[_scenario].replace('_', ' ')}",
            family="yahpo",
            files=SCENARIOS[_scenario].files,
        )(partial(_problem, _scenario, _instance, FIRST_ID[_scenario] + _i))
