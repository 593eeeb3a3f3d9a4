"""What test_ioh runs in a spawned process; a file of its own, since that process imports all of it."""

import nas_problems
from nas_problems.adapters.ioh import Code, as_ioh


def evaluate(name: str, code: Code, Z: list[list[int]]) -> tuple[list[float], int, int]:
    """Values at codes, evaluations counted and function id, of a problem made in this process."""
    wrapped = as_ioh(nas_problems.make(name), code=code)
    y: list[float] = wrapped(wrapped.to_points(Z))
    return y, wrapped.state.evaluations, wrapped.meta_data.problem_id
