"""Versions of Python and of installed distributions, on which results depend."""

import platform
from collections.abc import Iterable
from importlib import metadata


def versions(names: Iterable[str]) -> dict[str, str]:
    """Distribution -> version, or ``absent``; ``python`` stands first.

    Args:
        names: Distributions.
    """
    versions_by_name = {"python": platform.python_version()}
    for name in names:
        try:
            versions_by_name[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions_by_name[name] = "absent"
    return versions_by_name
