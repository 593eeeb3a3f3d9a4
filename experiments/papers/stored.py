"""Units of work whose results are files, so that the computation of a page can be interrupted and continued."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from nas_problems.atomic import replacing


def stored(path: Path, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return the table in a file; compute and write it first if there is none.

    The file is written as a whole or not at all, and is always read back, so that numbers do not depend on which
    session computed them.

    Args:
        path: A csv file; its folder is made.
        compute: Returns the table.
    """
    if not path.exists():
        frame = compute()
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as new:
            frame.to_csv(new, index=False)
    return pd.read_csv(path)
