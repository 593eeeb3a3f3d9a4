"""Csv files as DataFrames whose numbers are exact."""

from collections.abc import Collection
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset(
    [
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    ]
)
"""Words that pandas takes for an empty cell."""


def read_frame(source: str | Path | IO[bytes], *, text: Collection[str] = ()) -> "pd.DataFrame":
    """Read a csv file, each number as the double that is nearest to what is written.

    ``pandas.read_csv`` does so from pandas 3.1 on, where its option for it is deprecated. Before, it misses the last
    bit of about a third of all numbers, so that a value that was written by ``to_csv`` does not equal the one read.

    Args:
        source: A path, or a file that is open for reading.
        text: With a path: columns whose cells are kept as they are written, ``None`` and ``007``, too; an empty one is
            missing.

    Raises:
        pandas.errors.ParserError: Not a csv, or rows with more cells than the header has names.
        pandas.errors.EmptyDataError: Nothing in it.
        UnicodeDecodeError: Not UTF-8.
        OSError: It cannot be read.
    """
    import pandas as pd

    is_exact = tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1)
    options: dict[str, Any] = {} if is_exact else {"float_precision": "round_trip"}
    if text:
        header = pd.read_csv(source, nrows=0).columns
        options["dtype"] = {name: str for name in header if name in text}
        options["na_values"] = {name: [""] if name in text else ["", *MISSING] for name in header}
        options["keep_default_na"] = False
    frame = pd.read_csv(source, **options)
    if len(frame) and not isinstance(frame.index, pd.RangeIndex):  # pandas moves every name to the cell on its right
        raise pd.errors.ParserError("rows with more cells than the header has names")
    return frame
