"""Hill climbing by network morphisms."""

import numpy as np

from optimizers.lineage import offspring, read_generations
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "morphism-hill-climbing",
    summary="hill climbing of Elsken et al.: the best of some children is the next parent",
    family="inheritance",
)
@as_solver
def morphism_hill_climbing(task: Task, *, n_children: PositiveInt = 8) -> Loop:
    """Train children of a network, and go on with the best of them.

    One of the children is the parent itself, trained for one more generation. Where the list of generations is full,
    another climb begins from the first network, with other children.

    On a space without generations children differ from their parent in one variable, the parent stays among them
    without another evaluation, and nothing begins anew.

    Args:
        task: What is searched; its initializer chooses the first candidate where there are no generations.
        n_children: n_neigh in the paper, 8 there.

    Source: elsken2017, Algorithm 1.
    """
    space, rng = task.space, task.rng
    generations = read_generations(space)
    first = task.start(1)[:1] if generations is None else generations.root
    y_first = yield first
    while True:
        parent, y_parent = first[0], float(y_first[0])
        while len(children := offspring(space, generations, parent, n_children, rng)):
            if generations is not None:
                children = np.concatenate([generations.kept(parent), children[1:]])
            y = yield children
            best = int(np.argmin(y))
            if generations is not None or y[best] <= y_parent:
                parent, y_parent = children[best], float(y[best])
