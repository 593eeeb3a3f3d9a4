"""The search space: a product of parameters, and what can be done with batches of its candidates.

A candidate is a row of *codes* ``Z (n, d)``.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import (
    BoolArray,
    FloatArray,
    IntArray,
    brief,
    check_array,
    check_count,
    check_generator,
    check_matrix,
)
from nas_problems.notebook import facts, listed, short, table
from nas_problems.parameter import Categorical, Codes, Config, Ordinal, Parameter, Real
from nas_problems.space.distance import gower, hamming
from nas_problems.space.listing import Listing, canonical_in, is_listed
from nas_problems.space.neighbourhood import one_step
from nas_problems.space.numbering import check_indices, digits_of, radix_of

BOX_LOWER = -5.0
"""Lower end of every parameter in the box code, as in BBOB."""
BOX_UPPER = 5.0
"""Upper end of every parameter in the box code."""

_MOST_CHOICES = 8  # of a parameter, in a table
_MAX_DRAWS = 10_000  # per wanted row, before a validity test counts as unsatisfiable


@dataclass(frozen=True, repr=False)
class SearchSpace:
    """A product of parameters, with an optional validity test and canonical form.

    Args:
        parameters: At least one parameter, names distinct; a list becomes a tuple.
        validity: ``Z (n, d) -> (n,)`` bool; None: every code is valid.
        canonical_form: ``Z (n, d) -> Z (n, d)``; maps all codes of one and the same candidate
            (isomorphic cells, inactive hyperparameters) to one representative.
        listing: The candidates, where they are listed; it gives the validity test and the canonical form.

    Raises:
        ValueError: No parameters, or a name twice.

    >>> from nas_problems import Integer
    >>> space = SearchSpace((Categorical("op", ("conv", "pool")), Integer("width", 8, 64)))
    >>> space.decode(np.array([[1, 8]]))
    [{'op': 'pool', 'width': 16}]
    """

    parameters: tuple[Parameter, ...]
    validity: Callable[[Codes], BoolArray] | None = None
    canonical_form: Callable[[Codes], Codes] | None = None
    listing: Listing | None = None

    def __post_init__(self) -> None:
        given: object = self.parameters
        if isinstance(given, list):
            object.__setattr__(self, "parameters", tuple(given))
        if not isinstance(self.parameters, tuple) or not self.parameters:
            raise ValueError(f"parameters: wanted a non-empty tuple, found {brief(self.parameters)}")
        for parameter in self.parameters:
            if not isinstance(parameter, Parameter):
                raise ValueError(f"parameters: wanted Categorical, Ordinal, Integer or Real, found {brief(parameter)}")
        for name, function in (("validity", self.validity), ("canonical_form", self.canonical_form)):
            if function is not None and not callable(function):
                raise ValueError(f"{name}: wanted a function, found {brief(function)}")
        names = [parameter.name for parameter in self.parameters]
        if len(set(names)) != len(names):
            raise ValueError(f"parameters: wanted distinct names, found {names}")
        if self.listing is not None:
            object.__setattr__(self, "validity", partial(is_listed, self.listing))
            object.__setattr__(self, "canonical_form", partial(canonical_in, self.listing))

    # ---- shape of the space

    def __repr__(self) -> str:
        """One line, without the parameters' values."""
        n = self.n_rows
        size = "infinite" if n is None else f"{short(n)} candidates" if n < 10**15 else f"{n:.2g} candidates"
        return f"<SearchSpace: {self.n_parameters} parameters, {size}: {listed(self.names)}>"

    def _repr_html_(self) -> str:
        rows = [
            (p.name, type(p).__name__, n, values_text(p)) for p, n in zip(self.parameters, self.n_choices, strict=True)
        ]
        return facts(repr(self), {}, table(("parameter", "kind", "choices", "values"), rows))

    @property
    def n_parameters(self) -> int:
        """Number of parameters d."""
        return len(self.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """Parameter names, in the order of the columns of ``Z``."""
        return tuple(parameter.name for parameter in self.parameters)

    @cached_property
    def is_finite(self) -> bool:
        """Whether no parameter is real."""
        return all(parameter.n_choices is not None for parameter in self.parameters)

    @cached_property
    def is_mixed(self) -> bool:
        """Whether ordered and unordered, or finite and real parameters occur together."""
        return len({(parameter.ordered, parameter.n_choices is None) for parameter in self.parameters}) > 1

    @cached_property
    def n_choices(self) -> tuple[int | None, ...]:
        """Number of choices per parameter; None for a real one."""
        return tuple(parameter.n_choices for parameter in self.parameters)

    @cached_property
    def size(self) -> int | None:
        """Number of codes, valid or not; None if a parameter is real."""
        return math.prod(n for n in self.n_choices if n is not None) if self.is_finite else None

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of codes: int64 on finite spaces, else float64."""
        return np.dtype(np.int64) if self.is_finite else np.dtype(np.float64)

    @cached_property
    def lower(self) -> Codes:
        """Smallest code per parameter, shape (d,), read-only."""
        return _shared(np.array([p.low if isinstance(p, Real) else 0 for p in self.parameters], dtype=self.dtype))

    @cached_property
    def upper(self) -> Codes:
        """Largest code per parameter, shape (d,), itself allowed, read-only."""
        highest = [p.high if isinstance(p, Real) else p.n_choices - 1 for p in self.parameters]
        return _shared(np.array(highest, dtype=self.dtype))

    @cached_property
    def _unsigned_upper(self) -> NDArray[np.uint64]:
        return self.upper.view(np.uint64)

    @cached_property
    def _finite_columns(self) -> IntArray:
        return np.flatnonzero([n is not None for n in self.n_choices])

    # ---- checks

    def check(self, Z: object, name: str = "Z") -> Codes:
        """Return ``Z`` as codes of this space, or raise.

        Args:
            Z: Codes, shape (n, d); integers where the space is finite.
            name: The argument's name, for the message.

        Returns:
            The codes in the space's dtype, without a copy where none is needed.

        Raises:
            ValueError: Wrong shape or dtype, a number outside its parameter's range, NaN, or a
                fraction where a code must be an integer.
        """
        if not isinstance(Z, np.ndarray) and _are_configs(Z):
            raise ValueError(f"{name}: wanted codes, found configurations; pass space.encode([config, ...])")
        matrix = check_matrix(Z, name, self.n_parameters)
        if self.is_finite and matrix.dtype.kind == "f" and matrix.size:
            raise ValueError(f"{name}: wanted integer codes, found dtype {matrix.dtype}")
        if not matrix.size:
            return matrix.astype(self.dtype)
        if self.is_finite and matrix.dtype == np.int64:
            inside = matrix.view(np.uint64) <= self._unsigned_upper  # codes begin at 0: one comparison for both ends
        else:
            inside = (matrix >= self.lower) & (matrix <= self.upper)  # False for NaN
        if np.count_nonzero(inside) < inside.size:  # three times as fast as all() on a single row
            row, column = np.argwhere(~inside)[0]
            raise ValueError(
                f"{name}[{row}, {column}] ({self.names[column]}): wanted a code in "
                f"[{self.lower[column]}, {self.upper[column]}], found {matrix[row, column]}"
            )
        codes = matrix.astype(self.dtype, copy=False)
        if not self.is_finite:
            finite = codes[:, self._finite_columns]
            if not np.array_equal(finite, np.rint(finite)):
                raise ValueError(f"{name}: wanted integers in the columns of finite parameters, found fractions")
        return codes

    def is_valid(self, Z: object) -> BoolArray:
        """Whether each row is a valid candidate, shape (n,).

        Raises:
            ValueError: See ``check``.
        """
        codes = self.check(Z)
        return np.ones(len(codes), dtype=np.bool_) if self.validity is None else self._passes(codes)

    def _passes(self, codes: Codes) -> BoolArray:
        """What the validity test, which must exist, says of codes."""
        assert self.validity is not None
        passed = np.asarray(self.validity(codes))
        if passed.shape != (len(codes),) or passed.dtype != np.bool_:
            raise ValueError(f"validity: wanted {len(codes)} booleans, found shape {passed.shape} of {passed.dtype}")
        return passed

    def canonical(self, Z: object) -> Codes:
        """The representative of each row's class of equal candidates, shape (n, d).

        Raises:
            ValueError: See ``check``.
        """
        codes = self.check(Z)
        if self.canonical_form is None:
            return codes.copy()
        canonical = np.asarray(self.canonical_form(codes))
        if canonical.shape != codes.shape:
            raise ValueError(f"canonical_form: wanted codes of shape {codes.shape}, found {canonical.shape}")
        return canonical

    # ---- drawing

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """Draw ``n`` valid rows, uniformly over codes, and log-uniformly where a parameter says so.

        A parameter's values are distributed as ``from_unit`` of a uniform number, in every space and by
        every way of drawing: what is promised on a log scale is drawn, mutated and sampled on it.

        Args:
            n: Number of rows, >= 0.
            rng: Source of randomness.

        Returns:
            Codes, shape (n, d).

        Raises:
            ValueError: ``n`` is not an integer >= 0, or ``rng`` is not a Generator.
            RuntimeError: The validity test refuses nearly everything.
        """
        n, rng = check_count(n, "n"), check_generator(rng)
        if self.listing is not None and self.listing.draws_rows:
            return self.listing.codes_of(rng.integers(0, len(self.listing), size=n))
        drawn = self._draw(n, rng)
        if self.validity is None:
            return drawn
        kept = drawn[self._passes(drawn)]
        n_drawn = n
        while len(kept) < n:
            if n_drawn > n * _MAX_DRAWS:
                raise RuntimeError(f"sample: {len(kept)} of {n} wanted rows are valid after {n_drawn} draws")
            drawn = self._draw(n, rng)
            n_drawn += n
            kept = np.concatenate([kept, drawn[self._passes(drawn)]])
        return kept[:n]

    def _draw(self, n: int, rng: np.random.Generator) -> Codes:
        if self._is_uniform:
            return rng.integers(0, self.upper + 1, size=(n, self.n_parameters))
        unit = rng.random((n, self.n_parameters))
        columns = [parameter.from_unit(unit[:, j]) for j, parameter in enumerate(self.parameters)]
        return np.stack(columns, axis=1).astype(self.dtype)

    @cached_property
    def _is_uniform(self) -> bool:
        """Whether all codes of a finite space are drawn equally often."""
        return self.is_finite and all(parameter.equally_likely for parameter in self.parameters)

    # ---- codes and configurations

    def decode(self, Z: object) -> list[dict[str, Any]]:
        """Codes to configurations, one dict per row; the inverse of ``encode``.

        Raises:
            ValueError: See ``check``.
        """
        codes = self.check(Z)
        columns = [parameter.decode(codes[:, j]) for j, parameter in enumerate(self.parameters)]
        return [dict(zip(self.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def encode(self, configs: Sequence[Config]) -> Codes:
        """Configurations to codes, shape (n, d).

        Args:
            configs: One mapping per candidate, with exactly this space's parameter names.

        Raises:
            ValueError: Not a sequence of mappings, a missing or unknown name, or a value outside its
                parameter's range.
        """
        if isinstance(configs, Mapping):
            raise ValueError(
                f"configs: wanted a sequence of mappings, found {brief(configs)}; pass [config] for a single one"
            )
        if not isinstance(configs, Sequence):
            raise ValueError(f"configs: wanted a sequence of mappings, found {brief(configs)}")
        wanted = set(self.names)
        for i, config in enumerate(configs):
            if not isinstance(config, Mapping):
                raise ValueError(f"configs[{i}]: wanted a mapping from names to values, found {config!r}")
            if set(config) != wanted:
                raise ValueError(f"configs[{i}]: wanted the names {sorted(wanted)}, found {sorted(map(str, config))}")
        columns = [p.encode([config[p.name] for config in configs]) for p in self.parameters]
        return np.stack(columns, axis=1).astype(self.dtype)

    # ---- the box [-5, 5]^d

    def to_box(self, Z: object) -> FloatArray:
        """Codes to the box [-5, 5]^d, shape (n, d): a finite code becomes the middle of its interval.

        Raises:
            ValueError: See ``check``.
        """
        codes = self.check(Z)
        units = [parameter.to_unit(codes[:, j]) for j, parameter in enumerate(self.parameters)]
        return BOX_LOWER + (BOX_UPPER - BOX_LOWER) * np.stack(units, axis=1)

    def from_box(self, X: object) -> Codes:
        """Points of the box [-5, 5]^d to codes, shape (n, d).

        Every choice of a categorical, ordinal or linear integer parameter owns an interval of equal
        width. The result need not pass the validity test.

        Raises:
            ValueError: Wrong shape, not numeric, or a coordinate outside [-5, 5] (or NaN).
        """
        points = check_matrix(X, "X", self.n_parameters).astype(np.float64, copy=False)
        if not ((points >= BOX_LOWER) & (points <= BOX_UPPER)).all():
            row, column = np.argwhere(~((points >= BOX_LOWER) & (points <= BOX_UPPER)))[0]
            raise ValueError(f"X[{row}, {column}]: wanted a number in [-5, 5], found {points[row, column]}")
        unit = (points - BOX_LOWER) / (BOX_UPPER - BOX_LOWER)
        columns = [parameter.from_unit(unit[:, j]) for j, parameter in enumerate(self.parameters)]
        return np.stack(columns, axis=1).astype(self.dtype)

    # ---- features, distances, neighbourhoods

    def one_hot(self, Z: object) -> FloatArray:
        """The expanded code: one 0/1 column per choice of a categorical or ordinal parameter, one
        column in [0, 1] per integer or real parameter. Shape (n, columns).

        Raises:
            ValueError: See ``check``.
        """
        codes = self.check(Z)
        blocks = []
        for j, parameter in enumerate(self.parameters):
            if isinstance(parameter, (Categorical, Ordinal)):
                blocks.append(np.eye(parameter.n_choices)[codes[:, j].astype(np.int64)])
            else:
                blocks.append(parameter.to_unit(codes[:, j])[:, None])
        return np.concatenate(blocks, axis=1)

    def distance(self, Za: object, Zb: object, *, metric: Literal["hamming", "gower"] | None = None) -> FloatArray:
        """Distances between all rows of ``Za (n, d)`` and ``Zb (m, d)``, shape (n, m).

        Args:
            Za: Codes.
            Zb: Codes.
            metric: ``hamming``: number of parameters that differ. ``gower``: mean over parameters of
                0/1 for a categorical one and of the difference on the unit scale for an ordered one,
                in [0, 1]. None: Hamming on finite spaces, Gower where a parameter is real.

        Raises:
            ValueError: See ``check``; or an unknown metric.

        Source: gower1971, eq. 1.
        """
        if not (metric is None or (isinstance(metric, str) and metric in ("hamming", "gower"))):
            raise ValueError(f"metric: wanted 'hamming' or 'gower', found {brief(metric)}")
        a, b = self.check(Za, "Za"), self.check(Zb, "Zb")
        if metric == "hamming" or (metric is None and self.is_finite):
            return hamming(a, b)
        return gower(self.parameters, a, b)

    def neighbours(self, z: object) -> Codes:
        """All valid candidates one step from ``z``, shape (k, d), in a fixed order.

        One step changes one parameter: a categorical one to any other choice, an ordinal or integer
        one by one position whatever its scale, a real one by its ``step`` on the unit scale. ``b`` is a
        neighbour of ``a`` exactly when ``a`` is one of ``b``. A listing can have other neighbours.

        Args:
            z: One code, shape (d,).

        Raises:
            ValueError: Not one row of codes of this space.
        """
        code = check_array(z, "z")
        if code.shape != (self.n_parameters,):
            raise ValueError(f"z: wanted shape ({self.n_parameters},), found {code.shape}")
        code = self.check(code[None, :], "z")[0]
        if self.listing is not None and (listed := self.listing.neighbours(code)) is not None:
            return listed
        around = one_step(self.parameters, code)
        return around if self.validity is None else around[self._passes(around)]

    # ---- enumeration

    @cached_property
    def radix(self) -> IntArray:
        """Weight of each column in ``index_of``, (d,): ``Z @ radix`` is its number, without any check; read-only.

        Raises:
            ValueError: A real parameter; or a space too large for int64.
        """
        self._finite_size("index_of")
        return _shared(radix_of([n for n in self.n_choices if n is not None]))

    def _finite_size(self, what: str) -> int:
        if self.size is None:
            raise ValueError(f"{what}: wanted a finite space, found real parameters")
        return self.size

    def index_of(self, Z: object) -> IntArray:
        """Each row as one mixed-radix number in 0 ... size-1, first parameter most significant; (n,).

        Raises:
            ValueError: See ``check``; a real parameter; or a space too large for int64.
        """
        radix = self.radix
        return np.asarray(self.check(Z) @ radix, dtype=np.int64)

    def from_index(self, indices: object) -> IntArray:
        """The inverse of ``index_of``: numbers (n,) to codes (n, d).

        Raises:
            ValueError: Not a vector of integers in 0 ... size-1; or see ``index_of``.
        """
        radix = self.radix
        return digits_of(check_indices(indices, self._finite_size("from_index")), radix, self.upper + 1)

    # ---- rows of tables

    @cached_property
    def n_rows(self) -> int | None:
        """Rows of a table of this space: one per listed candidate, else one per code; None if infinite."""
        return self.size if self.listing is None else len(self.listing)

    def rows_of(self, Z: object) -> IntArray:
        """Each code's row in a table: ``index_of`` unless candidates are listed; (n,), -1 where none is.

        Raises:
            ValueError: See ``index_of``.
        """
        return self.index_of(Z) if self.listing is None else self.listing.rows_of(self.check(Z))

    def from_rows(self, rows: object) -> Codes:
        """One code for each row (n,), (n, d): the canonical one where candidates are listed.

        Raises:
            ValueError: Not a vector of integers in 0 ... n_rows-1; or see ``from_index``.
        """
        if self.listing is None:
            return self.from_index(rows)
        return self.listing.codes_of(check_indices(rows, len(self.listing)))

    def enumerate(self, *, chunk: int = 65_536) -> Iterator[Codes]:
        """All valid codes in the order of ``rows_of``, in batches of at most ``chunk`` rows: of a listed space
        one code per candidate.

        Raises:
            ValueError: A real parameter, or ``chunk`` is not an integer >= 1.
        """
        size = self._finite_size("enumerate") if self.listing is None else len(self.listing)
        return self._batches(size, check_count(chunk, "chunk", minimum=1))

    def _batches(self, size: int, chunk: int) -> Iterator[Codes]:
        is_open = self.listing is None and self.validity is not None
        for start in range(0, size, chunk):
            codes = self.from_rows(np.arange(start, min(start + chunk, size)))
            yield codes[self._passes(codes)] if is_open else codes


def _are_configs(value: object) -> bool:
    """Whether something is one or several configurations."""
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(one, Mapping) for one in value))


def values_text(parameter: Parameter) -> str:
    """What a parameter can be, for a table: its choices, or the ends of its range."""
    if isinstance(parameter, Categorical):
        choices = [str(choice) if choice is None else short(choice) for choice in parameter.choices]
        return listed(choices, most=_MOST_CHOICES)
    if isinstance(parameter, Ordinal):
        return listed(list(map(short, parameter.values)), most=_MOST_CHOICES)
    return f"{short(parameter.low)} ... {short(parameter.high)}" + (" (log)" if parameter.log else "")


def _shared(array: Codes) -> Codes:
    """The array, read-only: all who search a space hold the same one."""
    array.setflags(write=False)
    return array
