"""Boosted trees of XGBoost and LightGBM, read from what these libraries write in JSON; neither is needed for it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.evaluators.forest import Forest


def read_xgboost(content: Mapping[str, Any]) -> Forest:
    """A regression model of XGBoost as a forest, whose mean over trees is the boosted sum.

    Args:
        content: What ``Booster.save_model("FILE.json")`` writes; boosters ``gbtree`` and ``dart``.

    Raises:
        ValueError: Another content, a model of something else than one number, or categorical splits.

    >>> tree = {"left_children": [1, -1, -1], "right_children": [2, -1, -1], "split_indices": [0, 0, 0],
    ...         "split_conditions": [0.5, 1.0, 3.0], "split_type": [0, 0, 0]}
    >>> model = {"learner": {"learner_model_param": {"base_score": "5E-1", "num_class": "0"},
    ...     "gradient_booster": {"name": "gbtree", "model": {"trees": [tree, tree]}}}}
    >>> read_xgboost(model).predict(np.array([[0.4], [0.5]])).tolist()
    [2.5, 6.5]
    """
    try:
        learner = content["learner"]
        parameters, booster = learner["learner_model_param"], learner["gradient_booster"]
        if booster["name"] == "dart":
            weights, booster = [float(weight) for weight in booster["weight_drop"]], booster["gbtree"]
        elif booster["name"] == "gbtree":
            weights = [1.0] * len(booster["model"]["trees"])
        else:
            raise ValueError(f"a booster {booster['name']!r}")
        if int(parameters.get("num_class", 0)) > 1 or int(parameters.get("num_target", 1)) > 1:
            raise ValueError("several outputs")
        base = float(str(parameters["base_score"]).strip("[]"))
        trees = [_xgboost_tree(tree, weight) for tree, weight in zip(booster["model"]["trees"], weights, strict=True)]
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"wanted a model of XGBoost in JSON, found {type(error).__name__} {error}") from error
    return _forest(trees, base)


_Tree = tuple[IntArray, FloatArray, IntArray, IntArray, FloatArray]


def _xgboost_tree(tree: Mapping[str, Any], weight: float) -> _Tree:
    left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
    if np.any(tree.get("split_type", 0)):
        raise ValueError("wanted a model of XGBoost without categorical splits")
    condition = np.array(tree["split_conditions"], dtype=np.float32)
    is_leaf = left < 0
    node = np.arange(len(left))
    threshold = np.nextafter(condition, np.float32(-np.inf)).astype(np.float64)  # a row goes left where it is below
    return (
        np.where(is_leaf, -1, np.array(tree["split_indices"])),
        np.where(is_leaf, 0.0, threshold),
        np.where(is_leaf, node, left),
        np.where(is_leaf, node, right),
        np.where(is_leaf, weight * condition.astype(np.float64), 0.0),
    )


def read_lightgbm(content: Mapping[str, Any]) -> Forest:
    """A regression model of LightGBM as a forest, whose mean over trees is the boosted sum.

    Args:
        content: What ``Booster.dump_model()`` gives.

    Raises:
        ValueError: Another content, or categorical splits.
    """
    try:
        trees = [_lightgbm_tree(entry["tree_structure"]) for entry in content["tree_info"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"wanted a model of LightGBM, found {type(error).__name__} {error}") from error
    return _forest(trees, 0.0)


def _lightgbm_tree(root: Mapping[str, Any]) -> _Tree:
    rows: list[tuple[int, float, int, int, float]] = []

    def add(node: Mapping[str, Any]) -> int:
        """Number of a node; children come after their parents."""
        number = len(rows)
        if "leaf_value" in node:
            rows.append((-1, 0.0, number, number, float(node["leaf_value"])))
            return number
        if node["decision_type"] != "<=":
            raise ValueError(f"wanted a model of LightGBM with splits by <=, found {node['decision_type']!r}")
        rows.append((0, 0.0, 0, 0, 0.0))
        left, right = add(node["left_child"]), add(node["right_child"])
        rows[number] = (int(node["split_feature"]), float(node["threshold"]), left, right, 0.0)
        return number

    add(root)
    feature, threshold, left, right, value = zip(*rows, strict=True)
    return np.array(feature), np.array(threshold), np.array(left), np.array(right), np.array(value)


def _forest(trees: list[_Tree], base: float) -> Forest:
    """Trees side by side; values are scaled by the number of trees, so that their mean is the sum.

    Raises:
        ValueError: No tree, or one that is none.
    """
    if not trees:
        raise ValueError("wanted at least one tree, found none")
    n, n_nodes = len(trees), max(len(tree[0]) for tree in trees)
    own = np.tile(np.arange(n_nodes), (n, 1))
    feature, threshold, value = np.full((n, n_nodes), -1), np.zeros((n, n_nodes)), np.zeros((n, n_nodes))
    left, right = own.copy(), own.copy()
    for i, tree in enumerate(trees):
        for array, column in zip((feature, threshold, left, right, value), tree, strict=True):
            array[i, : len(column)] = column
    parts = {"feature": feature, "threshold": threshold, "left": left, "right": right, "value": n * value + base}
    return Forest.from_arrays(parts)
