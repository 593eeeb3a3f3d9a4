"""The work of one unit; needs torch."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from nas_problems.datasets.image_sets import load_image_set
from nas_problems.evaluators.training import candidate_key
from nas_problems.network.family import FAMILIES, CellFamily, Family, graph_family
from nas_problems.network.fit import Part, StackTraining, clock_of, initial_state, one_thread
from nas_problems.network.layer import parameter_count
from nas_problems.network.measure import flop_count, latency, mean_latency
from nas_problems.network.session import device_parts
from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import GraphSkeleton
from nas_problems.space import Codes
from nas_problems.table.plan import MEASURE, TablePlan, Unit

Arrays = dict[str, NDArray[np.generic]]


@cache
def _parts(images: str, device: str) -> tuple[ImageShape, tuple[Part, Part, Part]]:
    image_set = load_image_set(images)
    return image_set.shape, device_parts(image_set, device)


def _family(plan: TablePlan, shape: ImageShape) -> Family:
    if isinstance(plan.skeleton, GraphSkeleton):
        return graph_family(shape, plan.skeleton)
    return CellFamily(shape, plan.skeleton) if plan.space == "nb201" else FAMILIES[plan.space](shape)


def do_unit(plan: TablePlan, unit: Unit, device: str = "cpu") -> Arrays:
    """Train the candidates of a unit, or measure them.

    Args:
        plan: The table's plan.
        unit: One of its units.
        device: Where to train.

    Returns:
        Of a training: ``validation_right`` and ``test_right``, numbers of right answers, -1 where a
        network diverged, and the scores of ``nas_problems.table.plan.SCORES``, NaN there, (fidelities,
        candidates); ``seconds`` of training for all of them, on one core, (fidelities,). Of a measurement:
        ``n_parameters``, ``n_flops``, ``latency_seconds`` and ``latency_milliseconds``.
    """
    with one_thread():
        return _measure(plan, unit, device) if unit.seed == MEASURE else _train(plan, unit, device)


def _train(plan: TablePlan, unit: Unit, device: str) -> Arrays:
    shape, (train, validation, test) = _parts(plan.images, device)
    family, codes = _family(plan, shape), plan.codes_of(unit)
    configs = plan.search_space.decode(codes)
    states = [
        initial_state(family.plain(config, plan.protocol), seed=unit.seed, key=key)
        for config, key in zip(configs, keys(plan, codes), strict=True)
    ]
    stack = family.stack(configs, plan.protocol)
    stack.load(states)  # type: ignore[operator]  # a Stack, as well as a module
    training = StackTraining(stack.to(device), train, plan.protocol, seeds=(unit.seed,), clock=clock_of(device))
    levels: list[Arrays] = []
    for epoch in plan.epochs:
        training.run_to(epoch)
        measured: Arrays = {"seconds": np.array(training.train_seconds)}
        diverged = np.zeros(len(codes), dtype=np.bool_)
        for name, part in (("validation", validation), ("test", test)):
            scores = training.scores(part).named(name)
            share = scores.pop(f"{name}_accuracy")
            diverged |= ~np.isfinite(share)
            measured[f"{name}_right"] = np.rint(np.where(np.isfinite(share), share * len(part) / 100, -1)).astype(
                np.int64
            )
            measured |= scores
        measured["train_accuracy"] = np.where(diverged, np.nan, training.curve.train_accuracy[-1])
        levels.append(measured)
    return {name: np.stack([level[name] for level in levels]) for name in levels[0]}


def keys(plan: TablePlan, codes: Codes) -> list[int]:
    """The number from which each candidate's weights are drawn."""
    return [candidate_key(plan.search_space, code) for code in codes]


def _measure(plan: TablePlan, unit: Unit, device: str) -> Arrays:
    shape, (_, validation, test) = _parts(plan.images, device)
    family = _family(plan, shape)
    names = ("n_parameters", "n_flops", "latency_seconds", "latency_milliseconds")
    columns: dict[str, list[float]] = {name: [] for name in names}
    for config in plan.search_space.decode(plan.codes_of(unit)):
        network = family.plain(config, plan.protocol)
        columns["n_parameters"].append(parameter_count(network))
        columns["n_flops"].append(flop_count(network, shape))
        columns["latency_seconds"].append(latency(network.to(device), validation.images[:100]))
        columns["latency_milliseconds"].append(mean_latency(network, test.images))
    return {name: np.array(column) for name, column in columns.items()}
