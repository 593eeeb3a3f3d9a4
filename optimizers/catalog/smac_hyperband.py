"""SMAC's Hyperband: brackets whose candidates a random forest proposes."""

from functools import partial
from typing import Annotated

from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.registry import solvers
from optimizers.rung import Lowest, library_range, rung_of, rungs
from optimizers.solver import Task


@solvers.register(
    "smac-hyperband", summary="Hyperband with candidates of a random forest (SMAC)", family="fidelity", fidelities=True
)
@as_solver
def smac_hyperband(
    task: Task, *, eta: Annotated[int, Between(2, 1000)] = 3, lowest: Lowest = 0.0, n_initial: PositiveInt = 10
) -> Loop:
    """SMAC's multi-fidelity facade: Hyperband's brackets (rule ``ceil``), filled by a random forest.

    The library's rungs are powers of ``eta`` below the full fidelity; ``optimizers.rung.rungs`` says what the task has
    in their place. A candidate that fails the validity test is repaired. Where the task has one fidelity, everything
    is evaluated there.

    Args:
        task: What is searched; its initializer chooses the initial design.
        eta: One in ``eta`` candidates is promoted; a whole number, as SMAC wants it.
        lowest: Fidelity of the lowest rung; 0: the lowest one of the task.
        n_initial: Candidates before the first forest.

    Raises:
        ImportError: SMAC is not installed.

    Source: lindauer2022; li2018.
    """
    from optimizers.adapters.smac import smac_loop

    def make(scenario, function, start, forest):  # type: ignore[no-untyped-def]  # SMAC has no types
        from smac import MultiFidelityFacade as Facade
        from smac.intensifier import Hyperband

        design = Facade.get_initial_design(scenario, n_configs=0, additional_configs=start, max_ratio=1.0)
        hyperband = Hyperband(scenario, eta=eta, seed=scenario.seed)
        return Facade(
            scenario,
            function,
            model=forest,
            initial_design=design,
            intensifier=hyperband,
            logging_level=False,
            overwrite=True,
        )

    values = rungs(task.fidelities, eta, lowest)
    low, full = library_range(values, eta)
    rung = partial(rung_of, values, eta)
    yield from smac_loop(task, task.start(n_initial), make, fidelity_of=rung, min_budget=low, max_budget=full)
