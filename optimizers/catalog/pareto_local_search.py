"""Pareto local search: the neighbours of every candidate that nothing dominates."""

import numpy as np

from optimizers.archive import code_keys, draw_unseen, unseen_rows
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "pareto-local-search",
    summary="neighbors of all non-dominated candidates",
    family="multi-objective",
    objectives="any",
)
@as_solver
def pareto_local_search(
    task: Task,
    *,
    n_starts: PositiveInt = 10,
) -> Loop:
    """Evaluate all neighbours of a non-dominated candidate that was not explored yet, drawn uniformly.

    No candidate is evaluated twice. Where all non-dominated candidates are explored, the search starts again from
    ``n_starts`` unseen ones, with an empty archive; it ends where no unseen ones are left.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        n_starts: Candidates evaluated at the start, and at every restart.

    Source: paquete2004.
    """
    from optimizers.domination import Archive, as_columns

    space, rng = task.space, task.rng
    seen: set[bytes] = set()
    Z = unseen_rows(task.start(n_starts), seen)
    while len(Z):
        archive = Archive(space, task.n_objectives)
        while len(Z):
            seen.update(code_keys(Z))
            y = yield Z
            archive.add(Z, as_columns(y))
            Z = Z[:0]
            while not len(Z) and len(left := np.flatnonzero(~archive.marked)):
                row = rng.choice(left)
                archive.marked[row] = True
                Z = unseen_rows(rng.permutation(space.neighbours(archive.Z[row])), seen)
        Z = draw_unseen(space, n_starts, seen, rng)
