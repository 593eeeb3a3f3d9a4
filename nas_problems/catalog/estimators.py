"""Live problems: scikit-learn estimators on data sets that scikit-learn ships, trained when asked.

Accuracies are the same on every machine with the same scikit-learn; seconds, and the rare rows that fail
because of the time limit, are not.
"""

from functools import cache, partial
from typing import get_args

import nas_problems
from nas_problems.array import FloatArray, IntArray
from nas_problems.condition import Condition, inactive_to_lowest
from nas_problems.evaluators.estimators import METRICS, Axis, Estimator, EstimatorEvaluator, Task
from nas_problems.parameter import Config
from nas_problems.problem import Problem
from nas_problems.space import Categorical, Integer, Parameter, Real, SearchSpace

# ---- data sets


def load_digits() -> tuple[FloatArray, IntArray]:
    """1,797 images of 8 x 8 handwritten digits, ten classes."""
    from sklearn import datasets

    X, y = datasets.load_digits(return_X_y=True)
    return X, y


def load_breast_cancer() -> tuple[FloatArray, IntArray]:
    """569 cell nuclei with 30 measurements, two classes."""
    from sklearn import datasets

    X, y = datasets.load_breast_cancer(return_X_y=True)
    return X, y


def load_wine() -> tuple[FloatArray, IntArray]:
    """178 wines with 13 chemical measurements, three classes."""
    from sklearn import datasets

    X, y = datasets.load_wine(return_X_y=True)
    return X, y


# ---- estimators


def build_forest(config: Config, seed: int) -> Estimator:
    """A random forest or extremely randomized trees."""
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

    options = dict(config)
    kind = ExtraTreesClassifier if options.pop("kind") == "extra-trees" else RandomForestClassifier
    if not options["bootstrap"]:
        del options["max_samples"]
    forest: Estimator = kind(**options, random_state=seed)
    return forest


def build_svm(config: Config, seed: int) -> Estimator:
    """A support vector classifier behind a scaler."""
    from sklearn.svm import SVC

    options = dict(config)
    scaler = options.pop("scaler")
    return _scaled(scaler, SVC(**options, random_state=seed))


def build_boosting(config: Config, seed: int) -> Estimator:
    """Gradient-boosted trees, with or without early stopping."""
    from sklearn.ensemble import GradientBoostingClassifier

    options = dict(config)
    if not options.pop("early_stopping"):
        del options["n_iter_no_change"], options["validation_fraction"]
    boosting: Estimator = GradientBoostingClassifier(**options, random_state=seed)
    return boosting


def build_neighbours(config: Config, seed: int) -> Estimator:
    """Nearest neighbours behind a scaler and an optional principal component analysis."""
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier

    options = dict(config)
    scaler, n_components = options.pop("scaler"), options.pop("n_components")
    steps = [PCA(n_components, random_state=seed)] if options.pop("pca") else []
    return _scaled(scaler, *steps, KNeighborsClassifier(**options))


def _scaled(scaler: object, *steps: object) -> Estimator:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler

    scalers = {
        "none": "passthrough",
        "standard": StandardScaler(),
        "min-max": MinMaxScaler(),
        "quantile": QuantileTransformer(n_quantiles=20),
    }
    pipeline: Estimator = make_pipeline(scalers[str(scaler)], *steps)
    return pipeline


# ---- spaces


def _space(*parameters: Parameter, conditions: tuple[Condition, ...] = ()) -> SearchSpace:
    return SearchSpace(parameters, canonical_form=inactive_to_lowest(parameters, conditions) if conditions else None)


FOREST = _space(
    Categorical("kind", ("random-forest", "extra-trees")),
    Integer("n_estimators", 1, 32, log=True),
    Categorical("criterion", ("gini", "entropy")),
    Integer("max_depth", 1, 16),
    Integer("min_samples_leaf", 1, 32, log=True),
    Real("max_features", 0.02, 1.0, log=True),
    Categorical("bootstrap", (False, True)),
    Real("max_samples", 0.1, 1.0),
    conditions=(Condition("max_samples", "bootstrap", (True,)),),
)

