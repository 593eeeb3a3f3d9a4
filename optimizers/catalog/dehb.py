"""DEHB: Hyperband whose rungs are populations of differential evolution."""

import tempfile
import warnings
from typing import Any

import numpy as np

from optimizers.loop import Loop, as_solver
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.registry import solvers
from optimizers.rung import Eta, Lowest, library_range, rung_of, rungs
from optimizers.solver import At, Task
from optimizers.variation import repair


class _Silent:
    """In place of the library's logger, which writes to standard output and opens a file for every run."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


@solvers.register(
    "dehb", summary="differential evolution on the rungs of Hyperband (DEHB)", family="fidelity", fidelities=True
)
@as_solver
def dehb(task: Task, *, eta: Eta = 3.0, lowest: Lowest = 0.0) -> Loop:
    """DEHB's ask and tell, with its default operators, on ConfigSpace's unit cube.

    The library's rungs are powers of ``eta`` below the full fidelity; ``optimizers.rung.rungs`` says what the task has
    in their place. A candidate that fails the validity test is repaired. Where the task has one fidelity, everything
    is evaluated there.

    Args:
        task: What is searched; its initializer chooses the first candidates of the lowest rung.
        eta: One in ``eta`` candidates is promoted.
        lowest: Fidelity of the lowest rung; 0: the lowest one of the task.

    Raises:
        ImportError: DEHB is not installed.

    Source: awad2021.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from dehb import DEHB
            from dehb.optimizers import dehb as module
    except ImportError as error:
        raise ImportError('DEHB is not installed; pip install "iohnas[multi-fidelity]"') from error

    from nas_problems.adapters.configspace import to_codes, to_configspace, to_configuration
    from optimizers.adapters.quiet import quiet

    module.logger = _Silent()
    space, rng = task.space, task.rng
    values = rungs(task.fidelities, eta, lowest)
    low, full = library_range(values, eta)
    seed, private = draw_seed(rng), PrivateRandomState(rng)
    there = to_configspace(space, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        with quiet(private):
            optimizer = DEHB(
                cs=there,
                dimensions=space.n_parameters,
                min_fidelity=low,
                max_fidelity=full,
                eta=eta,
                seed=seed,
                n_workers=1,
                output_path=folder,
                save_freq="end",
            )
            population = optimizer.de[optimizer.fidelities[0]].population
            for i, z in enumerate(task.start(len(population))):
                population[i] = optimizer.configspace_to_vector(to_configuration(there, space, z))
        while True:
            with quiet(private):
                jobs = [optimizer.ask() for _ in range(task.n_parallel)]
            Z = np.concatenate([repair(space, to_codes(space, job["config"]), rng) for job in jobs])
            y = yield At(Z, np.array([rung_of(values, eta, job["fidelity"]) for job in jobs]))
            with quiet(private):
                for job, value in zip(jobs, y.tolist(), strict=True):
                    optimizer.tell(job, {"fitness": value, "cost": float(job["fidelity"])})
