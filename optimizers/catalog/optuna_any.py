"""The samplers of Optuna, as ``optuna:<Sampler>``."""

from dataclasses import dataclass

from optimizers.loop import Loop, LoopSolver
from optimizers.option import BatchSize, PositiveInt
from optimizers.randomness import draw_seed
from optimizers.registry import collections
from optimizers.solver import Solver, Task, Traits, uniform


@dataclass(frozen=True, slots=True)
class OptunaSampler:
    """The factory of one of Optuna's samplers.

    Args:
        sampler: Name of its class in ``optuna.samplers``.
    """

    sampler: str

    def __call__(self, task: Task, *, n_suggestions: PositiveInt = 10, batch_size: BatchSize = 0) -> Solver:
        """Start a run; the sampler has its own defaults.

        Real and integer parameters keep their ranges and scales, an ordinal one becomes an integer range, a
        categorical one a choice; samplers that cannot model a choice draw it uniformly. A candidate that fails the
        validity test is repaired, and its value told for the original.

        Args:
            task: What is searched. The sampler makes its own start; candidates of an initializer other than
                ``uniform`` are suggested before it is asked.
            n_suggestions: How many such candidates.
            batch_size: Candidates that are evaluated at a time; 0: as many as there are workers.

        Source: akiba2019.
        """
        return LoopSolver(_loop(self.sampler, task, n_suggestions, task.batch(batch_size)))


def _loop(name: str, task: Task, n_suggestions: int, batch_size: int) -> Loop:
    from optimizers.adapters.optuna_space import named_sampler, optuna_loop

    sampler = named_sampler(name, seed=draw_seed(task.rng), batch_size=batch_size)
    n = 0 if task.initializer is uniform else max(n_suggestions, task.n_known)
    first = task.start(n) if n else task.space.sample(0, task.rng)
    yield from optuna_loop(sampler, task, first, batch_size)


class OptunaRegistry:
    """Optuna's samplers as a collection of solvers."""

    def names(self) -> tuple[str, ...]:
        """Names of all samplers that need nothing but a seed, sorted; imports optuna."""
        from optimizers.adapters.optuna_space import sampler_names

        return sampler_names()

    def factory(self, name: str) -> OptunaSampler:
        """The factory of one sampler."""
        return OptunaSampler(name)

    def traits(self, name: str) -> Traits:
        """Any number of objectives, at one fidelity; CMA-ES takes one objective."""
        return Traits(objectives="one" if name == "CmaEsSampler" else "any")


collections.register("optuna", summary="every sampler of Optuna", family="optuna")(OptunaRegistry())
