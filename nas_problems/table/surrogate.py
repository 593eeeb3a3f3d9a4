"""Surrogates: models fitted to a table or to a sample of any problem, compared by what they predict held out."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray, brief, check_count
from nas_problems.array_file import read_arrays, write_arrays
from nas_problems.checked import checked
from nas_problems.frame.predicted import IS_PREDICTED, PredictedEvaluator
from nas_problems.problem import Problem
from nas_problems.space import Categorical, Codes, Ordinal, Parameter, SearchSpace
from nas_problems.surrogate import Model, agreement, available_kinds, better_of, check_kind, held_out, kinds

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
        """What each member predicts, (n, members); not finite where the model's numbers overflow.

        Args:
            space: The space that it was fitted on.
            Z: Codes, (n, d).

        Raises:
            ValueError: Another space, or codes not of this space.
        """
        if list(space.names) != self.record["parameters"]:
            raise ValueError(f"space: wanted the parameters {self.record['parameters']}, found {list(space.names)}")
        for ours, theirs in zip(self.record.get("ranges", []), _ranges(space), strict=False):
            if ours != theirs:
                raise ValueError(f"space: wanted {ours}, on which the model was fitted, found {theirs}")
        X = space.one_hot(space.canonical(Z))
        n = self.model.n_columns
        if X.shape[1] < n:
            raise ValueError(f"space: wanted at least {n} columns in its expanded code, found {X.shape[1]}")
        with np.errstate(over="ignore", invalid="ignore"):  # of a file with huge numbers; a problem has it as failed
            return self.model.predict_members(X)

    @property
    def n_members(self) -> int:
        """Members of an ensemble; 1: a single model."""
        return self.model.n_members

    def save(self, path: Path | str) -> None:
        """Write arrays and record as npz, without pickles."""
        write_arrays(Path(path), self.model.arrays, what=_WHAT, record=self.record)

    @classmethod
    def load(cls, path: Path | str) -> "Surrogate":
        """The inverse of ``save``.

        Raises:
            FileNotFoundError: No such file.
            ValueError: Not a surrogate, or a damaged one.
        """
        path = Path(path)
        stored = read_arrays(path, what=_WHAT, limit_bytes=_LARGEST)
        kind = stored.record.get("model", "forest")  # files of earlier versions hold forests
        if not isinstance(kind, str) or kind not in kinds:
            raise ValueError(f"{path}: wanted {_WHAT}, found a model {brief(kind)}")
        model = kinds[kind].factory.stored
        stored = read_arrays(path, what=_WHAT, layouts=model.layouts, limit_bytes=_LARGEST)
        parameters = stored.record.get("parameters")
        if not isinstance(parameters, list) or not all(isinstance(name, str) for name in parameters):
            raise ValueError(f"{path}: wanted {_WHAT}, found one without names of parameters")
        if not isinstance(stored.record.get("ranges", []), list):
            raise ValueError(f"{path}: wanted {_WHAT}, found one without the ranges of parameters")
        try:
            read = model.from_arrays(stored.arrays)
        except ValueError as error:
            raise ValueError(f"{path}: wanted {_WHAT}, found {error}") from None
        if read.n_members < 1:
            raise ValueError(f"{path}: wanted {_WHAT}, found one without members")
        return cls(read, stored.record)


@checked
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
        model: One of ``nas_problems.surrogate.kinds``; ``best``: all that suit the space and whose library is
            installed, of which the one with the highest rank correlation (Kendall) on random parts is taken.
        n: Number of distinct candidates; None: all of a finite space.
        n_folds: Random parts; each is predicted by a model fitted on the others. Apart from these, the best fifth
            of all candidates is predicted by a model that has seen none of it.
        n_trees: Trees of a forest; half as many as boosting has.
        rng: Draws candidates and parts.

    Raises:
        KeyError: A metric that the problem does not have, or an unknown model.
        ImportError: A model whose library is not installed.
        ValueError: Fewer than two parts or one tree, fewer candidates than parts, no ``n`` where the space is not
            finite, or a model that does not suit the space.
    """
    check_count(n_folds, "n_folds", 2)
    check_count(n_trees, "n_trees", 1)
    name = metric or problem.objective_metrics[0]
    if model != "best":
        check_kind(model, problem.space)
    Z = _recorded(problem, n, rng) if IS_PREDICTED.name in problem.evaluator.metrics else _candidates(problem, n, rng)
    evaluations = problem.noise_free.evaluate(Z, metrics=[name])
    kept = ~evaluations.failed
    X, y = problem.space.one_hot(Z[kept]), evaluations.metrics[name][kept]
    if len(y) < max(n_folds, 2):
        raise ValueError(f"n: wanted at least {max(n_folds, 2)} candidates that do not fail, found {len(y)}")
    part = rng.permutation(len(y)) % n_folds
    measured = problem.evaluator.metrics[name]
    cost = measured.minimised(y)
    is_best = cost <= np.quantile(cost, 0.2)
    compared = {
        kind: {
            "random": agreement(y, held_out(kind, X, y, part, n_trees=n_trees, space=problem.space)),
            "best": _on_the_best(kind, X, y, is_best, n_trees, problem.space),
        }
        for kind in (available_kinds(problem.space) if model == "best" else (model,))
    }
    chosen = better_of({kind: splits["random"] for kind, splits in compared.items()})
    record = {
        "problem": problem.label,
        "metric": name,
        "metric_fields": asdict(measured),
        "model": chosen,
        "n": len(y),
        "parameters": list(problem.space.names),
        "ranges": _ranges(problem.space),
        "held_out": compared[chosen]["random"],
        "compared": compared,
    }
    return Surrogate(kinds[chosen].factory.fit(X, y, n_trees=n_trees, space=problem.space), record)


def _ranges(space: SearchSpace) -> list[str]:
    """Each parameter with its values or bounds and its scale, in words that a file can hold."""
    return [_range(parameter) for parameter in space.parameters]


def _range(parameter: Parameter) -> str:
    if isinstance(parameter, Categorical | Ordinal):
        listed = parameter.choices if isinstance(parameter, Categorical) else parameter.values
        return f"{type(parameter).__name__} {parameter.name} of {list(listed)}"
    scale = " (log)" if parameter.log else ""
    return f"{type(parameter).__name__} {parameter.name} in {[float(parameter.low), float(parameter.high)]}{scale}"


def _on_the_best(
    kind: str, X: FloatArray, y: FloatArray, is_best: NDArray[np.bool_], n_trees: int, space: SearchSpace
) -> dict[str, float]:
    """How well the best rows are predicted by a model that has seen none of them; NaN where they are all or few."""
    if is_best.sum() < 2 or (~is_best).sum() < 2:
        return dict.fromkeys(("r2", "spearman", "kendall"), float("nan"))
    model = kinds[kind].factory.fit(X[~is_best], y[~is_best], n_trees=n_trees, space=space)
    return agreement(y[is_best], model.predict(X[is_best]))


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
    candidates = np.unique(space.canonical(space.sample(n, rng)), axis=0)
    for _ in range(100):
        if len(candidates) >= n:
            break
        more = space.canonical(space.sample(n, rng))
        candidates = np.unique(np.concatenate([candidates, more]), axis=0)
    return rng.permutation(candidates)[:n]
