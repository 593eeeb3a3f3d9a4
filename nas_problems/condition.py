"""Conditional parameters: those that matter only where another parameter has certain values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nas_problems.array import BoolArray, IntArray, brief
from nas_problems.checked import check_fields
from nas_problems.parameter import Codes, Parameter, Real, Value


@dataclass(frozen=True, slots=True)
class Condition:
    """``parameter`` is active where ``parent`` is active and has one of ``values``.

    Args:
        parameter: Name of the conditional parameter.
        parent: Name of the finite parameter that decides.
        values: Values of the parent.

    Raises:
        ValueError: A field of another kind.
    """

    parameter: str
    parent: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True)
class ActiveParameters:
    """Says which parameters of a space are active; made by ``active_parameters``.

    Args:
        rules: Per condition the parameter's column, its parent's column and the parent's codes.
    """

    rules: tuple[tuple[int, int, tuple[int, ...]], ...]

    def __call__(self, Z: Codes) -> BoolArray:
        """Which parameters are active in codes (n, d), shape (n, d)."""
        active: BoolArray = np.ones(Z.shape, dtype=np.bool_)
        for column, parent, codes in self.rules:
            active[:, column] &= active[:, parent] & np.isin(Z[:, parent], codes)
        return active


def active_parameters(parameters: Sequence[Parameter], conditions: Sequence[Condition]) -> ActiveParameters:
    """Compile conditions on the parameters of a space.

    Args:
        parameters: The parameters, in the space's order.
        conditions: Those of a parameter's parent come before its own; a parameter with several
            conditions is active where all of them hold.

    Raises:
        ValueError: An unknown name, a real parent, a value its parent does not have, or conditions
            in the wrong order.
    """
    columns = {parameter.name: j for j, parameter in enumerate(parameters)}
    rules: list[tuple[int, int, tuple[int, ...]]] = []
    for i, condition in enumerate(conditions):
        for name in (condition.parameter, condition.parent):
            if name not in columns:
                raise ValueError(f"conditions[{i}]: wanted one of {sorted(columns)}, found {brief(name)}")
        if any(later.parameter == condition.parent for later in conditions[i:]):
            raise ValueError(f"conditions[{i}]: wanted the conditions of {condition.parent!r} before this one")
        parent = parameters[columns[condition.parent]]
        if parent.n_choices is None:
            raise ValueError(f"conditions[{i}]: wanted a finite parent, found the real {parent.name!r}")
        codes = tuple(parent.encode(condition.values).tolist())
        rules.append((columns[condition.parameter], columns[parent.name], codes))
    return ActiveParameters(tuple(rules))


def inactive_to_lowest(parameters: Sequence[Parameter], conditions: Sequence[Condition]) -> Callable[[Codes], Codes]:
    """A canonical form that gives every inactive parameter its lowest code.

    Args:
        parameters: See ``active_parameters``.
        conditions: See ``active_parameters``.

    Returns:
        ``Z (n, d) -> Z (n, d)``, for ``SearchSpace.canonical_form``.

    Raises:
        ValueError: See ``active_parameters``.

    >>> from nas_problems import Categorical, Real
    >>> parameters = (Categorical("kernel", ("linear", "rbf")), Real("gamma", 0.1, 10.0))
    >>> canonical = inactive_to_lowest(parameters, [Condition("gamma", "kernel", ("rbf",))])
    >>> canonical(np.array([[0.0, 3.0], [1.0, 3.0]])).tolist()
    [[0.0, 0.1], [1.0, 3.0]]
    """
    lowest = tuple(parameter.low if isinstance(parameter, Real) else 0 for parameter in parameters)
    return _InactiveToLowest(active_parameters(parameters, conditions), lowest)


@dataclass(frozen=True, slots=True)
class _InactiveToLowest:
    active: ActiveParameters
    lowest: tuple[float, ...]

    def __call__(self, Z: Codes) -> Codes:
        return np.where(self.active(Z), Z, np.array(self.lowest).astype(Z.dtype))


def relabelled(
    canonical_form: Callable[[Codes], Codes] | None, order: IntArray, choice_codes: Sequence[IntArray | None]
) -> Callable[[Codes], Codes] | None:
    """The canonical form made by ``inactive_to_lowest``, for other names of variables and choices; None: another form.

    Inactive parameters get the values that they have in the base space.

    Args:
        canonical_form: Of the base space.
        order: See ``nas_problems.instances.Relabelling``.
        choice_codes: See there.
    """
    if not isinstance(canonical_form, _InactiveToLowest):
        return None
    place = np.argsort(order).tolist()
    new_code = [None if codes is None else np.argsort(codes).tolist() for codes in choice_codes]

    def moved(column: int, code: float) -> float:
        known = new_code[place[column]]
        return code if known is None else known[int(code)]

    rules = tuple(
        (place[column], place[parent], tuple(int(moved(parent, code)) for code in codes))
        for column, parent, codes in canonical_form.active.rules
    )
    lowest = tuple(moved(column, canonical_form.lowest[column]) for column in order.tolist())
    return _InactiveToLowest(ActiveParameters(rules), lowest)


def conditions_of(
    canonical_form: Callable[[Codes], Codes] | None, parameters: Sequence[Parameter]
) -> list[Condition] | None:
    """The conditions behind a canonical form; none where there is no form, None where it is of another kind."""
    if canonical_form is None:
        return []
    if not isinstance(canonical_form, _InactiveToLowest):
        return None
    return [
        Condition(parameters[column].name, parameters[parent].name, tuple(parameters[parent].decode(np.array(codes))))
        for column, parent, codes in canonical_form.active.rules
    ]
