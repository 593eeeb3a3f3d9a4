"""Tables as csv that spreadsheets show and do not carry out."""

from pathlib import Path
from typing import Any

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a cell begins with that spreadsheets take for a formula; some take signs of full width for it, too."""


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table; texts that a spreadsheet would evaluate get an apostrophe in front, numbers stay as they are.

    Raises:
        OSError: The file cannot be written.
    """
    texts = [j for j in range(frame.shape[1]) if not pd.api.types.is_numeric_dtype(frame.iloc[:, j].dtype)]
    safe = frame.copy(deep=False)
    for j in texts:
        safe.isetitem(j, [_harmless(value) for value in frame.iloc[:, j]])
    safe.columns = pd.Index([_harmless(str(name)) for name in frame.columns])
    safe.to_csv(path, index=False, lineterminator="\n")


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
