"""How large the spaces of registered problems are, without making the problems: a list of them should not read tables.

A test compares it with the problems themselves.
"""

import nas_problems
from nas_problems.datasets.upstream import DataUnavailableError

_CELLS_101, _CELLS_DARTS = (26, 509_607_936), (32, 6_891_180_482_912_463_360_000)
_CELLS_201 = (6, 15_625)

_KNOWN: dict[str, tuple[int, int | None]] = {
    "bbob-": (5, None),
    "chaincnn-": (23, None),
    "darts-": _CELLS_DARTS,
    "fcnet-": (9, 62_208),
    "gbdt-": (10, None),
    "knn-": (7, None),
    "ma-bbob": (5, None),
    "macro-": (8, 6_561),
    "mixint-": (5, None),
    "mlp-": (5, 30_000),
    "morphism-": (20, 3_518_437_208_883_200_000),
    "nb101-": _CELLS_101,
    "nb201-": _CELLS_201,
    "nb301-": _CELLS_DARTS,
    "pbo-": (16, 65_536),
    "rf-": (8, None),
    "shuffled-": _CELLS_201,
    "spikenas-": _CELLS_201,
    "svm-": (8, None),
    "train-chaincnn-": (23, None),
    "train-darts-": _CELLS_DARTS,
    "train-hierarchical-": (46, 749_048_330_965_186_233_494_494_102_694_564_493_649),
    "train-meta-": (10, 1_687_500),
    "train-mlp-": (9, None),
    "train-multibranch-": (30, 652_298_158_080),
    "train-nb101-": _CELLS_101,
    "train-nb201-": _CELLS_201,
    "train-protocol-": (12, None),
    "yahpo-iaml_glmnet-": (2, None),
    "yahpo-lcbench-": (7, None),
    "yahpo-rbv2_rpart-": (5, None),
    "yahpo-rbv2_xgboost-": (14, None),
}
"""Beginning of names of ours -> number of parameters, and of codes, see ``SearchSpace.size``."""


def known_size(name: str) -> tuple[int, int | None] | None:
    """``space_size`` where it is written down; None: it is not.

    >>> known_size("nb201-cifar10"), known_size("knn-wine"), known_size("another")
    ((6, 15625), (7, None), None)
    """
    return next((size for beginning, size in _KNOWN.items() if name.startswith(beginning)), None)


def space_size(name: str) -> tuple[int, int | None] | None:
    """Number of parameters of a registered problem, and of its codes, valid or not.

    Args:
        name: As registered; one that is not ours is made.

    Returns:
        No number of codes where a parameter is real; None of a problem whose space is in files that are not here.

    Raises:
        KeyError: Unknown name.
    """
    entry = nas_problems.problems[name]
    known = known_size(name) if entry.factory.__module__.startswith("nas_problems.") else None
    if known is not None:
        return known
    try:
        space = nas_problems.make(name).space
    except (DataUnavailableError, ImportError, OSError):
        return None
    return space.n_parameters, space.size
