"""The (1 + 1) evolutionary algorithm, with which the theory of evolutionary algorithms begins."""

from typing import Annotated

from optimizers.loop import Loop, as_solver
from optimizers.option import Between
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import Mutator


@solvers.register("one-plus-one-ea", summary="(1 + 1) evolutionary algorithm, resampling copies", family="evolution")
@as_solver
def one_plus_one_ea(
    task: Task,
    *,
    n_changes: Annotated[float, Between(0.01)] = 1.0,
) -> Loop:
    """Change each variable with probability chi / d; the child replaces its parent unless it is worse.

    A changed variable gets any of its other values; a mutation that changes nothing is drawn again, so that
    no evaluation is spent on a copy of the parent. For bits this is the (1 + 1) EA_{>0}.

    Args:
        task: What is searched; its initializer chooses the first parent.
        n_changes: chi: variables that standard bit mutation changes on average, before copies are drawn
            again; d counts the variables that have a choice.

    Source: carvalhopinto2018; doerr2018, for more than two values.
    """
    space, rng = task.space, task.rng
    parent = task.start(1)
    y_parent = (yield parent).item()
    code = parent[0].tolist()
    mutate = Mutator(space, rng, n_changes=n_changes)
    while True:
        child = mutate(code)
        y = (yield child).item()
        if y <= y_parent:
            code, y_parent = child[0].tolist(), y
