"""Arguments checked against the annotations of a function, in one place: name, wanted, found.

Annotations say what an argument is; ``checked`` makes a function hold its callers to them, so that what is meant
for another parameter is refused where it is handed over, and not as an error of some library deep inside. What
only the function can know (ranges, shapes that depend on each other) it checks itself.

>>> @checked
... def area(width: float, *, n: int = 1) -> float:
...     return n * width
>>> area("3")
Traceback (most recent call last):
ValueError: width: wanted a number, found '3'
"""

import dataclasses
import inspect
import numbers
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, wraps
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np

from nas_problems.array import brief, check_numbers

_INTEGRAL: Any = numbers.Integral  # untyped: numpy's numbers are registered with them
_REAL: Any = numbers.Real

P = ParamSpec("P")
R = TypeVar("R")

Check = Callable[[Any, str], Any]
"""``(value, name) -> the value as it is wanted``; ValueError says what was wanted and found."""

LARGEST_INT = 2**63 - 1
"""Integers beyond it overflow in arrays."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """A function whose arguments are checked against its annotations before it is called.

    Numpy scalars become Python's numbers, lists the arrays or tuples that are wanted. Checked are numbers, strings,
    booleans, ``Literal``, classes, callables, arrays, tuples, elements of sequences, and unions of them; anything else
    passes.

    Raises:
        ValueError: When it is called: an argument of another kind.
        TypeError: When it is called: too few, too many, or unknown arguments.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(*args, **kwargs)
        checks = _checks_of(function)
        for name, value in bound.arguments.items():
            if name in checks:
                bound.arguments[name] = checks[name](value, name)
        return function(*bound.args, **bound.kwargs)

    return call


