"""Choosing a solver from the first evaluations of a run.

Data flow: ``describe`` makes numbers of a space, a budget and the design that a run begins with; a ``Model``, fitted on
recorded runs that began with such a design (``iohnas portfolio fit``), predicts from them what each of its schedules
loses; ``landscape-selector`` (in ``optimizers.catalog``) follows the one that it chooses, with all that was evaluated.
"""

from optimizers.selector.features import COSTLY, FREE, NAMES, describe
from optimizers.selector.model import Choice, Model, shipped_model

__all__ = ["COSTLY", "FREE", "NAMES", "Choice", "Model", "describe", "shipped_model"]
"""The public names."""
