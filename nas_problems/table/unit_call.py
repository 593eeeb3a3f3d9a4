"""The function that a build sends to its worker processes; imports torch there only."""

import numpy as np
from numpy.typing import NDArray

from nas_problems.table.plan import TablePlan, Unit

Arrays = dict[str, NDArray[np.generic]]


def call_unit(plan: TablePlan, unit: Unit, device: str) -> Arrays:
    """See ``nas_problems.table.unit.do_unit``.

    Raises:
        ImportError: torch is not installed.
    """
    try:
        from nas_problems.table.unit import do_unit
    except ModuleNotFoundError as error:
        raise ImportError("building a table needs torch: pip install torch==2.13.0") from error
    return do_unit(plan, unit, device)
