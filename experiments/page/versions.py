"""Versions that numbers on a page depend on."""

import platform
from importlib import metadata

VERSIONED = (
    "iohnas",
    "numpy",
    "scipy",
    "scikit-learn",
    "ioh",
    "nevergrad",
    "pymoo",
    "deap",
    "cma",
    "pflacco",
    "orivex",
)
"""Distributions whose versions stand at the foot of a page."""


def versions_text() -> str:
    """Versions of Python and of the packages that numbers depend on, as one line."""
    found = []
    for name in VERSIONED:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} absent")
    return f"Python {platform.python_version()}, " + ", ".join(found)
