"""Problems whose evaluations fail in several places of a user's code."""

import math

from nas_problems import Integer, Problem, SearchSpace, from_function
from nas_problems.parameter import Config

SPACE = SearchSpace((Integer("depth", 1, 9), Integer("width", 1, 9)))


patience: list[str] = []
"""One entry per call that is left, the first one ``stop``; empty: nobody stops the search."""


def build(config: Config) -> float:
    """Raises one thing for odd depths, another one behind a library's call for wide ones."""
    if patience and patience.pop() == "stop":
        raise KeyboardInterrupt
    if config["depth"] % 2:
        raise ValueError(f"depth {config['depth']} is odd")
    if config["width"] > 7:
        return sorted(map(too_wide, [config["width"]]))[0]
    return float(config["depth"] * config["width"])


def too_wide(width: int) -> float:
    """Raises with a cause."""
    try:
        return dict[int, float]()[width]
    except KeyError as error:
        raise RuntimeError(f"no layer of width {width}\nasked for {width}") from error


def is_wrong(config: Config) -> float:
    """Returns what is not a number where the depth is odd."""
    return math.nan if config["depth"] % 2 else 1.0


def failing(limit_seconds: float = math.inf) -> Problem:
    """Fails in two places; with a limit in a child process."""
    return from_function(build, SPACE, name="failing", function_id=30_077, limit_seconds=limit_seconds)
