"""Models of XGBoost and LightGBM read without them; the stored ones were made and applied by these libraries."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nas_problems
from nas_problems.surrogate import kinds
from nas_problems.surrogate.boosted import read_lightgbm, read_xgboost

STORED: dict[str, Any] = json.loads((Path(__file__).parent / "boosted.json").read_text())
READERS = {"gbtree": read_xgboost, "dart": read_xgboost, "lightgbm": read_lightgbm}


@pytest.mark.parametrize("kind", READERS)
def test_predictions_are_those_of_the_library(kind: str) -> None:
    """On twenty rows, to the rounding of single precision."""
    found = READERS[kind](STORED[kind]["model"]).predict(np.array(STORED["X"]))
    assert found == pytest.approx(STORED[kind]["predicted"], rel=1e-6)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_fitted_models_learn(library: str) -> None:
    """Where the library is installed, a model of it knows a rule of two columns."""
    pytest.importorskip(library)
    X = np.random.default_rng(0).integers(4, size=(200, 5)).astype(float)
    y = X[:, 0] - 2 * X[:, 3]
    model = kinds[library].factory.fit(X, y, n_trees=20, space=nas_problems.make("mlp-car").space)
    assert np.corrcoef(model.predict(X), y)[0, 1] > 0.95


def _changed(path: list[Any], value: object) -> Any:
    content = copy.deepcopy(STORED["gbtree"]["model"])
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return content


BOOSTER = ["learner", "gradient_booster"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "wanted a model of XGBoost in JSON, found KeyError 'learner'"),
        (_changed([*BOOSTER, "name"], "gblinear"), "a booster 'gblinear'"),
        (_changed([*BOOSTER, "model", "trees"], []), "at least one tree"),
        (_changed([*BOOSTER, "model", "trees", 0, "split_type", 0], 1), "without categorical splits"),
        (_changed([*BOOSTER, "model", "trees", 0, "left_children", 0], 10**6), "leads back, or out of its tree"),
        (_changed(["learner", "learner_model_param", "num_class"], "3"), "several outputs"),
    ],
)
def test_what_is_no_such_model(content: Any, message: str) -> None:
    """A file from elsewhere cannot lead a prediction astray."""
    with pytest.raises(ValueError, match=message):
        read_xgboost(content)


def test_what_is_no_model_of_lightgbm() -> None:
    """Nor can one of LightGBM."""
    with pytest.raises(ValueError, match="wanted a model of LightGBM, found KeyError 'tree_info'"):
        read_lightgbm({})
