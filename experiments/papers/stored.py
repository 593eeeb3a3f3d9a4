"""Units of work whose results are files, so that a page that was killed goes on."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from nas_problems.atomic import replacing


def stored(path: Path, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The table of a file; computed and written first where there is none.

    The file is there as a whole or not at all, and is always read back, so that numbers do not depend on who
    computed them.

    Args:
        path: A csv file; its folder is made.
        compute: Gives the table.
    """
    if not path.exists():
        frame = compute()
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as new:
            frame.to_csv(new, index=False)
    return pd.read_csv(path)
