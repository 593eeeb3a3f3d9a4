"""SMAC's Hyperband: brackets whose candidates a random forest proposes."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.rung import Eta, Lowest, rungs
from optimizers.solver import Task


@solvers.register(
    "smac-hyperband", summary="Hyperband with candidates of a random forest (SMAC)", family="fidelity", fidelities=True
)
@as_solver
def smac_hyperband(task: Task, *, eta: Eta = 3.0, lowest: Lowest = 0.0, n_initial: PositiveInt = 10) -> Loop:
    """SMAC's multi-fidelity facade: Hyperband's brackets (rule ``ceil``), filled by a random forest.

    A budget that SMAC asks for is moved to the nearest fidelity of the task, in ratio. A candidate that fails the
    validity test is repaired. Where the task has one fidelity, everything is evaluated there.

    Args:
        task: What is searched; its initializer chooses the initial design.
        eta: One in ``eta`` candidates is promoted.
        lowest: Fidelity of the lowest rung; 0: the lowest one of the task.
        n_initial: Candidates before the first forest.

    Raises:
        ImportError: SMAC is not installed.

    Source: lindauer2022; li2018.
    """
    from optimizers.adapters.smac import smac_loop

    def make(scenario, function, start):  # type: ignore[no-untyped-def]  # SMAC has no types
        from smac import MultiFidelityFacade as Facade
        from smac.intensifier import Hyperband

        design = Facade.get_initial_design(scenario, n_configs=0, additional_configs=start, max_ratio=1.0)
        hyperband = Hyperband(scenario, eta=round(eta), seed=scenario.seed)
        return Facade(
            scenario, function, initial_design=design, intensifier=hyperband, logging_level=False, overwrite=True
        )

    values = rungs(task.fidelities, eta, lowest)
    low = values[0] if len(values) > 1 else values[0] / eta
    yield from smac_loop(task, task.start(n_initial), make, min_budget=low, max_budget=values[-1])
