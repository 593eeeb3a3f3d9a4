"""Which codes ioh can hold as integers; without ioh, so that logs can be read without it."""

from nas_problems.space import SearchSpace

LARGEST_INTEGER = 2**31 - 1
"""ioh keeps integer variables in a C++ int."""


def has_integer_code(space: SearchSpace) -> bool:
    """Whether candidates are logged as integer codes; else as points of the box [-5, 5]^d.

    >>> from nas_problems import Integer, Real
    >>> [has_integer_code(SearchSpace((p,))) for p in (Integer("n", 0, 9), Integer("n", 0, 2**32 - 1), Real("x", 0, 1))]
    [True, False, False]
    """
    return space.is_finite and int(space.upper.max()) <= LARGEST_INTEGER
