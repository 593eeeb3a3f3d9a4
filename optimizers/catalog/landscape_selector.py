"""A solver that looks at the landscape first, and then follows the schedule that a model chooses."""

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import SearchSpace
from optimizers.handover import Populations, begin, continue_from, follow, read_plan, recall
from optimizers.loop import Loop, as_solver
from optimizers.registry import make, solvers
from optimizers.selector import NAMES, Model, describe, shipped_model
from optimizers.solver import Task, uniform


@solvers.register(
    "landscape-selector", summary="a schedule chosen from features of the first evaluations", family="selection"
)
@as_solver
def landscape_selector(task: Task, *, model: str = "") -> Loop:
    """Evaluate a design, choose a schedule of solvers by its features, and go on with all that was evaluated.

    Everything is part of the budget. Where the model's own validation says that features do not help at this budget,
    or less than half of it would be left after the design, there is no look: the schedule that is best on average is
    followed from the start.

    Args:
        task: What is searched; its initializer chooses the design, which is uniform after a warm start.
        model: A file of ``iohnas portfolio fit`` in the working directory; empty: the one that comes with the package.

    Raises:
        OSError: At the first ask: the model cannot be read.
        ValueError: At the first ask: not a model.

    Source: kerschke2019 (selection by features); kostovska2022 (warm starts from the design).
    """
    chooser = Model.load(model) if model else shipped_model()
    history = yield from recall(task)
    n_told = len(history)
    looks = chooser.looks(task.budget)
    if looks and chooser.n_design:
        search = make("random-search")
        if history:  # the best that is known is not a sample of the space
            yield from continue_from(search, task, chooser.n_design, history, uniform)
        else:
            yield from begin(search, task, chooser.n_design, history)
    if looks and (len(history) > n_told or not chooser.n_design):
        chosen = chooser.choose(features_of(chooser, task.space, history[n_told:]), task.budget)
    else:
        chosen = chooser.without_look(task.budget)
    parts = read_plan(chosen.plan)
    yield from follow(parts[1:] if len(history) > n_told else parts, task, history)


def features_of(model: Model, space: SearchSpace, history: Populations) -> FloatArray:
    """What a model wants to know, (F,), of a space and what has been evaluated, which may be nothing."""
    Z, y = (np.concatenate(column) for column in zip(*history, strict=True)) if history else (None, None)
    seen = dict(zip(NAMES, describe(space, Z, y).tolist(), strict=True))
    return np.array([seen[name] for name in model.features])
