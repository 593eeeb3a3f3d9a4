"""Problems in Optuna's own studies."""

import numpy as np
import optuna
import pytest

import nas_problems
from nas_problems.adapters.optuna import as_objective, suggest
from tests.nas_problems.tiny import constrained_problem, flaky_problem, mixed_problem, table_problem


def study_of(n_objectives: int = 1) -> optuna.Study:
    """Random search, seeded."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.RandomSampler(seed=1)
    return optuna.create_study(sampler=sampler, directions=["minimize"] * n_objectives)


@pytest.mark.parametrize("make", [table_problem, mixed_problem, lambda: nas_problems.make("fcnet-naval")])
def test_values_are_those_of_the_problem(make: object) -> None:
    """Trials have the names and values of the space, and the cost of their evaluation."""
    assert callable(make)
    problem = make()
    study = study_of()
    study.optimize(as_objective(problem), n_trials=20)
    Z = problem.space.encode([trial.params for trial in study.trials])
    evaluations = problem.evaluate(Z)
    assert [trial.value for trial in study.trials] == problem.minimised(evaluations).tolist()
    assert [trial.user_attrs["cost_seconds"] for trial in study.trials] == evaluations.cost_seconds.tolist()


def test_several_objectives() -> None:
    """A tuple, each minimised."""
    problem = nas_problems.make("nb201-cifar10[objective=validation_accuracy+n_parameters]")
    study = study_of(2)
    study.optimize(as_objective(problem), n_trials=10)
    Y = problem(problem.space.encode([trial.params for trial in study.trials]))
    assert [list(trial.values) for trial in study.trials] == Y.tolist()


def test_candidates_that_do_not_exist_are_pruned() -> None:
    """The study goes on."""
    problem = constrained_problem()
    study = study_of()
    study.optimize(as_objective(problem), n_trials=30)
    states = [trial.state for trial in study.trials]
    assert {optuna.trial.TrialState.PRUNED, optuna.trial.TrialState.COMPLETE} == set(states)
    valid = [problem.space.encode([trial.params]) for trial in study.trials if trial.value is not None]
    assert problem.space.is_valid(np.concatenate(valid)).all()


def test_a_failed_evaluation_is_marked() -> None:
    """Its value is the penalty."""
    problem = flaky_problem()
    study = study_of()
    study.optimize(as_objective(problem), n_trials=30)
    failed = [trial.value for trial in study.trials if trial.user_attrs["failed"]]
    assert failed and set(failed) == {problem.objectives[0].penalty}


def test_noise_wants_a_generator() -> None:
    """Which makes it repeatable."""
    problem = nas_problems.make("nb201-cifar10", noise="sampled")
    with pytest.raises(ValueError, match="wants a numpy Generator"):
        as_objective(problem)
    objective = as_objective(problem, rng=np.random.default_rng(1))
    trial = optuna.trial.FixedTrial(problem.space.decode(np.zeros((1, 6), np.int64))[0])
    assert np.isfinite([objective(trial) for _ in range(5)]).all()


def test_a_suggestion_of_a_bare_space() -> None:
    """Codes of one candidate."""
    space = mixed_problem().space
    Z = space.sample(5, np.random.default_rng(1))
    for z in Z:
        assert suggest(optuna.trial.FixedTrial(dict(space.decode(z[None])[0])), space)[0] == pytest.approx(z)
