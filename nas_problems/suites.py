"""Named groups of problems: every family of the registry, and the demo."""

from collections.abc import Mapping

import nas_problems
from nas_problems.registry import unknown_name

DEMO = ("nb201-cifar10", "fcnet-protein", "mlp-vehicle", "knn-wine")
"""One problem of each kind: a NAS table, two HPO tables, and live training."""


def suites() -> Mapping[str, tuple[str, ...]]:
    """Names of all suites, sorted, each with the names of its problems."""
    found: dict[str, tuple[str, ...]] = {"demo": DEMO}
    for entry in nas_problems.problems:
        found[entry.family] = (*found.get(entry.family, ()), entry.name)
    return dict(sorted(found.items()))


def problems_of(suite: str) -> tuple[str, ...]:
    """Names of the problems of a suite.

    Raises:
        KeyError: Unknown suite; the message has the nearest names.
    """
    known = suites()
    if suite not in known:
        raise unknown_name("suite", suite, tuple(known))
    return known[suite]
