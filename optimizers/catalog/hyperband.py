"""Hyperband: successive halving from every rung, in turns."""

from itertools import cycle

from optimizers.loop import Loop, as_solver
from optimizers.ordering import best_first
from optimizers.registry import solvers
from optimizers.rung import BracketRule, Eta, Lowest, NewCandidates, brackets, rungs
from optimizers.solver import At, Task


@solvers.register(
    "hyperband",
    summary="brackets of successive halving that start at every rung",
    family="fidelity",
    objectives="any",
    fidelities=True,
)
@as_solver
def hyperband(task: Task, *, eta: Eta = 3.0, lowest: Lowest = 0.0, rule: BracketRule = "ceil") -> Loop:
    """Run brackets of successive halving in turns, from the one of most candidates to random search.

    Where the task has one fidelity this is random search.

    Args:
        task: What is searched; its initializer chooses the candidates of the first bracket.
        eta: One in ``eta`` candidates is promoted.
        lowest: Fidelity of the lowest rung; 0: the lowest one of the task.
        rule: How the number of candidates is rounded; ``floor`` as in the authors' code.

    Source: li2018, Algorithm 1.
    """
    values = rungs(task.fidelities, eta, lowest)
    new = NewCandidates(task)
    for sizes in cycle(brackets(len(values), eta, rule)):
        Z = new.draw(sizes[0])
        for size, fidelity in zip(sizes, values[-len(sizes) :], strict=True):
            Z = Z[:size]
            y = yield At(Z, fidelity)
            Z = Z[best_first(y)]
