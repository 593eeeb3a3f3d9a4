"""Surrogates: models fitted to a table or to a sample of any problem, compared by what they predict held out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray
from nas_problems.array_file import read_arrays, write_arrays
from nas_problems.evaluators.ensemble import LinearEnsemble
from nas_problems.frame.predicted import IS_PREDICTED, PredictedEvaluator
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from nas_problems.table.model import (
    MODELS,
    Model,
    Perceptron,
    available_models,
    check_model,
    layouts_of,
    members_of,
    predict_members,
    read_model,
)

_WHAT = "a surrogate of iohnas"
_LARGEST = 2**31  # bytes of its arrays


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A model over the expanded code of a space.

    Args:
        model: What was fitted.
        record: ``problem``, ``metric`` and its fields, ``model``, ``n``, ``parameters``, and ``held_out``: R2,
            Spearman's and Kendall's rank correlation of predictions for rows that the model had not seen;
            ``compared``: the same of every model that was tried, on both splits.
    """

    model: Model
    record: Mapping[str, Any]  # what json can hold

    def predict(self, space: SearchSpace, Z: Codes) -> FloatArray:
        """Predictions, (n,); see ``predict_members``."""
        mean: FloatArray = self.predict_members(space, Z).mean(axis=1)
        return mean

    def predict_members(self, space: SearchSpace, Z: Codes) -> FloatArray:
        """What each member predicts, (n, members).

        Args:
            space: The space that it was fitted on.
            Z: Codes, (n, d).

        Raises:
            ValueError: Another space, or codes not of this space.
        """
        if list(space.names) != self.record["parameters"]:
            raise ValueError(f"space: wanted the parameters {self.record['parameters']}, found {list(space.names)}")
        X = space.one_hot(space.canonical(Z))
        if X.shape[1] < self._n_columns:
            n = self._n_columns
            raise ValueError(f"space: wanted at least {n} columns in its expanded code, found {X.shape[1]}")
        return predict_members(self.model, X)

    @property
    def n_members(self) -> int:
        """Members of an ensemble; 1: a single model."""
        return members_of(self.model)

    @property
    def _n_columns(self) -> int:
        """Columns that the model looks at."""
        if isinstance(self.model, Perceptron):
            return len(self.model.weights[0])
        if isinstance(self.model, LinearEnsemble):
            return int(self.model.coefficients.shape[1])
        return int(self.model.arrays["feature"].max()) + 1

    def save(self, path: Path) -> None:
        """Write arrays and record as npz, without pickles."""
        write_arrays(path, self.model.arrays, what=_WHAT, record=self.record)

    @classmethod
    def load(cls, path: Path) -> "Surrogate":
        """The inverse of ``save``.

        Raises:
            FileNotFoundError: No such file.
            ValueError: Not a surrogate, or a damaged one.
        """
        stored = read_arrays(path, what=_WHAT, limit_bytes=_LARGEST)
        kind = stored.record.get("model", "forest")  # files of earlier versions hold forests
        if kind not in MODELS:
            raise ValueError(f"{path}: wanted {_WHAT}, found a model {kind!r}")
        stored = read_arrays(path, what=_WHAT, layouts=layouts_of(kind), limit_bytes=_LARGEST)
        found = stored.record.get("parameters")
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise ValueError(f"{path}: wanted {_WHAT}, found one without names of parameters")
        try:
            return cls(read_model(kind, stored.arrays), stored.record)
        except ValueError as error:
            raise ValueError(f"{path}: wanted {_WHAT}, found {error}") from None


