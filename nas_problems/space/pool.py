"""Pools: spaces whose candidates are the rows of a table of configurations that were tried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from nas_problems.array import FloatArray, IntArray, brief
from nas_problems.parameter import Categorical, Codes, Parameter
from nas_problems.space.distance import ordered_scale
from nas_problems.space.grid import on_grid
from nas_problems.space.search_space import SearchSpace

Distance = Literal["gower", "hamming"]

_CHUNK = 2_000_000  # distances computed at once


@dataclass(frozen=True, eq=False)
class Pool:
    """The rows of a table as a ``Listing``.

    Args:
        parameters: The parameters.
        Z: Codes of the rows, distinct, (m, d).
        nearest: What a code stands for that is not a row: the nearest row (the first of several); else it is not a
            valid candidate, unless it differs from a row by rounding alone (see ``grid.on_grid``).
        distance: ``gower`` or ``hamming``, see ``SearchSpace.distance``; says what is nearest.
        n_neighbours: A row's neighbours are so many nearest ones, and those that it is among the nearest of.
        canonical_form: Of the codes, before they are looked up; the rows are in it.

    Raises:
        ValueError: No rows, two equal ones, codes that are none, an unknown distance, or Hamming distances
            where a parameter is real.

    >>> parameters = (Categorical("op", ("conv", "pool")), Categorical("width", (8, 16, 32)))
    >>> pool = Pool(parameters, np.array([[0, 0], [1, 2]]))
    >>> pool.rows_of(np.array([[0, 0], [0, 1], [1, 1]])).tolist()
    [0, 0, 1]
    """

    parameters: tuple[Parameter, ...]
    Z: Codes
    nearest: bool = True
    distance: Distance = "gower"
    n_neighbours: int = 10
    canonical_form: Callable[[Codes], Codes] | None = None

    def __post_init__(self) -> None:
        self._space.check(self.Z)
        if self.distance not in get_args(Distance):
            raise ValueError(f"distance: wanted one of {get_args(Distance)}, found {brief(self.distance)}")
        if self.distance == "hamming" and not self._space.is_finite:
            raise ValueError("distance: wanted 'gower' where a parameter is real, found 'hamming'")
        if not len(self.Z) or len(self._row_of) < len(self.Z):
            raise ValueError(f"pool: wanted distinct rows, at least one, found {len(self._row_of)} in {len(self.Z)}")

    draws_rows = True

    def __len__(self) -> int:
        return len(self.Z)

    @cached_property
    def _space(self) -> SearchSpace:
        return SearchSpace(self.parameters)

    @cached_property
    def _row_of(self) -> dict[bytes, int]:
        return _first_rows(self.Z)

    @cached_property
    def _row_on_grid(self) -> dict[bytes, int]:
        return _first_rows(on_grid(self.parameters, self.Z))

    @cached_property
    def _points(self) -> FloatArray:
        return self._embed(self.Z)

    def _embed(self, Z: Codes) -> FloatArray:
        """Points whose L1 distance is the wanted one, up to a factor."""
        columns: list[FloatArray] = []
        for j, parameter in enumerate(self.parameters):
            if self.distance == "hamming" or isinstance(parameter, Categorical):
                assert parameter.n_choices is not None
                columns.extend(0.5 * (Z[:, [j]] == np.arange(parameter.n_choices)).T)
            else:
                columns.append(ordered_scale(parameter, Z[:, j]))
        return np.stack(columns, axis=1)

    def rows_of(self, Z: Codes) -> IntArray:
        """See ``Listing.rows_of``."""
        Z = Z if self.canonical_form is None else self.canonical_form(Z)
        rows = np.array([self._row_of.get(key, -1) for key in _keys(Z)], dtype=np.int64)
        unknown = np.flatnonzero(rows < 0)
        if not unknown.size:
            return rows
        if self.nearest:
            rows[unknown] = self._nearest(self._embed(Z[unknown]), 1)[:, 0]
        elif not self._space.is_finite:
            keys = _keys(on_grid(self.parameters, Z[unknown]))
            rows[unknown] = [self._row_on_grid.get(key, -1) for key in keys]
        return rows

    def _nearest(self, points: FloatArray, k: int) -> IntArray:
        """The k nearest rows of each point, the nearest first, of equally near ones the first, (n, k)."""
        from scipy.spatial.distance import cdist  # slow to import

        parts = [np.empty((0, k), dtype=np.int64)]
        chunk = max(1, _CHUNK // len(self))
        for start in range(0, len(points), chunk):
            away = np.round(cdist(points[start : start + chunk], self._points, "cityblock"), 12)
            parts.append(away.argmin(axis=1)[:, None] if k == 1 else np.argsort(away, axis=1, kind="stable")[:, :k])
        return np.concatenate(parts)

    def codes_of(self, rows: IntArray) -> Codes:
        """See ``Listing.codes_of``."""
        return self.Z[rows]

    def finder(self) -> Callable[[Sequence[int]], int]:
        """See ``Listing.finder``."""
        row_of, space = self._row_of, self._space

        def find(z: Sequence[int]) -> int:
            code = np.asarray(z)
            if code.shape != (space.n_parameters,) or code.dtype.kind not in ("iu" if space.is_finite else "iuf"):
                raise ValueError(f"z: wanted {space.n_parameters} codes, found {brief(z)}")
            code = code.astype(space.dtype)
            known = row_of.get(_keys(code[None])[0])
            return int(self.rows_of(space.check(code[None]))[0]) if known is None else known

        return find

    def neighbours(self, z: Codes) -> Codes:
        """See ``Listing.neighbours``: of the row that a code stands for."""
        (row,) = self.rows_of(z[None])
        first, second = self.neighbour_pairs()
        around = second[np.searchsorted(first, row) : np.searchsorted(first, row, side="right")]
        return self.Z[around]

    def neighbour_pairs(self) -> tuple[IntArray, IntArray]:
        """See ``Listing.neighbour_pairs``."""
        return self._pairs

    @cached_property
    def _pairs(self) -> tuple[IntArray, IntArray]:
        n = len(self)
        k = min(self.n_neighbours + 1, n)
        near = self._nearest(self._points, k)
        first, second = np.repeat(np.arange(n), k), near.ravel()
        differ = first != second  # a row is among its own nearest ones
        first, second = first[differ], second[differ]
        keys = np.unique(np.concatenate([first * n + second, second * n + first]))
        return keys // n, keys % n


def _first_rows(Z: Codes) -> dict[bytes, int]:
    """Key of a code -> the first row that has it."""
    return {key: row for row, key in reversed(list(enumerate(_keys(Z))))}


def _keys(Z: Codes) -> list[bytes]:
    """Something to look up a row by."""
    return [row.tobytes() for row in Z + 0]  # -0.0 + 0 is 0.0


def pool_space(
    parameters: tuple[Parameter, ...], Z: Codes, *, nearest: bool = True, distance: Distance = "gower"
) -> SearchSpace:
    """A space whose candidates are the given rows; see ``Pool``."""
    return SearchSpace(parameters, listing=Pool(parameters, Z, nearest, distance))
