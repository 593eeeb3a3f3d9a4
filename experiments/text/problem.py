"""Problems and their variants as one text, for command lines.

>>> parse_problem("nb201-cifar10[noise=seed-1,instance=2]").label
'nb201-cifar10.seed-1'
"""

import re
from collections.abc import Callable

import nas_problems
from experiments.text.solver import split_list
from nas_problems.problem import Problem

_READ: dict[str, Callable[[str], object]] = {"noise": str, "fidelity": float, "objective": str, "instance": int}


def parse_problem(text: str) -> Problem:
    """Make the problem that a text names.

    Args:
        text: ``name``, or ``name[option=value,...]`` with the options of ``nas_problems.make``: noise,
            fidelity, objective, instance.

    Raises:
        KeyError: Unknown problem or metric; the message has the nearest names.
        ValueError: Not such a text, an unknown option or a wrong value.
    """
    match = re.fullmatch(r"([^\[\]]+)(?:\[([^\[\]]*)\])?", text.strip())
    if match is None:
        raise ValueError(f"problem: wanted name or name[option=value,...], found {text!r}")
    name = match[1].strip()
    given: dict[str, object] = {}
    for part in split_list(match[2] or ""):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or key in given or key not in _READ:
            raise ValueError(f"{name}: wanted each of {', '.join(_READ)} at most once, as option=value, found {part!r}")
        try:
            given[key] = _READ[key](value)
        except ValueError:
            raise ValueError(f"{name}: {key}: wanted a number, found {value!r}") from None
    return nas_problems.problems[name].factory().variant(**given)  # type: ignore[arg-type]  # read just above
