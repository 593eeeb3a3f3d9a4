"""What measures of a landscape are given, checked in one place: numbers, as many as there are nodes, all finite."""

from nas_problems.array import FloatArray, brief, check_numbers


def check_fitness(y: object, n: int | None = None, name: str = "y") -> FloatArray:
    """Fitness of n nodes as an array, or an error that says what is wrong.

    Args:
        y: Anything numpy makes a vector of.
        n: Wanted length; None: any.
        name: The argument's name, for the message.

    Raises:
        ValueError: Not numbers, another shape, or a value that is not finite: the landscape of a problem
            has its penalty where an evaluation failed.

    >>> check_fitness([1, 2.5], 2)
    array([1. , 2.5])
    """
    values = check_numbers(y, name, n_axes=1)
    if n is not None and len(values) != n:
        raise ValueError(f"{name}: wanted {n} values, found {len(values)}")
    return values


def check_square(distance: object, n: int | None = None) -> FloatArray:
    """Distances between n points as a matrix (n, n).

    Raises:
        ValueError: Not numbers, not square, of another size, or not finite.
    """
    matrix = check_numbers(distance, "distance", n_axes=2)
    if matrix.shape[0] != matrix.shape[1] or n not in (None, len(matrix)):
        wanted = "a square matrix" if n is None else f"shape ({n}, {n})"
        raise ValueError(f"distance: wanted {wanted}, found shape {matrix.shape}")
    return matrix


def check_share(value: object, name: str) -> float:
    """A number in (0, 1).

    Raises:
        ValueError: Anything else.
    """
    if isinstance(value, (int, float)) and 0 < value < 1:
        return float(value)
    raise ValueError(f"{name}: wanted a number in (0, 1), found {brief(value)}")
