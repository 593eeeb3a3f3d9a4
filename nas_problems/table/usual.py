"""The plan of a table whose candidates are trained as those of our live problems are."""

import dataclasses

from nas_problems.catalog.train import cell_setting, graph_setting
from nas_problems.network.skeleton import CellSkeleton, GraphSkeleton
from nas_problems.table.plan import TablePlan


def default_plan(space: str, images: str, *, epochs: tuple[int, ...] | None = None, n_seeds: int = 1) -> TablePlan:
    """The plan with the protocol that the problems ``train-nb201-*`` have, or ``train-nb101-*``.

    Args:
        space: ``nb201``, ``macro`` or ``nb101``.
        images: Name of an image set.
        epochs: Fidelities; None: those of the problems.
        n_seeds: Trainings of every candidate.

    Raises:
        KeyError: See ``TablePlan``.
        ValueError: See ``TablePlan``.
    """
    skeleton: CellSkeleton | GraphSkeleton
    skeleton, protocol, usual = graph_setting(images) if space == "nb101" else cell_setting(images)
    wanted = epochs or usual
    protocol = dataclasses.replace(protocol, epochs=wanted[-1])
    size = 32 if space == "nb201" else 1
    return TablePlan(space, images, protocol, wanted, n_seeds, size, skeleton)  # type: ignore[arg-type]  # checked
