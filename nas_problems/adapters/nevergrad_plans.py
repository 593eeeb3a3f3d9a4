"""Plans for ``nevergrad.benchmark``: iohnas_nas201, iohnas_fcnet and iohnas_mlp.

Nevergrad takes the path of this file, which the module prints when it is run::

    python -m nevergrad.benchmark iohnas_nas201 --seed 12 --plot \
        --imports="$(python -m nas_problems.adapters.nevergrad_plans)"

That command of Nevergrad's needs more than Nevergrad installs:
``pip install requests opencv-python-headless torch torchvision pyproj gym``, and ``"pandas<3"`` for
``--plot``.
"""

import sys
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from nas_problems.adapters.nevergrad import as_function
from nas_problems.suites import problems_of

FAMILIES = ("nas201", "fcnet", "mlp")
"""Suites with a plan; its name is ``iohnas_<suite>``."""

NOISES = ("mean", "sampled")
BUDGETS = (25, 50, 100, 200, 400)
OPTIMIZERS = ("RandomSearch", "OnePlusOne", "DiscreteOnePlusOne", "DE", "TwoPointsDE", "PSO", "NGOpt")


def settings(family: str, seed: int | None = None) -> Iterator[dict[str, Any]]:
    """Arguments of ``nevergrad.benchmark.Experiment``, one dict per experiment.

    Args:
        family: Name of a suite.
        seed: Seeds the experiments' seeds; None: no experiment is seeded.

    Raises:
        KeyError: Unknown suite.
    """
    functions = [as_function(name, noise=noise) for name, noise in product(problems_of(family), NOISES)]
    rng = np.random.default_rng(seed)
    for budget, function, optimizer in product(BUDGETS, functions, OPTIMIZERS):
        yield {
            "function": function,
            "optimizer": optimizer,
            "budget": budget,
            "num_workers": 1,
            "seed": None if seed is None else int(rng.integers(2**32)),
        }


def plan(family: str, seed: int | None = None) -> Iterator[Any]:
    """The experiments of a suite, see ``settings``.

    Raises:
        KeyError: Unknown suite.
        ImportError: What ``nevergrad.benchmark`` needs is not installed.
    """
    from nevergrad.benchmark import Experiment

    for options in settings(family, seed):
        yield Experiment(**options)


def register() -> None:
    """Add the plans to Nevergrad's registry, where they are not in it yet.

    Raises:
        ImportError: What ``nevergrad.benchmark`` needs is not installed.
    """
    from nevergrad.benchmark import registry

    for family in FAMILIES:
        if f"iohnas_{family}" not in registry:
            registry.register_name(f"iohnas_{family}", partial(plan, family))


if __name__.startswith("nevergrad."):  # how nevergrad.benchmark names the files in --imports
    register()
elif __name__ == "__main__":
    sys.stdout.write(f"{Path(__file__).resolve()}\n")