SVM = _space(
    Categorical("scaler", ("none", "standard", "min-max")),
    Categorical("kernel", ("linear", "poly", "rbf", "sigmoid")),
    Real("C", 1e-3, 1e3, log=True),
    Real("gamma", 1e-6, 10.0, log=True),
    Integer("degree", 2, 5),
    Real("coef0", -1.0, 1.0),
    Categorical("shrinking", (True, False)),
    Real("tol", 1e-5, 1e-1, log=True),
    conditions=(
        Condition("gamma", "kernel", ("poly", "rbf", "sigmoid")),
        Condition("degree", "kernel", ("poly",)),
        Condition("coef0", "kernel", ("poly", "sigmoid")),
    ),
)

BOOSTING = _space(
    Integer("n_estimators", 2, 64, log=True),
    Real("learning_rate", 0.01, 1.0, log=True),
    Categorical("loss", ("log_loss", "exponential")),
    Integer("max_depth", 1, 6),
    Integer("min_samples_leaf", 1, 32, log=True),
    Real("max_features", 0.05, 1.0, log=True),
    Real("subsample", 0.2, 1.0),
    Categorical("early_stopping", (False, True)),
    Integer("n_iter_no_change", 1, 10),
    Real("validation_fraction", 0.1, 0.4),
    conditions=(
        Condition("n_iter_no_change", "early_stopping", (True,)),
        Condition("validation_fraction", "early_stopping", (True,)),
    ),
)

NEIGHBOURS = _space(
    Categorical("scaler", ("none", "standard", "min-max", "quantile")),
    Categorical("pca", (False, True)),
    Integer("n_components", 1, 13),
    Integer("n_neighbors", 1, 40, log=True),
    Categorical("weights", ("uniform", "distance")),
    Categorical("metric", ("minkowski", "chebyshev", "canberra", "cosine")),
    Real("p", 1.0, 6.0),
    conditions=(Condition("n_components", "pca", (True,)), Condition("p", "metric", ("minkowski",))),
)

# ---- problems

_LIVE: tuple[tuple[str, int, str, SearchSpace, Task], ...] = (
    (
        "rf-digits",
        20_301,
        "random forest on digits",
        FOREST,
        Task(build_forest, load_digits, 600, side=8, size_parameter="n_estimators"),
    ),
    ("svm-digits", 20_302, "support vector machine on digits", SVM, Task(build_svm, load_digits, 600, side=8)),
    (
        "gbdt-breast-cancer",
        20_303,
        "gradient-boosted trees on breast cancer",
        BOOSTING,
        Task(build_boosting, load_breast_cancer, 400, size_parameter="n_estimators"),
    ),
    ("knn-wine", 20_304, "nearest neighbours on wine", NEIGHBOURS, Task(build_neighbours, load_wine, 120)),
)


@cache
def _evaluator(space: SearchSpace, task: Task, axis: Axis) -> EstimatorEvaluator:
    return EstimatorEvaluator(space, task, axis)


def _problem(name: str, function_id: int, space: SearchSpace, task: Task, *, axis: Axis = "train_fraction") -> Problem:
    number = get_args(Axis).index(axis) if axis in get_args(Axis) else 0  # what is wrong, the evaluator says
    return Problem(
        name=name if not number else f"{name}.{axis}",
        function_id=function_id + 10 * number,
        base_space=space,
        evaluator=_evaluator(space, task, axis),
        objectives=(METRICS["validation_accuracy"],),
        source="pedregosa2011",
        test_metric="test_accuracy",
    )


for _name, _function_id, _what, _live_space, _task in _LIVE:
    nas_problems.register(_name, summary=f"{_what}, cross-validated error, trained live", family="live")(
        partial(_problem, _name, _function_id, _live_space, _task)
    )
