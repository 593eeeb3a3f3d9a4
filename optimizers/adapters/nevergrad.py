"""Spaces in nevergrad's terms, for its optimizers: which of its variables each kind of parameter becomes.

Equal parameters become one variable: nevergrad's time for a candidate grows with the number of its variables, so
that a hundred real parameters take two hundred times as long one by one as in one array.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import nevergrad as ng
import numpy as np

from nas_problems.parameter import Categorical, Integer, Ordinal, Parameter
from nas_problems.space import Codes, SearchSpace

Form = Literal["transition", "deterministic", "softmax", "integer"]
"""What a parameter with few values becomes.

- ``deterministic``: ``Choice(deterministic=True)``, a weight per value, of which the largest decides.
- ``transition``: ``TransitionChoice``, a position on the line of the values; a mutation redraws it uniformly.
- ``softmax``: ``Choice``, which draws a value anew from its weights whenever a candidate is made.
- ``integer``: ``Array`` with integer casting; a mutation draws from a normal distribution around the middle.
"""

_FEW = 10  # values of an integer range that is still a list of values: nevergrad's advice for integer casting


@dataclass(frozen=True, slots=True)
class _Group:
    """Columns of a space that share one variable."""

    columns: Sequence[int]
    variable: Any
    is_listed: bool


class Variables:
    """A space as one variable of nevergrad per kind of parameter, and the way back from its values to codes.

    A parameter that has one value only is left out: it does not vary.

    Args:
        space: What is searched.
        categorical: What categorical parameters become.
        ordered: What ordinal parameters and integer ranges of less than ten values become. Other integer and all
            real ranges become one array on their unit scale, which is logarithmic where the parameter's is.

    Raises:
        ValueError: Nothing varies in the space.
    """

    def __init__(
        self, space: SearchSpace, *, categorical: Form = "deterministic", ordered: Form = "transition"
    ) -> None:
        self._space = space
        columns: dict[tuple[Form, int | None] | None, list[int]] = defaultdict(list)
        for j, parameter in enumerate(space.parameters):
            if parameter.n_choices != 1:
                form = categorical if isinstance(parameter, Categorical) else ordered
                columns[(form, parameter.n_choices) if _is_listed(parameter) else None].append(j)
        if not columns:
            raise ValueError("space: wanted a parameter with at least two values, found none")
        self._groups = [
            _Group(js, _array(len(js)) if kind is None else _listed(*kind, len(js)), kind is not None)
            for kind, js in columns.items()
        ]

    def parametrization(self) -> Any:
        """What an optimizer works on: a single variable, or a dictionary of several.

        A dictionary, because the optimizers with a tabu list put the values of candidates into a set, which they can
        do with arrays and with dictionaries of them, but not with tuples of them.
        """
        variables = {f"group_{i}": group.variable.copy() for i, group in enumerate(self._groups)}
        return variables["group_0"] if len(variables) == 1 else ng.p.Dict(**variables)

    def to_codes(self, value: Any) -> Codes:
        """A candidate's value as codes, (1, d).

        Raises:
            ValueError: A number that is not finite.
        """
        Z = np.zeros((1, self._space.n_parameters), dtype=self._space.dtype)
        for group, values in zip(self._groups, [value] if len(self._groups) == 1 else value.values(), strict=True):
            for j, each in zip(group.columns, values, strict=True):
                if not group.is_listed and not math.isfinite(each):
                    raise ValueError(f"{self._space.parameters[j].name}: wanted a number in [0, 1], found {each}")
                Z[0, j] = each if group.is_listed else self._space.parameters[j].from_unit(np.array([each]))[0]
        return Z

    def to_values(self, Z: Codes) -> list[Any]:
        """Codes (n, d) as values of ``parametrization()``."""
        by_group = [self._values(group, Z) for group in self._groups]
        if len(by_group) == 1:
            return by_group[0]
        return [{f"group_{i}": value for i, value in enumerate(row)} for row in zip(*by_group, strict=True)]

    def _values(self, group: _Group, Z: Codes) -> list[Any]:
        if group.is_listed:
            return [tuple(row) for row in Z[:, group.columns].astype(np.int64).tolist()]
        return list(np.stack([self._space.parameters[j].to_unit(Z[:, j]) for j in group.columns], axis=1))


def _is_listed(parameter: Parameter) -> bool:
    is_short = isinstance(parameter, Integer) and parameter.n_choices < _FEW and not parameter.log
    return isinstance(parameter, (Categorical, Ordinal)) or is_short


def _array(n: int) -> Any:
    """``n`` numbers in [0, 1] with the steps and the uniform start of ``ng.p.Scalar(lower=0, upper=1)``.

    The constructor's bounds would start from a normal distribution around the middle.
    """
    return ng.p.Array(init=np.full(n, 0.5)).set_mutation(sigma=1 / 6).set_bounds(0, 1, full_range_sampling=True)


def _listed(form: Form, n_choices: int | None, n: int) -> Any:
    assert n_choices is not None
    if form == "transition":
        return ng.p.TransitionChoice(range(n_choices), repetitions=n)
    if form == "integer":
        return ng.p.Array(shape=(n,), lower=-0.5, upper=n_choices - 0.5).set_integer_casting()
    return ng.p.Choice(range(n_choices), repetitions=n, deterministic=form == "deterministic")
