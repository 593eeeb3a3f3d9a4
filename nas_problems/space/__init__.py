"""Search spaces: what can be searched, in codes that every library understands."""

from nas_problems.parameter import Categorical, Codes, Config, Integer, Ordinal, Parameter, Real, Value
from nas_problems.space.listing import Listing
from nas_problems.space.search_space import BOX_LOWER, BOX_UPPER, SearchSpace

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
]
