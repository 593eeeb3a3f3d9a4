"""Values of the codes of a finite space, looked up one at a time."""

from collections.abc import Callable, Sequence

from nas_problems.array import FloatArray
from nas_problems.space.listing import Listing
from nas_problems.space.search_space import SearchSpace


def scalar_look_up(column: FloatArray, space: SearchSpace) -> Callable[[Sequence[int]], float]:
    """A function of one code that looks up its value in a column, and checks the code.

    Args:
        column: One value per row of the space, (n_rows,); one more where it lists candidates, for codes that are none.
        space: A finite space.

    Returns:
        ``f(z) -> float``; it raises ValueError for what is not a code.
    """
    if space.listing is not None:
        return _listed_look_up(column, space, space.listing)
    shape = tuple(n for n in space.n_choices if n is not None)
    view = column.reshape(shape).data  # a memoryview: the fastest checked look-up Python has

    def value(z: Sequence[int]) -> float:
        try:
            if min(z) >= 0:
                return view[tuple(z)]
        except (IndexError, TypeError, ValueError, NotImplementedError):
            pass
        space.check([z], "z")  # says what is wrong
        raise ValueError(f"z: wanted {len(shape)} integer codes, found {z!r}")

    return value


def _listed_look_up(column: FloatArray, space: SearchSpace, listing: Listing) -> Callable[[Sequence[int]], float]:
    find, view = listing.finder(), column.data

    def value(z: Sequence[int]) -> float:
        try:
            return view[find(z)]
        except (IndexError, TypeError, ValueError):
            pass
        space.check([z], "z")  # says what is wrong
        raise ValueError(f"z: wanted {space.n_parameters} integer codes, found {z!r}")

    return value
