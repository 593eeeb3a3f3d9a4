"""Mutation, crossover and repair on codes, shared by solvers; whole batches, always valid.

Where a space has a validity test, refused rows are drawn again, at most ``MAX_REDRAWS`` times; a row that
is refused to the end is replaced by a fresh valid sample.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.space import Codes, SearchSpace

MAX_REDRAWS = 100
"""How often a refused row is drawn again."""

_BLOCK = 256  # mutations that a Mutator draws at once


def mutate_one(space: SearchSpace, Z: Codes, rng: np.random.Generator) -> Codes:
    """Give one variable of each row another value.

    The variable is drawn uniformly among those with a choice, its new value as ``SearchSpace.sample``
    draws it: a finite one's among the others, a real one's from its whole range, both on their scale.

    Args:
        space: The space of ``Z``.
        Z: Valid parents, shape (n, d).
        rng: Source of randomness.

    Returns:
        Valid children, shape (n, d).
    """

    def propose(rows: IntArray) -> Codes:
        children = Z[rows]
        columns, shifts = _draw_changes(space, len(rows), rng)
        at = (np.arange(len(rows)), columns)
        children[at] = _changed(space, children[at], columns, shifts)
        return children

    return _valid(space, len(Z), propose, rng)


def mutate_each(space: SearchSpace, Z: Codes, rng: np.random.Generator, *, rate: float | FloatArray) -> Codes:
    """Give every variable of each row another value with probability ``rate``.

    Args:
        space: The space of ``Z``.
        Z: Parents, shape (n, d).
        rng: Source of randomness.
        rate: Probability of each variable, one for all or (d,); a row may stay as it is.

    Returns:
        Valid children, shape (n, d).
    """

    def propose(rows: IntArray) -> Codes:
        children = Z[rows]
        at = np.nonzero(rng.random(children.shape) < rate)
        children[at] = _changed(space, children[at], at[1], _draw_shifts(space, at[1], rng))
        return children

    return _valid(space, len(Z), propose, rng)


def crossover_uniform(space: SearchSpace, Za: Codes, Zb: Codes, rng: np.random.Generator) -> Codes:
    """One child per pair of rows that takes every variable from either parent with equal probability.

    Args:
        space: The space of the parents.
        Za: First parents, shape (n, d).
        Zb: Second parents, shape (n, d).
        rng: Source of randomness.

    Returns:
        Valid children, shape (n, d).
    """

    def propose(rows: IntArray) -> Codes:
        return np.where(rng.random((len(rows), Za.shape[1])) < 0.5, Za[rows], Zb[rows])

    return _valid(space, len(Za), propose, rng)


def crossover_one_point(space: SearchSpace, Za: Codes, Zb: Codes, rng: np.random.Generator) -> Codes:
    """One child per pair of rows: the first parent up to a cut, the second from there.

    Args:
        space: The space of the parents.
        Za: First parents, shape (n, d).
        Zb: Second parents, shape (n, d).
        rng: Source of randomness; cuts are uniform on 1 ... d-1. With d = 1 the first parent is copied.

    Returns:
        Valid children, shape (n, d).
    """
    d = Za.shape[1]

    def propose(rows: IntArray) -> Codes:
        cuts = rng.integers(1, max(d, 2), size=(len(rows), 1))
        return np.where(np.arange(d) < cuts, Za[rows], Zb[rows])

    return _valid(space, len(Za), propose, rng)


def repair(space: SearchSpace, Z: Codes, rng: np.random.Generator) -> Codes:
    """Replace rows that fail the validity test by valid ones near them.

    Near means: some variables (two on average) resampled. Valid rows stay as they are; without a validity
    test nothing is drawn.

    Args:
        space: The space of ``Z``.
        Z: Codes, shape (n, d).
        rng: Source of randomness.

    Returns:
        Valid codes, shape (n, d); ``Z`` itself where nothing had to be repaired.
    """
    if space.validity is None:
        return Z
    refused = np.flatnonzero(~space.validity(Z))
    if not len(refused):
        return Z
    repaired = Z.copy()
    rate = min(1.0, 2 / space.n_parameters)
    repaired[refused] = mutate_each(space, Z[refused], rng, rate=rate)
    return repaired


class Mutator:
    """Mutation for solvers that make one child at a time; draws its random numbers in blocks.

    Args:
        space: The space of the parents.
        rng: Source of randomness.
        n_changes: None: exactly one variable gets another value, as ``mutate_one`` does it. A number > 0:
            each variable that has a choice does, with probability ``n_changes`` over their number, and at
            least one of them.
        each_kind: Exactly one variable of each kind gets another value; a kind is all variables with the same choices,
            such as the edges of a cell, or its operations. Not with ``n_changes``.
    """

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        n_changes: float | None = None,
        each_kind: bool = False,
    ) -> None:
        self._space, self._rng = space, rng
        self._n_choices = [n or None for n in _equally_likely_choices(space).tolist()]
        if each_kind:
            self._changes = self._draw_each_kind()
        else:
            self._changes = self._draw_one() if n_changes is None else self._draw_each(n_changes)

    def _draw_each_kind(self) -> Iterator[list[tuple[int, Any]]]:
        kinds: dict[object, list[int]] = {}
        for column in _free_columns(self._space).tolist():
            parameter = self._space.parameters[column]
            kinds.setdefault(getattr(parameter, "choices", column), []).append(column)
        while True:
            columns = np.stack(
                [np.array(kind)[self._rng.integers(len(kind), size=_BLOCK)] for kind in kinds.values()], axis=1
            )
            shifts = _draw_shifts(self._space, columns.ravel(), self._rng).reshape(columns.shape)
            for row in range(_BLOCK):
                yield list(zip(columns[row].tolist(), shifts[row].tolist(), strict=True))

    def _draw_one(self) -> Iterator[list[tuple[int, Any]]]:
        while True:
            columns, shifts = _draw_changes(self._space, _BLOCK, self._rng)
            for change in zip(columns.tolist(), shifts.tolist(), strict=True):
                yield [change]

    def _draw_each(self, n_changes: float) -> Iterator[list[tuple[int, Any]]]:
        free = _free_columns(self._space)
        rate = min(1.0, n_changes / len(free))
        while True:
            is_changed = self._rng.random((_BLOCK, len(free))) < rate
            is_changed = is_changed[is_changed.any(axis=1)]
            rows, at = np.nonzero(is_changed)
            columns = free[at]
            changes = list(zip(columns.tolist(), _draw_shifts(self._space, columns, self._rng).tolist(), strict=True))
            ends = np.cumsum(np.bincount(rows, minlength=len(is_changed))).tolist()
            for start, end in zip([0, *ends], ends, strict=False):
                yield changes[start:end]

    def __call__(self, parent: list[Any]) -> Codes:
        """A valid child of a valid parent.

        Args:
            parent: Its code as a list of d numbers; it is not changed.

        Returns:
            The child, shape (1, d).
        """
        space = self._space
        for _ in range(MAX_REDRAWS + 1):
            child = parent.copy()
            for column, change in next(self._changes):
                n_choices = self._n_choices[column]
                if n_choices is not None:
                    child[column] = (child[column] + change) % n_choices
                else:
                    code, unit = np.array([child[column]]), np.array([change])
                    child[column] = space.parameters[column].another(code, unit)[0]
            Z = np.array([child], dtype=space.dtype)
            if space.validity is None or space.validity(Z)[0]:
                return Z
        return space.sample(1, self._rng)


def _free_columns(space: SearchSpace) -> IntArray:
    """Columns that have a choice; of a single code the first, which any change leaves as it is."""
    free = np.array([j for j, n_choices in enumerate(space.n_choices) if n_choices != 1], dtype=np.int64)
    return free if len(free) else np.zeros(1, dtype=np.int64)


def _draw_changes(space: SearchSpace, n: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray | IntArray]:
    """Columns to change (n,), and what ``_changed`` needs to change them."""
    free = _free_columns(space)
    columns = free[rng.integers(0, len(free), size=n)]
    return columns, _draw_shifts(space, columns, rng)


def _draw_shifts(space: SearchSpace, columns: IntArray, rng: np.random.Generator) -> FloatArray | IntArray:
    """Per column what ``_changed`` needs: the shift 1 ... n_choices-1 of a code whose values are equally likely,
    else a number in [0, 1).
    """
    unit = rng.random(len(columns))
    n_choices = _equally_likely_choices(space)[columns]
    shifts = 1 + (unit * np.maximum(n_choices - 1, 0)).astype(np.int64)
    return shifts if n_choices.all() else np.where(n_choices > 0, shifts, unit)


def _changed(space: SearchSpace, codes: Codes, columns: IntArray, shifts: FloatArray | IntArray) -> Codes:
    """New codes of single variables, (n,): shifted cyclically where values are equally likely, else drawn."""
    n_choices = _equally_likely_choices(space)[columns]
    changed: Codes = np.where(n_choices > 0, (codes + shifts) % np.maximum(n_choices, 1), shifts)
    for j in np.unique(columns[n_choices == 0]).tolist():
        at = columns == j
        changed[at] = space.parameters[j].another(codes[at], shifts[at])
    return changed


def _equally_likely_choices(space: SearchSpace) -> IntArray:
    """Number of choices per parameter, (d,); 0 where they are infinitely many or not equally likely."""
    counts = [n if n and p.equally_likely else 0 for n, p in zip(space.n_choices, space.parameters, strict=True)]
    return np.array(counts, dtype=np.int64)


def _valid(space: SearchSpace, n: int, propose: Callable[[IntArray], Codes], rng: np.random.Generator) -> Codes:
    """Children of rows 0 ... n-1, proposed until they pass the validity test."""
    children = propose(np.arange(n))
    if space.validity is None:
        return children
    refused = np.flatnonzero(~space.validity(children))
    for _ in range(MAX_REDRAWS):
        if not len(refused):
            return children
        children[refused] = propose(refused)
        refused = refused[~space.validity(children[refused])]
    children[refused] = space.sample(len(refused), rng)
    return children
