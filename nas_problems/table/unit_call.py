"""The function that a build sends to its worker processes; imports torch there only."""

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from nas_problems.table.plan import TablePlan, Unit

Arrays = dict[str, NDArray[np.generic]]


def check_torch() -> None:
    """Say what is missing before any process is started.

    Raises:
        ImportError: torch is not installed.
    """
    if find_spec("torch") is None:
        raise ImportError("building or verifying a table needs torch: pip install torch==2.13.0")


def call_unit(plan: TablePlan, unit: Unit, device: str) -> Arrays:
    """See ``nas_problems.table.unit.do_unit``."""
    from nas_problems.table.unit import do_unit

    return do_unit(plan, unit, device)
