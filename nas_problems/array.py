"""Array types and the one family of shape checks used by all packages."""

import math

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


LARGEST_COUNT = 2**53
"""Integers beyond it are not exact in float64, and more than anything can be counted to."""


def is_text(value: object) -> bool:
    r"""Whether a value is a string that files in UTF-8 can hold.

    >>> is_text("3 × 3"), is_text("\ud800"), is_text(3)
    (True, False, False)
    """
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


LONGEST_NAME = 2000
"""Characters of a name in a file of ours; plans of schedules are names, too."""


LONGEST_FILE_NAME = 200
"""Characters of a name that files are called by: they have 255 in all, with a prefix and a suffix."""


def is_name(value: object) -> bool:
    r"""Whether a value is a name: a string of one line that terminals and files can show, not empty and not endless.

    >>> is_name("random-search:30:cma-es"), is_name(""), is_name("a\nb"), is_name("a" * 10**6), is_name(3)
    (True, False, False, False, False)
    """
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_NAME and is_text(value)


def is_number(value: object) -> bool:
    """Whether what JSON or TOML says is a number that float64 holds: finite, and no truth value.

    >>> is_number(3), is_number(0.5), is_number(10**400), is_number(float("nan")), is_number(True), is_number("3")
    (True, True, False, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def brief(value: object, length: int = 80) -> str:
    """What a value looks like in a message: its ``repr`` in one line, cut in the middle where it is long.

    >>> brief(10**400, 20)
    '10000000...00000000'
    """
    try:
        line = " ".join(repr(value).split())
    except Exception:  # integers of thousands of digits and objects whose repr is broken have none
        line = f"<{type(value).__name__}>"
    half = length // 2 - 2
    return line if len(line) <= length else f"{line[:half]}...{line[len(line) - half :]}"


def check_generator(value: object, name: str = "rng") -> np.random.Generator:
    """Return ``value`` if it is a source of randomness, or say what is wrong with it.

    Raises:
        ValueError: Anything but a numpy Generator.
    """
    if isinstance(value, np.random.Generator):
        return value
    raise ValueError(f"{name}: wanted a numpy Generator, found {brief(value)}")


def check_count(value: object, name: str, minimum: int = 0) -> int:
    """Return ``value`` as an integer, or say what is wrong with it.

    Args:
        value: Anything.
        name: The argument's name, for the message.
        minimum: Smallest allowed value.

    Raises:
        ValueError: Not an integer, too small, or beyond 2**53.
    """
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and minimum <= value <= LARGEST_COUNT:
        return int(value)
    is_too_large = isinstance(value, (int, np.integer)) and value > LARGEST_COUNT
    limit = " and at most 2**53" if is_too_large else ""
    raise ValueError(f"{name}: wanted an integer >= {minimum}{limit}, found {brief(value)}")


MOST_PARAMETERS = 100_000
"""Of a space whose number of parameters is an option."""


def check_dimension(value: object) -> int:
    """Return a number of parameters, or say what is wrong with it.

    Raises:
        ValueError: Not an integer in 1 ... 100,000.
    """
    dimension = check_count(value, "dimension", 1)
    if dimension > MOST_PARAMETERS:
        raise ValueError(f"dimension: wanted an integer in 1 ... {MOST_PARAMETERS}, found {dimension}")
    return dimension


def _refuse_masked(value: object, name: str) -> None:
    """Numpy takes what is behind a mask for a value, or makes it NaN with a warning."""
    rows = value if isinstance(value, (list, tuple)) else (value,)
    if any(isinstance(row, np.ma.MaskedArray) and np.ma.is_masked(row) for row in rows):
        raise ValueError(f"{name}: wanted numbers, found masked ones in {brief(value)}")


def check_array(value: object, name: str) -> NDArray[np.generic]:
    """Return ``value`` as an array of any kind.

    Raises:
        ValueError: Rows of different length, or what numpy makes no array of.
    """
    _refuse_masked(value, name)
    try:
        return np.asarray(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{name}: wanted an array, found {brief(value)}") from error


def check_matrix(value: object, name: str, n_columns: int) -> NDArray[np.generic]:
    """Return ``value`` as a numeric matrix, or say what is wrong with it.

    Args:
        value: Anything numpy can turn into an array of shape (n, ``n_columns``).
        name: The argument's name, for the message.
        n_columns: Wanted number of columns.

    Returns:
        The array, without a copy where none is needed.

    Raises:
        ValueError: Ragged, not numeric, not two-dimensional, or a wrong number of columns.
    """
    _refuse_masked(value, name)
    try:
        matrix = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name}: wanted a matrix of shape (n, {n_columns}), found rows of different length"
        ) from error
    if matrix.ndim != 2 or matrix.shape[1] != n_columns:
        hint = f"; pass {name}[None, :] for a single row" if matrix.shape == (n_columns,) else ""
        raise ValueError(f"{name}: wanted shape (n, {n_columns}), found {matrix.shape}{hint}")
    if matrix.dtype.kind not in "iuf":
        raise ValueError(f"{name}: wanted numbers, found dtype {matrix.dtype}")
    return matrix


def check_numbers(value: object, name: str, *, n_axes: int | None = None, finite: bool = True) -> FloatArray:
    """Return ``value`` as an array of floats, or say what is wrong with it.

    Args:
        value: Anything numpy can turn into an array of numbers.
        name: The argument's name, for the message.
        n_axes: Wanted number of axes; None: any.
        finite: Whether NaN and infinity are refused.

    Returns:
        The array, without a copy where none is needed.

    Raises:
        ValueError: Ragged, not numeric, too large for float64, another number of axes, or not finite.
    """
    _refuse_masked(value, name)
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{name}: wanted an array of numbers, found {brief(value)}") from error
    if array.dtype.kind not in "iuf" and array.size:
        raise ValueError(f"{name}: wanted numbers, found {brief(value)}")
    if n_axes is not None and array.ndim != n_axes:
        wanted = {1: "a vector", 2: "a matrix"}.get(n_axes, f"{n_axes} axes")
        raise ValueError(f"{name}: wanted {wanted}, found shape {array.shape}")
    numbers = array.astype(np.float64, copy=False)
    if finite and not np.isfinite(numbers).all():
        raise ValueError(f"{name}: wanted finite numbers, found {int((~np.isfinite(numbers)).sum())} that are not")
    return numbers
