"""Versions that numbers on a page depend on."""

from experiments.versions import versions

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
    python, *others = versions(VERSIONED).items()
    return ", ".join([f"Python {python[1]}", *(f"{name} {version}" for name, version in others)])
