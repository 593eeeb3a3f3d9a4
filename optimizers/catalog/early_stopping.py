"""Every solver with a rule that stops trainings, as ``early-stopping:<NAME>``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from optimizers.ioh_algorithm import IohAlgorithm, takes_ioh_problem
from optimizers.option import PositiveInt, Probability
from optimizers.registry import collections, solvers
from optimizers.solver import Solver, SolverFactory, Task, Traits
from optimizers.stopping import StoppingRule, stopped


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """The factory of a solver whose trainings are stopped.

    Args:
        solver: Its name.
    """

    solver: str

    def __call__(
        self,
        task: Task,
        *,
        predictor: Literal["parametric", "nu-svr", "ridge", "mean-of-last", "last-value"] = "ridge",
        chance: Probability = 0.05,
        n_looks: PositiveInt = 10,
        n_together: PositiveInt = 1,
    ) -> Solver:
        """Start a run; a training ends where it is unlikely to become better than the best one.

        The solver is told the predicted end of what was stopped. Where fidelities do not continue a training, or where
        there are fewer than five, nothing is stopped. For options of the solver itself see
        ``optimizers.stopping.stopped``.

        Args:
            task: What is searched; its initializer is the solver's.
            predictor: What predicts the end of a curve.
            chance: Stopped is what ends below the best with a smaller probability.
            n_looks: How many times a training is looked at.
            n_together: Candidates of a batch that are trained side by side.

        Source: domhan2015; baker2018.
        """
        factory = cast(SolverFactory, solvers[self.solver].factory)
        return stopped(factory, StoppingRule(predictor, chance, n_looks, n_together))(task)


class _EarlyStopping:
    """The collection of all of them."""

    def names(self) -> tuple[str, ...]:
        """Registered solvers that search at one fidelity."""
        return tuple(entry.name for entry in solvers if self._can_be_stopped(entry.name))

    def factory(self, name: str) -> Callable[..., Solver]:
        """See ``SolverCollection.factory``."""
        return EarlyStopping(name)

    def traits(self, name: str) -> Traits:
        """See ``SolverCollection.traits``."""
        return Traits(fidelities=True)

    def _can_be_stopped(self, name: str) -> bool:
        plugin, traits = solvers[name].factory, solvers.traits(name)
        is_loop = not isinstance(plugin, IohAlgorithm) and not takes_ioh_problem(plugin)
        return is_loop and not traits.fidelities and not traits.samples


collections.register(
    "early-stopping", summary="a solver whose hopeless trainings are stopped by their curves", family="fidelity"
)(_EarlyStopping())
