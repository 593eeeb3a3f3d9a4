"""A schedule of solvers, each of which goes on from what those before it have found."""

from optimizers.handover import follow, read_plan, recall
from optimizers.loop import Loop, as_solver
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register("schedule", summary="several solvers in turn, each with the data of those before", family="schedule")
@as_solver
def schedule(task: Task, *, plan: str = "aging-evolution:0.3:bananas") -> Loop:
    """Run one solver after another; all but the first start from the best so far, and those that build models have all.

    ``random-search:30:bananas:300:aging-evolution`` is random search up to evaluation 30, BANANAS up to 300, and aging
    evolution for the rest. A number below 1 is a share of the budget. ``bananas+optuna-tpe`` is a race: they take
    turns, and the one whose last turn had the lowest value gets the next, see ``optimizers.handover.race``.

    Args:
        task: What is searched; its initializer chooses the first candidates of the first solver.
        plan: Registered solvers, and between each two of them where the first one of them ends.

    Raises:
        KeyError: At the first ask: an unknown solver.
        ValueError: At the first ask: not such a plan.

    Source: kostovska2022, section 3 (warm starts); gomes2001 (schedules against uncertainty); peng2010 (races).
    """
    yield from follow(read_plan(plan), task, (yield from recall(task)))
