"""SMAC's facades as loops: what it asks for, repaired and moved to a fidelity that there is."""

import logging
import math
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
from joblib import parallel_config

from nas_problems.adapters.configspace import to_codes, to_configspace, to_configuration
from nas_problems.space import Codes
from optimizers.adapters.quiet import quiet
from optimizers.loop import Loop
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.solver import At, Task
from optimizers.variation import repair

try:
    from smac import Scenario
    from smac.main.exceptions import ConfigurationSpaceExhaustedException
    from smac.model.random_forest.random_forest import RandomForest
    from smac.runhistory import TrialInfo, TrialValue
except ImportError as error:
    raise ImportError('SMAC is not installed; pip install "iohnas[multi-fidelity]"') from error

logging.getLogger("smac").addHandler(logging.NullHandler())  # a line per candidate where few unseen ones are left

_MANY = 10**9  # trials that SMAC believes to have: a run ends where its budget does

MakeFacade = Callable[..., Any]
"""Makes a facade of (scenario, target function, initial configurations, forest)."""


def smac_loop(
    task: Task,
    start: Codes,
    make: MakeFacade,
    *,
    fidelity_of: Callable[[float], float] | None = None,
    **settings: Any,
) -> Loop:
    """Ask a facade for as many trials as there are workers, until the budget is spent or it has seen every candidate.

    Args:
        task: What is searched.
        start: Codes of the initial design, (n, d).
        make: Makes the facade.
        fidelity_of: The fidelity that stands for a budget which SMAC asks for; None: it asks for none.
        settings: Further settings of SMAC's scenario, such as ``min_budget`` and ``max_budget``.
    """
    space, rng = task.space, task.rng
    seed = draw_seed(rng)
    private = PrivateRandomState(rng)
    code_of: dict[Any, Codes] = {}

    def code(config: Any) -> Codes:
        known = code_of.get(config)
        return to_codes(space, config) if known is None else known[None]

    with tempfile.TemporaryDirectory() as folder:
        with _calling(private):
            there = to_configspace(space, seed=seed)
            scenario = Scenario(
                there, deterministic=True, n_trials=_MANY, seed=seed, output_directory=folder, **settings
            )
            function = _never_called if fidelity_of is None else _never_called_at
            configurations = [to_configuration(there, space, z) for z in start]
            if task.n_known or space.validity is not None:  # ConfigSpace rounds numbers, which finds no known value
                code_of |= dict(zip(configurations, start, strict=True))
            facade = make(scenario, function, configurations, _forest(scenario, task))
        while True:
            trials: list[TrialInfo] = []
            with _calling(private), suppress(ConfigurationSpaceExhaustedException):
                while len(trials) < task.n_parallel:
                    trials.append(facade.ask())
            if not trials:
                return
            Z = np.concatenate([repair(space, code(trial.config), rng) for trial in trials])
            y = yield Z if fidelity_of is None else At(Z, np.array([fidelity_of(trial.budget) for trial in trials]))
            with _calling(private):
                for trial, value in zip(trials, y.tolist(), strict=True):
                    facade.tell(trial, TrialValue(cost=value, time=0.0), save=False)  # all trials, anew each time


def _forest(scenario: Scenario, task: Task) -> RandomForest:
    """That of the facades, without room for a million leaves in each tree, which takes a hundred times its training."""
    most = task.n_known + math.ceil(task.budget * task.fidelities.full / task.fidelities.values[0])
    return RandomForest(
        scenario.configspace,
        n_trees=10,
        ratio_features=1.0,
        log_y=True,
        min_samples_split=2,
        min_samples_leaf=1,
        max_leaf_nodes=max(2, most),
        seed=scenario.seed,
    )


@contextmanager
def _calling(private: PrivateRandomState) -> Generator[None]:
    """Quietly, and in one thread: starting threads takes the forest longer than predicting its few candidates."""
    with quiet(private), parallel_config("sequential"):
        yield


def _never_called(config: Any, seed: int = 0) -> float:
    raise AssertionError("SMAC is asked and told")


def _never_called_at(config: Any, seed: int = 0, budget: float = 0.0) -> float:
    raise AssertionError("SMAC is asked and told")
