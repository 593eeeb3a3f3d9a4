"""Csv files as DataFrames whose numbers are exact."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def read_frame(source: str | Path | IO[bytes]) -> "pd.DataFrame":
    """Read a csv file, each number as the double that is nearest to what is written.

    ``pandas.read_csv`` does so from pandas 3.1 on, where its option for it is deprecated. Before, it misses the last
    bit of about a third of all numbers, so that a value that was written by ``to_csv`` does not equal the one read.

    Args:
        source: A path, or a file that is open for reading.

    Raises:
        pandas.errors.ParserError: Not a csv.
        pandas.errors.EmptyDataError: Nothing in it.
        UnicodeDecodeError: Not UTF-8.
        OSError: It cannot be read.
    """
    import pandas as pd

    is_exact = tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1)
    return pd.read_csv(source, **({} if is_exact else {"float_precision": "round_trip"}))
