"""What runs are worth, and which differences between solvers are more than chance."""

from ela.holm import holm
from experiments.statistics.comparison import (
    Comparison,
    Interval,
    compare_over_blocks,
    median_interval,
    rank_sum,
    same_as_best,
)
from experiments.statistics.permutation import rank_within
from experiments.statistics.running_time import (
    align,
    area_over_curve,
    attainment,
    expected_running_time,
    first_hits,
    median_hit,
    quantile_bands,
    steps,
    target_range,
)

__all__ = [
    "Comparison",
    "Interval",
    "align",
    "area_over_curve",
    "attainment",
    "compare_over_blocks",
    "expected_running_time",
    "first_hits",
    "holm",
    "median_hit",
    "median_interval",
    "quantile_bands",
    "rank_sum",
    "rank_within",
    "same_as_best",
    "steps",
    "target_range",
]
