"""The four kinds of search-space parameters: categorical, ordinal, integer, real.

A finite parameter's *code* is the position 0 ... n-1 of its value; a real parameter's code is the
value itself. ``to_unit`` and ``from_unit`` map codes to [0, 1], where every choice owns an interval,
so that continuous optimizers can work on any space. ``from_unit`` of a uniform number is also how values are
drawn, and ``another`` how they are mutated: one distribution per parameter, for every way of drawing.
"""

from nas_problems.parameter.listed import Categorical, Ordinal
from nas_problems.parameter.number import Integer, Real
from nas_problems.parameter.value import Codes, Config, Value, check_file_name, check_name, config_text

Parameter = Categorical | Ordinal | Integer | Real
"""Any kind of parameter."""

__all__ = [
    "Categorical",
    "Codes",
    "Config",
    "Integer",
    "Ordinal",
    "Parameter",
    "Real",
    "Value",
    "check_file_name",
    "check_name",
    "config_text",
]
