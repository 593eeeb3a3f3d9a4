"""Problems for Optuna's own studies.

    pip install optuna

>>> import nas_problems, optuna
>>> from nas_problems.adapters.optuna import as_objective
>>> optuna.logging.set_verbosity(optuna.logging.WARNING)
>>> study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
>>> study.optimize(as_objective(nas_problems.make("nb201-cifar10")), n_trials=20)
>>> round(study.best_value, 3), study.best_params["edge_0_1"]
(9.421, 'skip_connect')
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import optuna

from nas_problems.parameter import Categorical, Integer, Ordinal, Parameter, Value
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace


def suggest(trial: "optuna.trial.BaseTrial", problem: Problem | SearchSpace) -> Codes:
    """A candidate that a trial suggests: its parameters have the names and values of ``space.decode``.

    Categorical and ordinal parameters are suggested as categorical ones, integers and reals from their ranges.

    Args:
        trial: Of a study, or a ``FixedTrial``.
        problem: A problem, or its space.

    Returns:
        Codes, shape (1, d): what ``problem(...)`` takes.

    Raises:
        optuna.TrialPruned: The suggestion fails the validity test of the space; a study goes on with the next trial.
    """
    space = problem.space if isinstance(problem, Problem) else problem
    config = {parameter.name: _suggested(trial, parameter) for parameter in space.parameters}
    Z = np.array([[p.encode([config[p.name]])[0] for p in space.parameters]], dtype=space.dtype)
    if not space.is_valid(Z)[0]:
        raise optuna.TrialPruned(f"not a candidate of the space: {config}")
    return Z


def _suggested(trial: "optuna.trial.BaseTrial", parameter: Parameter) -> Value:
    value: Value
    if isinstance(parameter, Categorical):
        value = trial.suggest_categorical(parameter.name, parameter.choices)
    elif isinstance(parameter, Ordinal):
        value = trial.suggest_categorical(parameter.name, parameter.values)
    elif isinstance(parameter, Integer):
        value = trial.suggest_int(parameter.name, parameter.low, parameter.high, log=parameter.log)
    else:
        value = trial.suggest_float(parameter.name, parameter.low, parameter.high, log=parameter.log)
    return value


def as_objective(
    problem: Problem, *, rng: np.random.Generator | None = None
) -> Callable[["optuna.trial.BaseTrial"], Any]:
    """What ``study.optimize`` takes; every objective is minimised.

    Trials have the user attributes ``cost_seconds`` and ``failed``; a failed evaluation has the problem's penalty for
    its value.

    Args:
        problem: Of several objectives, the study wants ``directions=["minimize"] * m``.
        rng: Needed in a random noise mode.

    Returns:
        A function of a trial that returns the value, or a tuple of the values.

    Raises:
        ValueError: No ``rng`` in a random noise mode.
    """
    if problem.noise.is_random and rng is None:
        raise ValueError(f"rng: noise {str(problem.noise)!r} wants a numpy Generator, found None")

    def objective(trial: "optuna.trial.BaseTrial") -> Any:
        evaluations = problem.evaluate(suggest(trial, problem), rng=rng, metrics=problem.objective_metrics)
        trial.set_user_attr("cost_seconds", float(evaluations.cost_seconds[0]))
        trial.set_user_attr("failed", bool(evaluations.failed[0]))
        y = problem.minimised(evaluations)[0]
        return float(y) if y.ndim == 0 else tuple(y.tolist())

    return objective
