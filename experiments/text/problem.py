"""Problems and their variants as one string, for command lines.

>>> parse_problem("nb201-cifar10[noise=seed-1,instance=2]").label
'nb201-cifar10.seed-1'
"""

import nas_problems
from nas_problems.problem import Problem


def parse_problem(text: str) -> Problem:
    """Make the problem that a string names.

    Args:
        text: ``name``, or ``name[option=value,...]``; see ``nas_problems.Variant``.

    Raises:
        KeyError: Unknown problem or metric; the message has the nearest names.
        ValueError: Not such a string, an unknown option or a wrong value.
    """
    return nas_problems.make(text)
