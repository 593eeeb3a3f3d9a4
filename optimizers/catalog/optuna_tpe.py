"""The tree-structured Parzen estimator of Optuna."""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from nas_problems.parameter import Categorical, Integer, Parameter, Real
from nas_problems.space import Codes, SearchSpace
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.randomness import draw_seed
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import repair

if TYPE_CHECKING:
    import optuna


@solvers.register("optuna-tpe", summary="tree-structured Parzen estimator (Optuna)", family="model-based")
@as_solver
def optuna_tpe(
    task: Task,
    *,
    n_initial: PositiveInt = 10,
    n_candidates: PositiveInt = 24,
    multivariate: bool = True,
) -> Loop:
    """TPE on the parameters of the space, one candidate at a time.

    A candidate that fails the validity test is repaired, and its value told for the original. A candidate
    may be evaluated more than once. A step takes longer the more steps went before: 10 ms at 300.

    Args:
        task: What is searched; its initializer chooses the first candidates; where it gives fewer, Optuna draws the
            others.
        n_initial: Candidates before the first model.
        n_candidates: Draws from the model among which the one of the greatest expected improvement is taken.
        multivariate: Whether the model is of all parameters at once, or of each alone.

    Source: bergstra2011; akiba2019.
    """
    space, rng = task.space, task.rng
    Z = task.start(n_initial)
    study = _study(draw_seed(rng), n_initial, n_candidates, multivariate)
    distributions = {parameter.name: _distribution(parameter) for parameter in space.parameters}
    for z in Z:
        study.enqueue_trial(_params(space, z))
    while True:
        trial = study.ask(distributions)
        y = yield repair(space, _codes(space, trial.params), rng)
        study.tell(trial, y.item())


def _study(seed: int, n_initial: int, n_candidates: int, multivariate: bool) -> "optuna.Study":
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # multivariate, in Optuna 4
        sampler = optuna.samplers.TPESampler(
            n_startup_trials=n_initial, n_ei_candidates=n_candidates, multivariate=multivariate, seed=seed
        )
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it greets every new study
    try:
        return optuna.create_study(sampler=sampler)
    finally:
        optuna.logging.set_verbosity(verbosity)


def _distribution(parameter: Parameter) -> "optuna.distributions.BaseDistribution":
    """Codes of a choice, values of a range: what Optuna should see of its scale."""
    from optuna import distributions

    if isinstance(parameter, Categorical):
        return distributions.CategoricalDistribution(range(parameter.n_choices))
    if isinstance(parameter, Integer):
        return distributions.IntDistribution(parameter.low, parameter.high, log=parameter.log)
    if isinstance(parameter, Real):
        return distributions.FloatDistribution(parameter.low, parameter.high, log=parameter.log)
    return distributions.IntDistribution(0, parameter.n_choices - 1)


def _params(space: SearchSpace, z: Codes) -> dict[str, Any]:
    """One code (d,) as Optuna writes it."""
    return {
        p.name: float(code) if isinstance(p, Real) else int(code) + _offset(p)
        for p, code in zip(space.parameters, z.tolist(), strict=True)
    }


def _codes(space: SearchSpace, params: dict[str, Any]) -> Codes:
    """The inverse of ``_params``, shape (1, d)."""
    return np.array([[params[p.name] - _offset(p) for p in space.parameters]], dtype=space.dtype)


def _offset(parameter: Parameter) -> int:
    return parameter.low if isinstance(parameter, Integer) else 0
