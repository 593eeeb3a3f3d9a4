"""Named groups of problems: every family of the registry, the demo, and problems with several objectives."""

import re
from collections.abc import Mapping

import nas_problems
from nas_problems.problem import Problem
from nas_problems.references import STATED
from nas_problems.registry import unknown_name
from nas_problems.variant import Variant

DEMO = ("nb201-cifar10", "fcnet-protein", "mlp-vehicle", "knn-wine")
"""One problem of each kind: a NAS table, two HPO tables, and live training."""

OWN = "own"
"""The suite of problems that are not registered."""

_ERROR = "validation_accuracy"


def _several(name: str, *metrics: str) -> str:
    return str(Variant(name, objective=metrics))


SEVERAL: Mapping[str, tuple[str, ...]] = {
    "nas201-mo": (
        *(
            _several(f"nb201-{dataset}", _ERROR, cost)
            for dataset in ("cifar10", "cifar100", "imagenet16-120")
            for cost in ("n_parameters", "latency_seconds", "train_seconds")
        ),
        _several("nb201-cifar10", _ERROR, "n_parameters", "latency_seconds"),
    ),
    "nas201-devices-mo": (
        *(
            _several("nb201-cifar10", _ERROR, f"latency_{device}_milliseconds")
            for device in ("eyeriss", "fpga", "pixel3", "raspi4")
        ),
        _several("nb201-cifar10", _ERROR, "n_parameters", "latency_eyeriss_milliseconds"),
    ),
    "macro-mo": (
        _several("macro-cifar10", "test_accuracy", "n_parameters"),
        _several("macro-cifar10", "test_accuracy", "flops"),
    ),
    "cells-mo": (
        _several("nb201-digits", _ERROR, "n_parameters"),
        _several("nb201-digits", _ERROR, "n_parameters", "latency_seconds"),
        _several("spikenas-cifar10", _ERROR, "n_parameters"),
        _several("spikenas-cifar10", _ERROR, "train_seconds"),
    ),
    "hpo-mo": (
        *(
            _several(f"fcnet-{dataset}", "validation_mse", cost)
            for dataset in ("naval", "parkinsons", "protein", "slice")
            for cost in ("n_parameters", "train_seconds")
        ),
        *(
            _several(f"mlp-{dataset}", _ERROR, "train_seconds")
            for dataset in (
                "australian",
                "blood-transfusion",
                "car",
                "credit-g",
                "kc1",
                "phoneme",
                "segment",
                "vehicle",
            )
        ),
    ),
    "yahpo-mo": tuple(_several(name, *metrics) for name, metrics in STATED if name.startswith("yahpo-")),
    "train-mo": tuple(_several(name, *metrics) for name, metrics in STATED if name.startswith("train-")),
}
"""Suites of problems with several objectives, each with a fixed reference; see ``nas_problems.references``."""


def suites() -> Mapping[str, tuple[str, ...]]:
    """Names of all suites, sorted, each with what ``make`` takes for its problems."""
    suites_by_name: dict[str, tuple[str, ...]] = {"demo": DEMO, **SEVERAL}
    for entry in nas_problems.problems:
        suites_by_name[entry.family] = (*suites_by_name.get(entry.family, ()), entry.name)
    return dict(sorted(suites_by_name.items()))


def problems_of(suite: str) -> tuple[str, ...]:
    """Names of the problems of a suite.

    Raises:
        KeyError: Unknown suite; the message has the nearest names.
    """
    known = suites()
    if suite not in known:
        raise unknown_name("suite", suite, tuple(known))
    return known[suite]


def suite_of(problem: Problem) -> str:
    """The suite that logs of a problem name, unless a study gives them another: the family of its name.

    >>> [suite_of(nas_problems.make(name)) for name in ("nb201-cifar10", "bbob-f1[dimension=3]")]
    ['nas201', 'BBOB']
    """
    name = re.sub(r"-d\d+$", "", problem.name)  # a problem in another dimension than its own
    registered = problem.name if problem.name in nas_problems.problems else name
    return nas_problems.problems[registered].family if registered in nas_problems.problems else OWN
