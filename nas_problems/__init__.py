"""NAS and HPO tasks as black-box minimisation problems.

>>> import nas_problems
>>> problem = nas_problems.make("nb201-cifar10")
>>> problem([[3, 3, 3, 1, 3, 2]]).round(3)  # validation error in percent
array([8.393])
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from nas_problems.array import check_dimension
from nas_problems.condition import Condition
from nas_problems.datasets.images import ImageSet
from nas_problems.evaluation import Evaluations, Evaluator, Fidelities, Metric, Noise
from nas_problems.evaluators.function import from_function
from nas_problems.evaluators.training import from_network
from nas_problems.exhaustive import Optimum, ParetoFront
from nas_problems.frame import from_frame
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.opened import SUFFIXES, open_problem
from nas_problems.problem import Problem
from nas_problems.references import stated_reference
from nas_problems.registry import Registry
from nas_problems.space import Categorical, Integer, Ordinal, Real, SearchSpace, conditional_space
from nas_problems.space_file import read_space, write_space
from nas_problems.variant import Variant

problems: Registry[Callable[..., Problem]] = Registry(
    "problem", catalog="nas_problems.catalog", entry_points="iohnas.problems"
)
"""All registered problems; a factory returns the problem as published, and may take a ``dimension``, a ``split``, a
``share`` and an ``axis``."""

register = problems.register
"""Decorator that registers a factory ``() -> Problem``; see ``Registry.register``."""


def names() -> tuple[str, ...]:
    """Names of all registered problems, sorted."""
    return problems.names()


def make(
    name: str,
    *,
    noise: str | None = None,
    fidelity: float | None = None,
    objective: str | Sequence[str] | None = None,
    instance: int | None = None,
    dimension: int | None = None,
    split: str | None = None,
    share: float | None = None,
    axis: str | None = None,
    invalid: str | None = None,
) -> Problem:
    """Make a registered problem, or open one in a file.

    Args:
        name: One of ``names()``; or with options, ``nb201-cifar10[objective=validation_accuracy+n_parameters]``, see
            ``Variant``. A name that ends with ``.npz`` or ``.toml`` is the path of a saved surrogate, or of a file
            that says what the columns of a csv are; see ``nas_problems.opened``.
        noise: ``mean``, ``sampled``, ``seed-<k>`` or ``scaled:<x>``; see ``Noise``. None: ``mean``.
        fidelity: One of the problem's ``fidelities.values``; None: the full one.
        objective: Name of a metric to minimise, or several; None: the problem's own.
        instance: 1 is the problem as published; others relabel its variables and choices, or are those of ioh. None: 1.
        dimension: Number of variables of a problem that exists in any, as ``bbob-f1``; None: the problem's own.
        split: Split of the images of a problem that has several, as ``d1`` and ``d2`` of ``train-nb101-so2sat-s2``;
            None: the published one.
        share: Share of the training images that a problem trains on at every fidelity, in (0, 1]; None: all. Where
            shares are the fidelities (``axis="train_share"``), ``fidelity`` has this meaning.
        axis: Kind of fidelities of a problem that has several, as ``train-nb201-digits``: ``train_share``,
            ``resolution``, ``width``, or two at once; see ``nas_problems.network.grade``. None: the problem's own.
        invalid: ``zero``: codes that are no candidates are evaluated, with an accuracy of 0, as ``nb101-cifar10`` and
            ``nb101-recorded`` know it. None: they are refused, so that solvers repair or redraw them.

    Raises:
        KeyError: Unknown name (the message has the nearest ones) or metric.
        ValueError: A noise mode, fidelity, instance, dimension, split, share or axis that the problem does not have; or
            one that is given twice.

    >>> make("nb201-cifar10[objective=validation_accuracy+n_parameters]").pareto_front.Y.shape
    (13, 2)
    """
    asked = Variant.parse(name)
    given: dict[str, object] = {}
    options = {"noise": noise, "fidelity": fidelity, "objective": objective, "instance": instance}
    for key, value in (
        options | {"dimension": dimension, "split": split, "share": share, "axis": axis, "invalid": invalid}
    ).items():
        in_name = getattr(asked, key)
        if value is not None and in_name is not None:
            raise ValueError(f"{key}: wanted it once, found {in_name!r} in {name!r} and {value!r}")
        given[key] = in_name if value is None else value
    base = _published(asked.name, {key: given.pop(key) for key in _WITHOUT})
    problem = base.variant(**given)  # type: ignore[arg-type]  # checked there
    stated = stated_reference(problem.name, problem.objective_metrics)
    return problem if stated is None else problem.variant(reference=stated)


_WITHOUT = {
    "dimension": "has a fixed number of variables",
    "split": "has one split of its data",
    "share": "has a fixed share of its data",
    "axis": "has one kind of fidelities",
    "invalid": "refuses codes that are no candidates",
}
"""Options of a factory, and what is true of a problem whose factory does not take them."""


def _published(name: str, options: Mapping[str, object]) -> Problem:
    """A registered problem or one in a file, as published (None) or with options of its factory."""
    is_file = name.endswith(SUFFIXES)
    if name.endswith((".csv", ".parquet")) and name not in problems:
        toml = f"{name.rpartition('.')[0]}.toml"
        raise KeyError(
            f"unknown problem {name!r}; a file of evaluations becomes the problem {toml} with: iohnas table frame "
            f"{name} --metric COLUMN --out {toml}"
        )
    factory = partial(open_problem, Path(name), problems) if is_file else problems[name].factory
    given = {key: value for key, value in options.items() if value is not None}
    if given:
        known = inspect.signature(factory).parameters
        for key, value in given.items():
            if key not in known:
                raise ValueError(f"{key}: {name} {_WITHOUT[key]}, found {value}")
    if "dimension" in given:
        check_dimension(given["dimension"])
    return factory(**given)


__all__ = [
    "Categorical",
    "Condition",
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
    "Variant",
    "conditional_space",
    "from_frame",
    "from_function",
    "from_network",
    "make",
    "names",
    "problems",
    "read_space",
    "register",
    "write_space",
]
