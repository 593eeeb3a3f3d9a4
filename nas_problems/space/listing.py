"""Spaces whose candidates are listed: only some codes are candidates, or many codes are one and the same.

A product of parameters counts its candidates itself. Where it cannot (the 423,624 cells of NAS-Bench-101 have half
a billion codes; of a grid of 10^11 configurations 5,138 were trained), a ``Listing`` says which candidates there
are and which one a code stands for. Solvers go on searching codes; tables, optima and exact landscapes go over the
rows of the list:

    codes (n, d)  --rows_of-->  rows (n,), -1: no candidate  --table-->  values (n,)
    rows 0 ... len-1  --codes_of-->  one code of each candidate
"""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from nas_problems.array import BoolArray, IntArray
from nas_problems.parameter import Codes


@runtime_checkable
class Listing(Protocol):
    """The candidates of a space, numbered."""

    @property
    def draws_rows(self) -> bool:
        """Whether ``SearchSpace.sample`` draws candidates, all equally likely; else it draws valid codes."""
        ...

    @property
    def canonical_form(self) -> Callable[[Codes], Codes] | None:
        """What codes (n, d) become before they are looked up, see ``SearchSpace``; None: they stay as they are."""
        ...

    def __len__(self) -> int:
        """Number of candidates, >= 1."""
        ...

    def rows_of(self, Z: Codes) -> IntArray:
        """The candidate that each checked code (n, d) stands for, (n,); -1: none."""
        ...

    def codes_of(self, rows: IntArray) -> Codes:
        """The canonical code of each candidate, (n, d)."""
        ...

    def finder(self) -> Callable[[Sequence[int]], int]:
        """``rows_of`` for one code, fast; it raises ValueError, IndexError or TypeError for what is not a code."""
        ...

    def neighbours(self, z: Codes) -> Codes | None:
        """The codes next to a valid code (d,), (k, d); None: those one step away that are listed."""
        ...

    def neighbour_pairs(self) -> tuple[IntArray, IntArray]:
        """First and second row of all ordered pairs of neighbouring candidates, by the first, then the second.

        Candidates are neighbours if codes of theirs are.
        """
        ...


def is_listed(listing: Listing, Z: Codes) -> BoolArray:
    """Validity test of a listed space."""
    return listing.rows_of(Z) >= 0


def canonical_in(listing: Listing, Z: Codes) -> Codes:
    """Canonical form of a listed space; codes that are not valid stay as they are."""
    rows = listing.rows_of(Z)
    valid = rows >= 0
    canonical = Z.copy()
    canonical[valid] = listing.codes_of(rows[valid])
    return canonical
