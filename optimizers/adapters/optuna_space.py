"""A space as Optuna sees it, and studies of several objectives: what the solvers of Optuna share."""

import importlib.util
import inspect
import warnings
from typing import Any

import numpy as np
import optuna

from nas_problems.array import FloatArray
from nas_problems.parameter import Categorical, Integer, Parameter, Real
from nas_problems.space import Codes, SearchSpace
from optimizers.loop import Loop
from optimizers.solver import At, Task
from optimizers.variation import repair


def tpe_sampler(
    *, seed: int, n_initial: int, n_candidates: int, multivariate: bool, batch_size: int = 1
) -> optuna.samplers.BaseSampler:
    """Optuna's TPE; in batches with its constant liar."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # multivariate, in Optuna 4
        return optuna.samplers.TPESampler(
            n_startup_trials=n_initial,
            n_ei_candidates=n_candidates,
            multivariate=multivariate,
            seed=seed,
            constant_liar=batch_size > 1,
        )


_WANTED = {"CmaEsSampler": "cmaes", "GPSampler": "torch"}  # what samplers import at their first model


def sampler_names() -> tuple[str, ...]:
    """The samplers that need no argument but a seed, sorted.

    Left out are those that want a grid or fixed values, and the exhaustive one, which only an Optuna study can end.
    """
    names = []
    for name, sampler in vars(optuna.samplers).items():
        if inspect.isclass(sampler) and issubclass(sampler, optuna.samplers.BaseSampler):
            parameters = inspect.signature(sampler).parameters.values()
            needs_more = any(parameter.default is parameter.empty for parameter in parameters)
            if "seed" in inspect.signature(sampler).parameters and not needs_more and name != "BruteForceSampler":
                names.append(name)
    return tuple(sorted(names))


def named_sampler(name: str, *, seed: int, batch_size: int = 1) -> optuna.samplers.BaseSampler:
    """A sampler with its own defaults, seeded throughout, silent, and in batches with a constant liar where it has one.

    Args:
        name: One of ``sampler_names()``.
        seed: Of all its random numbers.
        batch_size: Candidates that are asked for at a time.

    Raises:
        ImportError: What it imports is not installed.
    """
    if name in _WANTED and importlib.util.find_spec(_WANTED[name]) is None:
        raise ImportError(f"optuna:{name} wants {_WANTED[name]}; pip install {_WANTED[name]}")
    of_class = getattr(optuna.samplers, name)
    known = inspect.signature(of_class).parameters
    settings: dict[str, Any] = {"seed": seed, "warn_asynchronous_seeding": False, "constant_liar": batch_size > 1}
    if "independent_sampler" in known:  # draws what the sampler does not model
        independent = optuna.samplers.RandomSampler(seed=seed)
        settings |= {"independent_sampler": independent, "warn_independent_sampling": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return of_class(**{key: value for key, value in settings.items() if key in known})


def optuna_loop(sampler: optuna.samplers.BaseSampler, task: Task, first: Codes, batch_size: int = 1) -> Loop:
    """Ask a sampler for one candidate after the other, or for several at a time, to the end of the budget.

    A candidate that fails the validity test is repaired, and its value told for the original.

    Args:
        sampler: Seeded.
        task: What is searched.
        first: The first candidates, shape (n, d).
        batch_size: How many are asked for before any of them is told.
    """
    space = task.space
    study = _study(sampler, task.n_objectives)
    distributions = {parameter.name: _distribution(parameter) for parameter in space.parameters}
    for z in first:
        study.enqueue_trial(_params(space, z))
    while True:
        with np.errstate(divide="ignore", invalid="ignore"):  # logarithms of its own, at the ends of extreme ranges
            trials = [study.ask(distributions) for _ in range(min(batch_size, task.budget))]
        y = yield np.concatenate([repair(space, _codes(space, trial.params), task.rng) for trial in trials])
        for i, trial in enumerate(trials):
            study.tell(trial, _values(y[i : i + 1]))


def pruned_loop(
    sampler: optuna.samplers.BaseSampler, task: Task, first: Codes, fidelities: tuple[float, ...], eta: int
) -> Loop:
    """Ask a sampler for as many candidates as there are workers, and raise their fidelity until HyperbandPruner prunes
    them.

    The library counts steps in integers from 1: they are fidelities divided by the lowest one.

    Args:
        sampler: Seeded.
        task: What is searched, with one objective.
        first: The first candidates, shape (n, d).
        fidelities: Where values are reported, increasing.
        eta: The pruner's reduction factor.
    """
    space, low = task.space, fidelities[0]
    steps = [max(1, int(fidelity / low + 1e-9)) for fidelity in fidelities]
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=steps[-1], reduction_factor=eta)
    study = _study(sampler, 1, pruner=pruner, study_name="iohnas")  # brackets are drawn by the name
    distributions = {parameter.name: _distribution(parameter) for parameter in space.parameters}
    for z in first:
        study.enqueue_trial(_params(space, z))
    while True:
        with np.errstate(divide="ignore", invalid="ignore"):  # see optuna_loop
            trials = [study.ask(distributions) for _ in range(task.n_parallel)]
        Z = np.concatenate([repair(space, _codes(space, trial.params), task.rng) for trial in trials])
        for step, fidelity in zip(steps, fidelities, strict=True):
            y = yield At(Z, fidelity)
            goes_on = np.zeros(len(trials), dtype=np.bool_)
            for i, trial in enumerate(trials):
                trial.report(float(y[i]), step)
                if fidelity == fidelities[-1]:
                    study.tell(trial, float(y[i]))
                elif trial.should_prune():
                    study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                else:
                    goes_on[i] = True
            Z, trials = Z[goes_on], [trial for trial, stays in zip(trials, goes_on, strict=True) if stays]
            if not trials:
                break


def _values(y: FloatArray) -> list[float]:
    values: list[float] = y[0].tolist() if y.ndim == 2 else y.tolist()
    return values


def _study(sampler: optuna.samplers.BaseSampler, n_objectives: int, **settings: Any) -> optuna.Study:
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it greets every new study
    try:
        return optuna.create_study(sampler=sampler, directions=["minimize"] * n_objectives, **settings)
    finally:
        optuna.logging.set_verbosity(verbosity)


def _distribution(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    """Codes of a choice, values of a range: what Optuna should see of its scale."""
    if isinstance(parameter, Categorical):
        return optuna.distributions.CategoricalDistribution(range(parameter.n_choices))
    if isinstance(parameter, Integer):
        return optuna.distributions.IntDistribution(parameter.low, parameter.high, log=parameter.log)
    if isinstance(parameter, Real):
        return optuna.distributions.FloatDistribution(parameter.low, parameter.high, log=parameter.log)
    return optuna.distributions.IntDistribution(0, parameter.n_choices - 1)


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