def fit_surrogate(
    problem: Problem,
    *,
    metric: str | None = None,
    model: str = "forest",
    n: int | None = None,
    n_folds: int = 5,
    n_trees: int = 100,
    rng: np.random.Generator,
) -> Surrogate:
    """Fit a model to what a problem measures.

    Args:
        problem: A table, or any problem that can be sampled. Failed rows are left out, and of a table with holes what
            is predicted.
        metric: What to predict; None: the problem's objective.
        model: One of ``MODELS``; ``best``: all of them, of which the one with the highest rank correlation
            (Kendall) on random parts is taken; those of the extra ``boosting`` where it is installed.
        n: Number of distinct candidates; None: all of a finite space.
        n_folds: Random parts; each is predicted by a model fitted on the others. Apart from these, the best fifth
            of all candidates is predicted by a model that has seen none of it.
        n_trees: Trees of a forest; half as many as boosting has.
        rng: Draws candidates and parts.

    Raises:
        KeyError: A metric that the problem does not have, or an unknown model.
        ImportError: A model of the extra ``boosting``, which is not installed.
        ValueError: Fewer candidates than parts, or no ``n`` where the space is not finite.
    """
    name = metric or problem.objective_metrics[0]
    if model != "best":
        check_model(model)
    Z = _recorded(problem, n, rng) if IS_PREDICTED.name in problem.evaluator.metrics else _candidates(problem, n, rng)
    found = problem.noise_free.evaluate(Z, metrics=[name])
    kept = ~found.failed
    X, y = problem.space.one_hot(Z[kept]), found.metrics[name][kept]
    if len(y) < max(n_folds, 2):
        raise ValueError(f"n: wanted at least {max(n_folds, 2)} candidates that do not fail, found {len(y)}")
    part = rng.permutation(len(y)) % n_folds
    measured = problem.evaluator.metrics[name]
    cost = measured.minimised(y)
    is_best = cost <= np.quantile(cost, 0.2)
    compared = {
        kind: {
            "random": agreement(y, _held_out(MODELS[kind], X, y, part, n_trees)),
            "best": _on_the_best(MODELS[kind], X, y, is_best, n_trees),
        }
        for kind in (available_models() if model == "best" else (model,))
    }
    chosen = max(compared, key=lambda kind: np.nan_to_num(compared[kind]["random"]["kendall"], nan=-2.0))
    record = {
        "problem": problem.label,
        "metric": name,
        "metric_fields": asdict(measured),
        "model": chosen,
        "n": len(y),
        "parameters": list(problem.space.names),
        "held_out": compared[chosen]["random"],
        "compared": compared,
    }
    return Surrogate(MODELS[chosen](X, y, n_trees=n_trees), record)


def _held_out(
    fit: Callable[..., Model], X: FloatArray, y: FloatArray, part: NDArray[np.int64], n_trees: int
) -> FloatArray:
    predicted = np.empty(len(y))
    for fold in range(int(part.max()) + 1):
        inside = part == fold
        predicted[inside] = fit(X[~inside], y[~inside], n_trees=n_trees).predict(X[inside])
    return predicted


def _on_the_best(
    fit: Callable[..., Model], X: FloatArray, y: FloatArray, is_best: NDArray[np.bool_], n_trees: int
) -> dict[str, float]:
    """How well the best rows are predicted by a model that has seen none of them; NaN where they are all or few."""
    if is_best.sum() < 2 or (~is_best).sum() < 2:
        return dict.fromkeys(("r2", "spearman", "kendall"), float("nan"))
    return agreement(y[is_best], fit(X[~is_best], y[~is_best], n_trees=n_trees).predict(X[is_best]))


def _recorded(problem: Problem, n: int | None, rng: np.random.Generator) -> Codes:
    """Candidates of a table with holes that are recorded at its fidelity: a model learns from no other model."""
    if isinstance(problem.evaluator, PredictedEvaluator):
        Z = problem.evaluator.records.Z
    else:
        Z = _candidates(problem, None, rng)
    is_predicted = problem.noise_free.evaluate(Z, metrics=[IS_PREDICTED.name]).metrics[IS_PREDICTED.name]
    known = Z[is_predicted == 0]
    return known if n is None else rng.permutation(known)[:n]


def _candidates(problem: Problem, n: int | None, rng: np.random.Generator) -> Codes:
    space = problem.space
    if n is None:
        if space.n_rows is None or space.n_rows > 1_000_000:
            raise ValueError(f"n: wanted a number of candidates, the space has {space.n_rows or 'infinitely many'}")
        every = np.concatenate(list(space.enumerate()))
        return np.unique(space.canonical(every), axis=0)
    if n < 1:
        raise ValueError(f"n: wanted at least 1, found {n}")
    found = np.unique(space.canonical(space.sample(n, rng)), axis=0)
    for _ in range(100):
        if len(found) >= n:
            break
        more = space.canonical(space.sample(n, rng))
        found = np.unique(np.concatenate([found, more]), axis=0)
    return rng.permutation(found)[:n]


def agreement(y: FloatArray, predicted: FloatArray) -> dict[str, float]:
    """R2, Spearman's and Kendall's rank correlation between values and predictions, each (n,)."""
    from scipy.stats import kendalltau, spearmanr

    deviation = float(np.sum((y - y.mean()) ** 2))
    r2 = 1.0 - float(np.sum((y - predicted) ** 2)) / deviation if deviation else float("nan")
    if np.ptp(y) == 0 or np.ptp(predicted) == 0:  # without order there is no correlation
        return {"r2": r2, "spearman": float("nan"), "kendall": float("nan")}
    return {
        "r2": r2,
        "spearman": float(spearmanr(y, predicted)[0]),
        "kendall": float(kendalltau(y, predicted)[0]),
    }
