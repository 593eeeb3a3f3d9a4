"""ASHA: successive halving without waiting for a rung to fill."""

from optimizers.registry import solvers
from optimizers.rung import Eta, Lowest, Promotions
from optimizers.solver import Task


@solvers.register(
    "asha",
    summary="asynchronous successive halving by promotion",
    family="fidelity",
    objectives="any",
    fidelities=True,
    asynchronous=True,
)
def asha(task: Task, *, eta: Eta = 3.0, lowest: Lowest = 0.0) -> Promotions:
    """Promote a candidate as soon as it is among the best ``1 / eta`` of its rung; otherwise start a new one.

    Promoted ones count among the rung's best. With several objectives a rung is ordered by nondominated rank and
    crowding distance (MO-ASHA). Where the task has one fidelity this is random search.

    Args:
        task: What is searched; its initializer chooses the first candidate.
        eta: One in ``eta`` of a rung is promoted.
        lowest: Fidelity of the lowest rung; 0: the lowest one of the task.

    Source: li2020asha, Algorithm 2; schmucker2021.
    """
    return Promotions(task, eta=eta, lowest=lowest)
