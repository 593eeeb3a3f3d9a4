"""Successive halving: many candidates cheaply, the better ones again with more."""

from optimizers.loop import Loop, as_solver
from optimizers.option import Count
from optimizers.ordering import best_first
from optimizers.registry import solvers
from optimizers.rung import Eta, Lowest, NewCandidates, brackets, rungs
from optimizers.solver import At, Task


@solvers.register(
    "successive-halving",
    summary="many candidates at a low fidelity, the best 1/eta at the next",
    family="fidelity",
    objectives="any",
    fidelities=True,
)
@as_solver
def successive_halving(task: Task, *, eta: Eta = 3.0, lowest: Lowest = 0.0, n_candidates: Count = 0) -> Loop:
    """Evaluate a rung of candidates, promote the best ``1 / eta`` of them, until one is at the full fidelity; repeat.

    Where the task has one fidelity this is random search.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        eta: One in ``eta`` candidates is promoted.
        lowest: Fidelity of the first rung; 0: the lowest one of the task.
        n_candidates: Candidates on the first rung; 0: eta to the power of the number of promotions, so that one
            is left in the end.

    Source: jamieson2016, Figure 3.
    """
    values = rungs(task.fidelities, eta, lowest)
    n_first = n_candidates or brackets(len(values), eta)[0][0]
    new = NewCandidates(task)
    while True:
        Z = new.draw(n_first)
        for fidelity in values:
            y = yield At(Z, fidelity)
            Z = Z[best_first(y)[: max(1, int(len(Z) / eta + 1e-9))]]