def shaped(**axes: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """``checked``, with the numbers of axes that some arrays must have.

    >>> @shaped(y=1)
    ... def best(y: np.ndarray) -> float:
    ...     return float(y.min())
    >>> best([[1, 2]])
    Traceback (most recent call last):
    ValueError: y: wanted a vector, found shape (1, 2)
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature, inner = inspect.signature(function), checked(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            for name, n_axes in axes.items():
                if name in bound.arguments:
                    array = check_numbers(bound.arguments[name], name, n_axes=n_axes, finite=False)
                    bound.arguments[name] = array
            return inner(*bound.args, **bound.kwargs)

        return call

    return decorate


def check_fields(data: Any) -> None:
    """Check the fields of a frozen dataclass against their annotations, for its ``__post_init__``.

    Raises:
        ValueError: A field of another kind.
    """
    kind: Any = type(data)
    checks = _checks_of(kind)
    for each in dataclasses.fields(data):
        if each.name in checks:
            value = getattr(data, each.name)
            wanted = checks[each.name](value, each.name)
            if wanted is not value:
                object.__setattr__(data, each.name, wanted)


@cache
def _checks_of(annotated: Any) -> dict[str, Check]:
    try:
        hints = typing.get_type_hints(annotated)
    except NameError:  # a name that is imported for type checks only
        hints = {name: kind for name, kind in annotated.__annotations__.items() if not isinstance(kind, str)}
    return {name: check for name, kind in hints.items() if name != "return" and (check := _check_of(kind)) is not None}


def _check_of(kind: Any) -> Check | None:
    """The check of one annotation; None where anything passes."""
    kind = _unfolded(kind)
    origin = get_origin(kind)
    if origin is Literal:
        return _literal(get_args(kind))
    if origin in (Union, types.UnionType):
        return _union(get_args(kind))
    if origin is np.ndarray:
        return _array(get_args(kind)[1])
    if origin is tuple:
        arguments = get_args(kind)
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return _tuple(_check_of(arguments[0]))
        return _fixed_tuple(tuple(map(_check_of, arguments))) if arguments else None
    if origin is Callable or kind is Callable:
        return _callable
    if origin in (Sequence, Collection):
        return _elements(origin, _check_of(get_args(kind)[0]))
    if origin in (Iterable, Mapping):
        return _instance(origin, {Mapping: "a mapping"}.get(origin, "a sequence"))
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    is_type_only = getattr(kind, "_is_protocol", False) and not getattr(kind, "_is_runtime_protocol", False)
    if isinstance(kind, type) and kind is not object and not is_type_only:
        return _instance(kind, _NAMES.get(kind) or f"a {kind.__name__}")
    return None


def _unfolded(kind: Any) -> Any:
    """What a ``type`` statement stands for, as numpy's ``NDArray`` from numpy 2.5 on Python 3.12."""
    alias, arguments = get_origin(kind) or kind, get_args(kind)
    if hasattr(alias, "__value__"):
        return _unfolded(alias.__value__[arguments] if arguments else alias.__value__)
    return kind


def _refuse(name: str, wanted: str, value: object) -> typing.NoReturn:
    raise ValueError(f"{name}: wanted {wanted}, found {brief(value)}")


def _integer(value: Any, name: str) -> Any:
    if isinstance(value, _INTEGRAL) and not isinstance(value, bool) and abs(int(value)) <= LARGEST_INT:
        return int(value)
    _refuse(name, "an integer", value)


def _number(value: Any, name: str) -> Any:
    if isinstance(value, _REAL) and not isinstance(value, (bool, np.bool_)):
        try:
            float(value)
        except OverflowError:
            _refuse(name, "a number that float64 holds", value)
        return value.item() if isinstance(value, np.generic) else value
    _refuse(name, "a number", value)


def _boolean(value: Any, name: str) -> Any:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    _refuse(name, "True or False", value)


def _string(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return value
    _refuse(name, "a string", value)


def _nothing(value: Any, name: str) -> None:
    if value is not None:
        _refuse(name, "None", value)


def _callable(value: Any, name: str) -> Any:
    if callable(value):
        return value
    _refuse(name, "a function", value)


def _instance(kind: Any, words: str) -> Check:
    def check(value: Any, name: str) -> Any:
        is_no_sequence = isinstance(value, bytes) or (isinstance(value, np.ndarray) and value.ndim == 0)
        if isinstance(value, kind) and not (is_no_sequence and kind in (Sequence, Collection, Iterable)):
            return value
        _refuse(name, words, value)

    return check


def _literal(choices: tuple[Any, ...]) -> Check:
    def check(value: Any, name: str) -> Any:
        if any(type(value) is type(choice) and value == choice for choice in choices):
            return value
        _refuse(name, f"one of {choices}", value)

    return check


def _array(dtype: Any) -> Check | None:
    (scalar,) = get_args(dtype) or (None,)
    if scalar not in (np.float64, np.int64, np.int32, np.bool_):
        return None

    def check(value: Any, name: str) -> Any:
        if isinstance(value, np.ndarray) and value.dtype == scalar:
            return value
        if scalar is np.bool_:
            _refuse(name, "an array of booleans", value)
        numbers_found = check_numbers(value, name, finite=False)
        if scalar is np.float64:
            return numbers_found
        if not np.array_equal(numbers_found, np.rint(numbers_found)) or np.abs(numbers_found).max(initial=0) > 2**53:
            _refuse(name, "an array of integers", value)
        return numbers_found.astype(scalar)

    return check


def _tuple(element: Check | None) -> Check:
    def check(value: Any, name: str) -> Any:
        if not isinstance(value, (tuple, list)):
            _refuse(name, "a tuple", value)
        if element is None:
            return value if isinstance(value, tuple) else tuple(value)
        checked_items = tuple(element(each, f"{name}[{i}]") for i, each in enumerate(value))
        return (
            value
            if isinstance(value, tuple) and all(a is b for a, b in zip(checked_items, value, strict=True))
            else checked_items
        )

    return check


def _fixed_tuple(elements: tuple[Check | None, ...]) -> Check:
    def check(value: Any, name: str) -> Any:
        if not isinstance(value, (tuple, list)) or len(value) != len(elements):
            _refuse(name, f"{len(elements)} values", value)
        return tuple(
            each if element is None else element(each, f"{name}[{i}]")
            for i, (each, element) in enumerate(zip(value, elements, strict=True))
        )

    return check


def _elements(kind: Any, element: Check | None) -> Check:
    check_kind = _instance(kind, "a sequence")

    def check(value: Any, name: str) -> Any:
        check_kind(value, name)
        if element is _string and isinstance(value, str):  # which is a sequence of its letters
            _refuse(name, "a sequence of strings", value)
        if element is not None:
            for i, each in enumerate(value):
                element(each, f"{name}[{i}]")
        return value

    return check


def _union(kinds: tuple[Any, ...]) -> Check | None:
    checks = [_check_of(kind) for kind in kinds]
    known = [check for check in checks if check is not None]
    if len(known) < len(checks):
        return None
    if type(None) in kinds:  # says what is wanted other than None, which goes without saying
        known = [check for check, kind in zip(known, kinds, strict=True) if kind is not type(None)]

    def check_any(value: Any, name: str) -> Any:
        if value is None and type(None) in kinds:
            return None
        wanted = []
        for check in known:
            try:
                return check(value, name)
            except ValueError as error:
                wanted.append(str(error).partition(": wanted ")[2].partition(", found ")[0])
        _refuse(name, " or ".join(dict.fromkeys(filter(None, wanted))), value)

    return check_any


_SIMPLE: dict[Any, Check] = {
    int: _integer,
    float: _number,
    bool: _boolean,
    str: _string,
    type(None): _nothing,
    None: _nothing,
}
_NAMES: dict[type, str] = {
    np.random.Generator: "a numpy Generator",
}
