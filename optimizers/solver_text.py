"""Solvers and their options as one text, for command lines and files.

>>> parse_solver("local-search[variant=query-until-lower]").label
'local-search.variant-query-until-lower'
>>> split_list("local-search[n_starts=5,variant=all-neighbours],random-search")
('local-search[n_starts=5,variant=all-neighbours]', 'random-search')
"""

import difflib
import re

from optimizers.registry import make, options
from optimizers.solver import ConfiguredSolver


def split_list(text: str) -> tuple[str, ...]:
    """Split at commas outside square brackets; empty parts are left out."""
    parts = re.split(r",(?![^\[]*\])", text)
    return tuple(part.strip() for part in parts if part.strip())


def parse_solver(text: str) -> ConfiguredSolver:
    """Make the solver that a string names.

    Args:
        text: ``name``, or ``name[option=value,...]``.

    Raises:
        KeyError: Unknown solver; the message has the nearest names.
        ValueError: Not such a string, an unknown option or a wrong value; the message says what is possible.
    """
    match = re.fullmatch(r"([^\[\]]+)(?:\[([^\[\]]*)\])?", text.strip())
    if match is None:
        raise ValueError(f"solver: wanted name or name[option=value,...], found {text!r}")
    name = match[1].strip()
    known = options(name)
    given: dict[str, object] = {}
    for part in split_list(match[2] or ""):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or key in given:
            raise ValueError(f"{name}: wanted each option once, as option=value, found {part!r}")
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"its options are {', '.join(known) or 'none'}"
            raise ValueError(f"{name}: unknown option {key!r}; {hint}")
        try:
            given[key] = known[key].parse(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return make(name, **given)


def solver_text(solver: ConfiguredSolver) -> str:
    """The one text that stands for a solver: options that differ from the defaults, sorted by name."""
    options = ",".join(f"{key}={value}" for key, value in sorted(solver.options.items()))
    return f"{solver.name}[{options}]" if options else solver.name
