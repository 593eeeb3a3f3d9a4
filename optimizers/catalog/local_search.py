"""Local search (hill climbing) in the three variants of White et al., with restarts."""

import heapq
from collections.abc import Generator
from typing import Any, Literal

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace
from optimizers.archive import code_keys, draw_unseen, unseen_rows
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task

Variant = Literal["all-neighbours", "query-until-lower", "continue-at-minimum"]


@solvers.register("local-search", summary="hill climbing of White et al. with restarts", family="local search")
@as_solver
def local_search(
    task: Task,
    *,
    variant: Variant = "all-neighbours",
    n_starts: PositiveInt = 1,
) -> Loop:
    """Walk downhill through neighbourhoods; at a local minimum start again, until the budget is spent.

    Variants:

    - ``all-neighbours``: evaluate the whole neighbourhood and move to its best member while that is
      lower (Algorithm 1);
    - ``query-until-lower``: evaluate neighbours in random order and move to the first lower one;
    - ``continue-at-minimum``: as the first, but a local minimum does not end the walk: it goes on from
      the best architecture found so far whose neighbourhood has not been evaluated.

    A code is evaluated once: where the walk meets it again, its recorded value counts, as in the
    authors' code. Neighbourhoods are visited in random order. The run ends early where every code of
    the space has been seen.

    Differs: the initializer chooses the first start(s) only; later ones are drawn uniformly among the
    codes not seen so far.

    Args:
        task: What is searched; its initializer chooses the first start(s).
        variant: See above.
        n_starts: k: each walk begins at the best of so many starts (appendix A).

    Source: white2021, section 3, Algorithm 1.
    """
    space, rng = task.space, task.rng
    walk = {
        "all-neighbours": _all_neighbours,
        "query-until-lower": _query_until_lower,
        "continue-at-minimum": _continue_at_minimum,
    }[variant]
    record = _Record()
    starts = task.start(n_starts)
    while len(starts):
        y = yield from record.evaluate(starts)
        yield from walk(space, starts, y, record, rng)
        starts = draw_unseen(space, n_starts, record.values, rng)


class _Record:
    """The value of every code evaluated so far, by key."""

    def __init__(self) -> None:
        self.values: dict[bytes, float] = {}

    def evaluate(self, Z: Codes) -> Generator[Codes, FloatArray, FloatArray]:
        """Values of the rows of ``Z``, (k,); asks for those that are not known."""
        new = unseen_rows(Z, self.values)
        if len(new):
            y = yield new
            self.values.update(zip(code_keys(new), y.tolist(), strict=True))
        return np.array([self.values[key] for key in code_keys(Z)])


def _all_neighbours(
    space: SearchSpace, starts: Codes, y: FloatArray, record: _Record, rng: np.random.Generator
) -> Loop:
    v, y_v = starts[y.argmin()], y.min()
    while len(neighbours := rng.permutation(space.neighbours(v))):
        y = yield from record.evaluate(neighbours)
        if y.min() >= y_v:
            return
        v, y_v = neighbours[y.argmin()], y.min()


def _query_until_lower(
    space: SearchSpace, starts: Codes, y: FloatArray, record: _Record, rng: np.random.Generator
) -> Loop:
    v, y_v = starts[y.argmin()], y.min()
    improved = True
    while improved:
        improved = False
        neighbours = rng.permutation(space.neighbours(v))
        for u, key in zip(neighbours, code_keys(neighbours), strict=True):
            if key not in record.values:
                record.values[key] = (yield u[None, :]).item()
            if record.values[key] < y_v:
                v, y_v, improved = u, record.values[key], True
                break


def _continue_at_minimum(
    space: SearchSpace, starts: Codes, y: FloatArray, record: _Record, rng: np.random.Generator
) -> Loop:
    # Descent is a special case: a lower neighbour of the best open code is the new best open code.
    open_codes: list[tuple[float, int, Any]] = []
    n_found = 0
    while True:
        for z, value in zip(starts, y.tolist(), strict=True):
            heapq.heappush(open_codes, (value, n_found, z))
            n_found += 1  # of equal values the first one found comes first
        if not open_codes:
            return
        _, _, v = heapq.heappop(open_codes)
        starts = unseen_rows(rng.permutation(space.neighbours(v)), record.values)
        y = yield from record.evaluate(starts)
