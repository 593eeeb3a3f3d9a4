"""What is checked of a search space, and how a conformance suite says what does not hold."""

from collections.abc import Callable
from typing import ParamSpec

import numpy as np

from nas_problems.space import Codes, SearchSpace

P = ParamSpec("P")

_MAX_ENUMERATED = 100_000


class Checker:
    """Raises AssertionError with the label of what is checked."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self, holds: bool, promise: str) -> None:
        """A promise holds."""
        if not holds:
            raise AssertionError(f"{self.label}: {promise}: does not hold")

    def same(self, found: object, wanted: object, promise: str) -> None:
        """Equal arrays, NaN included."""
        if not np.array_equal(np.asarray(found), np.asarray(wanted), equal_nan=True):
            raise AssertionError(f"{self.label}: {promise}: wanted {wanted}, found {found}")

    def close(self, found: object, wanted: object, promise: str) -> None:
        """Arrays equal up to rounding."""
        if not np.allclose(np.asarray(found), np.asarray(wanted), rtol=1e-9, atol=1e-9):
            raise AssertionError(f"{self.label}: {promise}: wanted {wanted}, found {found}")

    def refuses(
        self, what: str, error: type[Exception], function: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """The call raises this kind of error and no other."""
        try:
            function(*args, **kwargs)
        except error:
            return
        except Exception as other:
            raise AssertionError(f"{self.label}: {what}: wanted {error.__name__}, found {other!r}") from other
        raise AssertionError(f"{self.label}: {what}: wanted {error.__name__}, found no error")


def check_space(space: SearchSpace, *, rng: np.random.Generator | None = None, label: str = "space") -> None:
    """Check the promises of a search space: round trips, neighbours, distances, canonical form, order.

    Args:
        space: The space.
        rng: Draws the candidates; None: always the same ones.
        label: What messages start with.

    Raises:
        AssertionError: What does not hold.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    check = Checker(label)
    Z = space.sample(32, rng)
    check(Z.shape == (32, space.n_parameters) and Z.dtype == space.dtype, "sample gives codes of the space")
    check(bool(space.is_valid(Z).all()), "sample gives valid rows")
    check.same(space.encode(space.decode(Z)), Z, "encode is the inverse of decode")
    check.close(space.from_box(space.to_box(Z)), Z, "from_box is the inverse of to_box")
    check.same(space.canonical(space.canonical(Z)), space.canonical(Z), "canonical is idempotent")
    box = space.from_box(rng.uniform(-5, 5, (32, space.n_parameters)))
    check(box.shape == Z.shape and box.dtype == space.dtype, "every point of the box is a code")
    one_hot = space.one_hot(Z)
    check(bool(((one_hot >= 0) & (one_hot <= 1)).all()), "one_hot lies in [0, 1]")
    for metric in ("hamming", "gower"):
        D = space.distance(Z, Z, metric=metric)
        check(not D.diagonal().any() and bool((D >= 0).all()), f"{metric} distance to itself is 0, to others >= 0")
        check.close(D, D.T, f"{metric} distance is symmetric")
        check(bool((D[:, None] <= D[:, :, None] + D[None] + 1e-9).all()), f"{metric} triangle inequality")
    for z in Z[:4]:
        _check_neighbours(check, space, z)
    _check_scales(check, space, rng)
    if space.size is not None:
        _check_order(check, space, Z, space.size)
    _check_rows(check, space, Z)


def _check_neighbours(check: Checker, space: SearchSpace, z: Codes) -> None:
    around = space.neighbours(z)
    check(bool(space.is_valid(around).all()), "neighbours are valid")
    check(len(np.unique(around, axis=0)) == len(around), "neighbours are distinct")
    if space.listing is None or space.listing.neighbours(z) is None:
        check(bool((np.sum(around != z, axis=1) == 1).all()), "neighbours differ in one parameter")
    for other in around:
        back = space.neighbours(other)
        check(bool(np.isclose(back, z, rtol=1e-7, atol=1e-9).all(axis=1).any()), "neighbours are symmetric")


def _check_scales(check: Checker, space: SearchSpace, rng: np.random.Generator) -> None:
    """Values are drawn on the scale that their parameter promises, also where one is drawn in another's place."""
    drawn = space.sample(400, rng) if space.validity is None else None
    for j, parameter in enumerate(space.parameters):
        if parameter.equally_likely or parameter.n_choices == 1:
            continue
        wanted = parameter.from_unit(rng.random(400))
        columns = [] if drawn is None else [drawn[:, j]]
        if parameter.n_choices is None or parameter.n_choices > 100:  # then leaving out one of them matters little
            columns.append(parameter.another(parameter.from_unit(rng.random(400)), rng.random(400)))
        for codes in columns:
            levels = np.sort(np.concatenate([codes, wanted]))
            shares = [np.searchsorted(np.sort(sample), levels, side="right") / 400 for sample in (codes, wanted)]
            largest = np.abs(shares[0] - shares[1]).max()  # below 0.2 in all but one of 10^6 samples of one law
            check(bool(largest < 0.2), f"values of {parameter.name} are drawn on its log scale")


def _check_order(check: Checker, space: SearchSpace, Z: Codes, size: int) -> None:
    if size <= np.iinfo(np.int64).max:
        check.same(space.from_index(space.index_of(Z)), Z, "from_index is the inverse of index_of")
    if size <= _MAX_ENUMERATED and space.listing is None:
        indices = np.concatenate([space.index_of(batch) for batch in space.enumerate()])
        check(bool((np.diff(indices) > 0).all()), "enumerate is ordered, without repetition")
        check(bool(np.isin(space.index_of(Z), indices).all()), "enumerate gives every valid code")


def _check_rows(check: Checker, space: SearchSpace, Z: Codes) -> None:
    """What tables and exact landscapes take for granted where candidates are listed."""
    if space.listing is None:
        return
    n = len(space.listing)
    rows = space.rows_of(Z)
    check(bool(((rows >= 0) & (rows < n)).all()), "every valid code has a row")
    check.same(space.rows_of(space.from_rows(rows)), rows, "from_rows is the inverse of rows_of")
    check.same(space.canonical(Z), space.from_rows(rows), "the code of a row is canonical")
    find = space.listing.finder()
    check.same([find(z) for z in Z.tolist()], rows, "finder gives the rows of a batch")
    every = np.concatenate([space.rows_of(batch) for batch in space.enumerate()])
    check.same(every, np.arange(n), "enumerate gives every candidate once, in the order of rows")
    if n > _MAX_ENUMERATED:
        return
    first, second = space.listing.neighbour_pairs()
    keys = first * n + second
    check(bool((np.diff(keys) > 0).all()) and bool((first != second).all()), "neighbour pairs are ordered, once each")
    check.same(np.sort(second * n + first), keys, "neighbour pairs are symmetric")
    for z, row in zip(Z[:4], rows[:4].tolist(), strict=True):
        around = np.unique(space.rows_of(space.neighbours(z)))
        check(bool(np.isin(around[around != row] + row * n, keys).all()), "neighbours of codes are neighbour pairs")
