"""Search spaces: what can be searched, in codes that every library understands."""

from nas_problems.parameter import Categorical, Codes, Config, Integer, Ordinal, Parameter, Real, Value
from nas_problems.space.conditional import active_text, conditional_space, conditions_in, used_configs
from nas_problems.space.listing import Listing
from nas_problems.space.search_space import BOX_LOWER, BOX_UPPER, SearchSpace, values_text

__all__ = [
    "BOX_LOWER",
    "BOX_UPPER",
    "Categorical",
    "Codes",
    "Config",
    "Integer",
    "Listing",
    "Ordinal",
    "Parameter",
    "Real",
    "SearchSpace",
    "Value",
    "active_text",
    "conditional_space",
    "conditions_in",
    "used_configs",
    "values_text",
]
