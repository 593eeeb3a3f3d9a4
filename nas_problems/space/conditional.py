"""Spaces some of whose parameters matter only where another parameter has certain values."""

from collections.abc import Sequence

from nas_problems.checked import checked
from nas_problems.condition import Condition, active_parameters, conditions_of, inactive_to_lowest
from nas_problems.parameter import Codes, Config, Parameter
from nas_problems.space.search_space import SearchSpace


@checked
def conditional_space(parameters: Sequence[Parameter], conditions: Sequence[Condition]) -> SearchSpace:
    """A space in which candidates that differ only in inactive parameters are equal.

    Args:
        parameters: The parameters.
        conditions: In any order; a parameter with several is active where all of them hold.

    Raises:
        ValueError: See ``SearchSpace`` and ``active_parameters``; or conditions in a circle.

    >>> from nas_problems import Categorical, Real
    >>> parameters = (Categorical("kernel", ("linear", "rbf")), Real("gamma", 0.1, 10.0))
    >>> space = conditional_space(parameters, [Condition("gamma", "kernel", ("rbf",))])
    >>> used_configs(space, space.encode([{"kernel": "linear", "gamma": 3.0}, {"kernel": "rbf", "gamma": 3.0}]))
    [{'kernel': 'linear'}, {'kernel': 'rbf', 'gamma': 3.0}]
    """
    ordered = _parents_first(conditions)
    canonical = inactive_to_lowest(parameters, ordered) if ordered else None
    return SearchSpace(tuple(parameters), canonical_form=canonical)


def _parents_first(conditions: Sequence[Condition]) -> list[Condition]:
    """Conditions in an order in which those of a parent come before those of its children."""
    left, ordered = list(conditions), list[Condition]()
    while left:
        waiting = {condition.parameter for condition in left}
        ready = [condition for condition in left if condition.parent not in waiting]
        if not ready:
            raise ValueError(f"conditions: wanted parents before children, found a circle among {sorted(waiting)}")
        ordered += ready
        left = [condition for condition in left if condition.parent in waiting]
    return ordered


def conditions_in(space: SearchSpace) -> list[Condition]:
    """The conditions of a space, also of one whose candidates are rows; empty where it has none."""
    form = space.canonical_form if space.listing is None else space.listing.canonical_form
    return conditions_of(form, space.parameters) or []


def active_text(space: SearchSpace, parameter: Parameter) -> str:
    """Where a parameter of a space is active, e.g. ``kernel=poly or rbf``; empty: everywhere."""
    return " and ".join(
        f"{condition.parent}={' or '.join(map(str, condition.values))}"
        for condition in conditions_in(space)
        if condition.parameter == parameter.name
    )


def used_configs(space: SearchSpace, Z: object) -> list[Config]:
    """The configurations that codes (n, d) stand for, as one would use them.

    Where the candidates are rows of a table, a code stands for the nearest row; inactive parameters are left out.

    Raises:
        ValueError: See ``SearchSpace.check``.
    """
    has_rows = space.listing is not None and space.listing.draws_rows
    codes: Codes = space.canonical(Z) if has_rows else space.check(Z)
    active = active_parameters(space.parameters, conditions_in(space))(codes)
    return [
        {name: value for (name, value), is_active in zip(config.items(), row, strict=True) if is_active}
        for config, row in zip(space.decode(codes), active.tolist(), strict=True)
    ]
