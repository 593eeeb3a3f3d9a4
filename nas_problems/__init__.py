"""NAS and HPO tasks as black-box minimisation problems.

>>> import nas_problems
>>> problem = nas_problems.make("nb201-cifar10")
>>> problem([[3, 3, 3, 1, 3, 2]]).round(3)  # validation error in percent
array([8.393])
"""

from collections.abc import Callable, Sequence

from nas_problems.datasets.images import ImageSet
from nas_problems.evaluation import Evaluations, Evaluator, Fidelities, Metric, Noise
from nas_problems.evaluators.function import from_function
from nas_problems.evaluators.training import from_network
from nas_problems.exhaustive import Optimum, ParetoFront
from nas_problems.frame import from_frame
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.problem import Problem
from nas_problems.registry import Registry
from nas_problems.space import Categorical, Integer, Ordinal, Real, SearchSpace

problems: Registry[Callable[[], Problem]] = Registry(
    "problem", catalog="nas_problems.catalog", entry_points="iohnas.problems"
)
"""All registered problems; a factory returns the problem as published."""

register = problems.register
"""Decorator that registers a factory ``() -> Problem``; see ``Registry.register``."""


def names() -> tuple[str, ...]:
    """Names of all registered problems, sorted."""
    return problems.names()


def make(
    name: str,
    *,
    noise: str = "mean",
    fidelity: float | None = None,
    objective: str | Sequence[str] | None = None,
    instance: int = 1,
) -> Problem:
    """Make a registered problem.

    Args:
        name: One of ``names()``.
        noise: ``mean``, ``sampled``, ``seed-<k>`` or ``scaled:<x>``; see ``Noise``.
        fidelity: One of the problem's ``fidelities.values``; None: the full one.
        objective: Name of a metric to minimise, or several; None: the problem's own.
        instance: 1 is the problem as published; others relabel its variables and choices.

    Raises:
        KeyError: Unknown name (the message has the nearest ones) or metric.
        ValueError: A noise mode, fidelity or instance that the problem does not have.
    """
    problem = problems[name].factory()
    return problem.variant(noise=noise, fidelity=fidelity, objective=objective, instance=instance)


__all__ = [
    "Categorical",
    "Evaluations",
    "Evaluator",
    "Fidelities",
    "ImageSet",
    "Integer",
    "Metric",
    "Noise",
    "Optimum",
    "Ordinal",
    "ParetoFront",
    "Problem",
    "Real",
    "Registry",
    "SearchSpace",
    "TrainingProtocol",
    "from_frame",
    "from_function",
    "from_network",
    "make",
    "names",
    "problems",
    "register",
]
