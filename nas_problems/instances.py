"""Symmetric instances: the same problem under other names for its variables and choices.

As in BBOB and PBO, an instance changes what a solver could exploit by accident (the order of variables,
code 0 being special) and keeps what it should find: values, neighbourhoods and the optimum's value.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nas_problems.array import BoolArray, IntArray
from nas_problems.condition import relabelled
from nas_problems.parameter import Categorical, Ordinal, Parameter
from nas_problems.space import Codes, Listing, SearchSpace


@dataclass(frozen=True)
class Relabelling:
    """An automorphism of a space's neighbourhood graph.

    Args:
        space: The relabelled space; its ``decode`` gives the same configurations as the base space.
        order: Column j of the relabelled space is column ``order[j]`` of the base space.
        choice_codes: Per relabelled column the base code of each new code; None: unchanged.
    """

    space: SearchSpace
    order: IntArray
    choice_codes: tuple[IntArray | None, ...]

    def to_base(self, Z: Codes) -> Codes:
        """Codes of the relabelled space to codes of the base space, shape (n, d)."""
        base = np.empty_like(Z)
        for j, codes in enumerate(self.choice_codes):
            column = Z[:, j]
            base[:, self.order[j]] = column if codes is None else codes[column.astype(np.int64)]
        return base

    def from_base(self, Z: Codes) -> Codes:
        """The inverse of ``to_base``."""
        relabelled = np.empty_like(Z)
        for j, codes in enumerate(self.choice_codes):
            column = Z[:, self.order[j]]
            relabelled[:, j] = column if codes is None else np.argsort(codes)[column.astype(np.int64)]
        return relabelled


@dataclass(frozen=True)
class RelabelledListing:
    """A listing under other names for its variables and choices: the same candidates in the same rows.

    Args:
        base: The listing of the base space.
        relabelling: From the relabelled space to the base space.
    """

    base: Listing
    relabelling: Relabelling

    @property
    def draws_rows(self) -> bool:
        """As in the base space."""
        return self.base.draws_rows

    @property
    def canonical_form(self) -> Callable[[Codes], Codes] | None:
        """See ``Listing.canonical_form``."""
        return _canonical_form(self.base.canonical_form, self.relabelling)

    def __len__(self) -> int:
        return len(self.base)

    def rows_of(self, Z: Codes) -> IntArray:
        """See ``Listing.rows_of``."""
        return self.base.rows_of(self.relabelling.to_base(Z))

    def codes_of(self, rows: IntArray) -> Codes:
        """See ``Listing.codes_of``."""
        return self.relabelling.from_base(self.base.codes_of(rows))

    def finder(self) -> Callable[[Sequence[int]], int]:
        """See ``Listing.finder``."""
        find, space = self.base.finder(), self.relabelling.space
        if not space.is_finite:
            return lambda z: find(self.relabelling.to_base(space.check([z]))[0].tolist())
        place = np.argsort(self.relabelling.order).tolist()
        codes = [None if c is None else c.tolist() for c in self.relabelling.choice_codes]
        moves = [(j, codes[j]) for j in place]
        n = len(moves)

        def row(z: Sequence[int]) -> int:
            if len(z) != n or min(z) < 0:
                raise ValueError("not a code")
            return find([z[j] if known is None else known[z[j]] for j, known in moves])

        return row

    def neighbours(self, z: Codes) -> Codes | None:
        """See ``Listing.neighbours``."""
        neighbours = self.base.neighbours(self.relabelling.to_base(z[None])[0])
        return None if neighbours is None else self.relabelling.from_base(neighbours)

    def neighbour_pairs(self) -> tuple[IntArray, IntArray]:
        """See ``Listing.neighbour_pairs``."""
        return self.base.neighbour_pairs()


def _canonical_form(form: Callable[[Codes], Codes] | None, relabelling: Relabelling) -> Callable[[Codes], Codes] | None:
    """A canonical form of the base space in the relabelled one; conditions stay known as such."""
    if form is None:
        return None
    known = relabelled(form, relabelling.order, relabelling.choice_codes)
    return _FormOfBase(form, relabelling) if known is None else known


@dataclass(frozen=True)
class _OfBase:
    """A validity test of the base space, for codes of the relabelled one."""

    validity: Callable[[Codes], BoolArray]
    relabelling: Relabelling

    def __call__(self, Z: Codes) -> BoolArray:
        return self.validity(self.relabelling.to_base(Z))


@dataclass(frozen=True)
class _FormOfBase:
    """A canonical form of the base space, for codes of the relabelled one."""

    form: Callable[[Codes], Codes]
    relabelling: Relabelling

    def __call__(self, Z: Codes) -> Codes:
        return self.relabelling.from_base(self.form(self.relabelling.to_base(Z)))


def draw_relabelling(space: SearchSpace, name: str, instance: int) -> Relabelling:
    """The relabelling that belongs to a problem's name and instance number, always the same.

    Variables are permuted; choices of categorical parameters are permuted; the values of an ordinal
    parameter are reversed or not. Integer and real parameters keep their scale.

    Args:
        space: The base space.
        name: The problem's name.
        instance: Instance number, >= 2.
    """
    rng = np.random.default_rng([zlib.crc32(name.encode()), instance])
    order = rng.permutation(space.n_parameters)
    parameters: list[Parameter] = []
    choice_codes: list[IntArray | None] = []
    for j in order:
        parameter, codes = _relabel(space.parameters[j], rng)
        parameters.append(parameter)
        choice_codes.append(codes)
    relabelling = Relabelling(SearchSpace(tuple(parameters)), order, tuple(choice_codes))
    if space.listing is not None:
        listed = SearchSpace(tuple(parameters), listing=RelabelledListing(space.listing, relabelling))
        return replace(relabelling, space=listed)
    validity, canonical_form = space.validity, space.canonical_form
    return replace(
        relabelling,
        space=SearchSpace(
            tuple(parameters),
            validity=None if validity is None else _OfBase(validity, relabelling),
            canonical_form=_canonical_form(canonical_form, relabelling),
        ),
    )


def _relabel(parameter: Parameter, rng: np.random.Generator) -> tuple[Parameter, IntArray | None]:
    if isinstance(parameter, Categorical):
        codes = rng.permutation(parameter.n_choices)
        return replace(parameter, choices=tuple(parameter.choices[code] for code in codes)), codes
    if isinstance(parameter, Ordinal) and rng.random() < 0.5:
        codes = np.arange(parameter.n_choices)[::-1]
        return replace(parameter, values=parameter.values[::-1]), codes
    return parameter, None
