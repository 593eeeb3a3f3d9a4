"""Several recorded trainings of one candidate: how many there are, and their mean."""

import numpy as np

from nas_problems.array import FloatArray, IntArray

PERCENT_DECIMALS = 9
"""Decimals of a mean over seeds of a metric in percent."""

MEAN_DIGITS = 11
"""Significant digits of a mean over seeds of any other metric.

More than any record has: what summation adds in the last bits would break ties between candidates whose
records have the same mean.
"""


def count_records(values: FloatArray) -> IntArray:
    """Records per candidate where all but the last ones of a row may have failed.

    Args:
        values: Recorded values, shape (..., seeds); NaN where a training failed, and behind the last record.

    Returns:
        Position of the last number plus 1, shape (...); 1 where there is none: a failed record.

    >>> count_records(np.array([[1.0, np.nan, 3.0], [1.0, 2.0, np.nan], [np.nan, np.nan, np.nan]]))
    array([3, 2, 1])
    """
    recorded = np.isfinite(values)
    last = values.shape[-1] - np.argmax(recorded[..., ::-1], axis=-1)
    return np.where(recorded.any(axis=-1), last, 1).astype(np.int64)


def exact_mean(records: FloatArray) -> FloatArray:
    """Mean over the numbers of each row (n, seeds), shape (n,); NaN where there are none, or where it overflows."""
    recorded = np.isfinite(records)
    if records.shape[1] == 1:
        return np.where(recorded[:, 0], records[:, 0], np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        mean: FloatArray = np.where(recorded, records, 0.0).sum(axis=1) / recorded.sum(axis=1)
    return np.where(np.isfinite(mean), mean, np.nan)


def mean_of_records(records: FloatArray, *, unit: str) -> FloatArray:
    """Mean over the numbers of each row (n, seeds), rounded to the precision of records, shape (n,).

    One column is returned as it is: nothing was added up.

    Args:
        records: Recorded values; NaN where there is none.
        unit: The metric's; ``%``: ``PERCENT_DECIMALS`` decimals, else ``MEAN_DIGITS`` significant digits.

    Returns:
        See ``exact_mean``.

    >>> records = np.array([[0.1, 0.2, 0.3], [0.2, 0.2, np.nan]])
    >>> float(records[0].mean()), mean_of_records(records, unit="").tolist()
    (0.20000000000000004, [0.2, 0.2])
    """
    mean = exact_mean(records)
    return mean if records.shape[1] == 1 else _rounded(mean, unit)


def _rounded(values: FloatArray, unit: str) -> FloatArray:
    """Values (n,) without digits that no record has; numbers beyond 1e-280 and 1e280 stay as they are."""
    if unit == "%":
        return np.round(values, PERCENT_DECIMALS)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        decimals = MEAN_DIGITS - 1 - np.floor(np.log10(np.abs(values)))
        up, down = 10.0 ** np.maximum(decimals, 0.0), 10.0 ** np.maximum(-decimals, 0.0)
        rounded: FloatArray = np.rint(values * up / down) / up * down
    return np.where(np.isfinite(rounded) & (np.abs(decimals) < 280), rounded, values)
