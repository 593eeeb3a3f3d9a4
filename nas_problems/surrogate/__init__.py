"""Models of what the candidates of a space give: fitted to evaluations, kept as arrays, stored without pickles.

A kind of model is one file in ``nas_problems/surrogate/catalog``. All are compared in one way, by what they predict of
candidates that they have not seen.
"""

from nas_problems.surrogate.compare import agreement, better_of, held_out
from nas_problems.surrogate.kind import Kind, Model, available_kinds, check_kind, kinds, register

__all__ = [
    "Kind",
    "Model",
    "agreement",
    "available_kinds",
    "better_of",
    "check_kind",
    "held_out",
    "kinds",
    "register",
]
