"""The function that a build sends to its worker processes; imports torch there only."""

import numpy as np
from numpy.typing import NDArray

from nas_problems.table.plan import TablePlan, Unit

Arrays = dict[str, NDArray[np.generic]]


def call_unit(plan: TablePlan, unit: Unit, device: str) -> Arrays:
    """See ``nas_problems.table.unit.do_unit``."""
    from nas_problems.table.unit import do_unit

    return do_unit(plan, unit, device)
