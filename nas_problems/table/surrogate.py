"""Surrogates: forests fitted to a table or to a sample of any problem, with what they predict held out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.array_file import read_arrays, write_arrays
from nas_problems.evaluators.forest import Forest
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace

_WHAT = "a surrogate of iohnas"
_LARGEST = 2**31  # bytes of its arrays


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A forest over the expanded code of a space.

    Args:
        forest: The trees.
        record: ``problem``, ``metric``, ``n``, ``parameters``, and ``held_out``: R2, Spearman's and
            Kendall's rank correlation of predictions for rows that the trees had not seen.
    """

    forest: Forest
    record: Mapping[str, Any]  # what json can hold

    def predict(self, space: SearchSpace, Z: Codes) -> FloatArray:
        """Predictions, (n,).

        Args:
            space: The space that it was fitted on.
            Z: Codes, (n, d).

        Raises:
            ValueError: Another space, or codes not of this space.
        """
        if list(space.names) != self.record["parameters"]:
            raise ValueError(f"space: wanted the parameters {self.record['parameters']}, found {list(space.names)}")
        X = space.one_hot(space.canonical(Z))
        if X.shape[1] <= int(self.forest.feature.max()):
            n = int(self.forest.feature.max()) + 1
            raise ValueError(f"space: wanted at least {n} columns in its expanded code, found {X.shape[1]}")
        return self.forest.predict(X)

    def save(self, path: Path) -> None:
        """Write arrays and record as npz, without pickles."""
        write_arrays(path, self.forest.arrays, what=_WHAT, record=self.record)

    @classmethod
    def load(cls, path: Path) -> "Surrogate":
        """The inverse of ``save``.

        Raises:
            FileNotFoundError: No such file.
            ValueError: Not a surrogate, or a damaged one.
        """
        stored = read_arrays(path, what=_WHAT, layouts=Forest.layouts, limit_bytes=_LARGEST)
        found = stored.record.get("parameters")
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise ValueError(f"{path}: wanted {_WHAT}, found one without names of parameters")
        try:
            return cls(Forest.from_arrays(stored.arrays), stored.record)
        except ValueError as error:
            raise ValueError(f"{path}: wanted {_WHAT}, found {error}") from None


def fit_surrogate(
    problem: Problem,
    *,
    metric: str | None = None,
    n: int | None = None,
    n_folds: int = 5,
    n_trees: int = 100,
    rng: np.random.Generator,
) -> Surrogate:
    """Fit a forest to what a problem measures.

    Args:
        problem: A table, or any problem that can be sampled. Failed rows are left out.
        metric: What to predict; None: the problem's objective.
        n: Number of distinct candidates; None: all of a finite space.
        n_folds: Parts; each is predicted by a forest fitted on the others.
        n_trees: Trees of each forest.
        rng: Draws candidates and parts.

    Raises:
        KeyError: A metric that the problem does not have.
        ValueError: Fewer candidates than parts, or no ``n`` where the space is not finite.
    """
    name = metric or problem.objective_metrics[0]
    Z = _candidates(problem.space, n, rng)
    found = problem.noise_free.evaluate(Z, metrics=[name])
    kept = ~found.failed
    X, y = problem.space.one_hot(Z[kept]), found.metrics[name][kept]
    if len(y) < max(n_folds, 2):
        raise ValueError(f"n: wanted at least {max(n_folds, 2)} candidates that do not fail, found {len(y)}")
    part = rng.permutation(len(y)) % n_folds
    predicted = np.empty(len(y))
    for fold in range(n_folds):
        inside = part == fold
        predicted[inside] = Forest.fit(X[~inside], y[~inside], n_trees=n_trees).predict(X[inside])
    record = {
        "problem": problem.label,
        "metric": name,
        "n": len(y),
        "parameters": list(problem.space.names),
        "held_out": agreement(y, predicted),
    }
    return Surrogate(Forest.fit(X, y, n_trees=n_trees), record)


def _candidates(space: SearchSpace, n: int | None, rng: np.random.Generator) -> Codes:
    if n is None:
        if space.size is None or space.size > 1_000_000:
            raise ValueError(f"n: wanted a number of candidates, the space has {space.size or 'infinitely many'}")
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
    return {
        "r2": r2,
        "spearman": float(spearmanr(y, predicted)[0]),
        "kendall": float(kendalltau(y, predicted)[0]),
    }
