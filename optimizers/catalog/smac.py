"""SMAC: Bayesian optimization with a random forest."""

from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("smac", summary="Bayesian optimization with a random forest (SMAC)", family="model-based")
@as_solver
def smac(task: Task, *, n_initial: PositiveInt = 10) -> Loop:
    """SMAC's facade for hyperparameter optimization, at the full fidelity.

    As many candidates are asked for as there are workers; the library knows which of them are being evaluated. Forest,
    expected improvement of logarithms, local and random search for its maximum and the share of random candidates are
    the library's. About 0.05 to 0.1 s a candidate; a candidate that fails the validity test is repaired.

    Args:
        task: What is searched; its initializer chooses the initial design.
        n_initial: Candidates before the first forest.

    Raises:
        ImportError: SMAC is not installed.

    Source: lindauer2022.
    """
    from optimizers.adapters.smac import smac_loop

    def make(scenario, function, start, forest):  # type: ignore[no-untyped-def]  # SMAC has no types
        from smac import HyperparameterOptimizationFacade as Facade

        design = Facade.get_initial_design(scenario, n_configs=0, additional_configs=start, max_ratio=1.0)
        return Facade(scenario, function, model=forest, initial_design=design, logging_level=False, overwrite=True)

    yield from smac_loop(task, task.start(n_initial), make)
