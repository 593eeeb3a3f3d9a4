"""Modes of the distribution of fitness, and whether distant candidates share them."""

from dataclasses import dataclass

import numpy as np

from ela.landscape.check import check_fitness, check_square
from nas_problems.array import BoolArray, FloatArray
from nas_problems.checked import checked

N_CELLS = 100
"""The range of fitness is cut into this many cells to look for modes."""

MIN_SHARE = 0.04
"""A mode holds at least this share of the sample."""

MIN_DENSITY = 1.5
"""A mode is at least this many times as dense as a uniform distribution over the range would be."""

SPREAD = 0.6
"""Members of a mode are diverse if they are on average this far apart, relative to the whole sample."""


@dataclass(frozen=True, eq=False)
class Mode:
    """A value that many candidates have.

    Args:
        level: Median fitness of its members.
        members: Who belongs to it, shape (n,) bool.
        spread: Mean distance between members over the mean distance in the sample; about 1 where members
            lie anywhere in the space.
        height: ``(level - best) / (worst - best)``: 0 is the best fitness seen, 1 the worst.
    """

    level: float
    members: BoolArray
    spread: float
    height: float

    @property
    def share(self) -> float:
        """Share of the sample in this mode."""
        return float(self.members.mean())

    @property
    def is_suspicious(self) -> bool:
        """Whether diverse candidates share a fitness in the worse three quarters of the range.

        That good candidates agree is what one hopes for; that many very different ones are equally bad
        asks for an explanation.
        """
        return self.spread >= SPREAD and self.height > 0.25


@checked
def find_modes(y: FloatArray, distance: FloatArray) -> tuple[Mode, ...]:
    """Peaks of the histogram of fitness, most members first.

    A cell is a peak if its count, smoothed with weights 1/4, 1/2, 1/4, is the largest within three cells
    on both sides; the mode extends as far as the smoothed count stays above half of the peak's.

    Args:
        y: Fitness, shape (n,).
        distance: Distances between all candidates, (n, n).

    Returns:
        Modes that hold at least ``MIN_SHARE`` and are at least ``MIN_DENSITY`` dense; one mode with
        all candidates where fitness is constant.

    Raises:
        ValueError: See ``check_fitness`` and ``check_square``; or no value.
    """
    y = check_fitness(y)
    if not len(y):
        raise ValueError("y: wanted at least one value, found none")
    distance = check_square(distance, len(y))
    low, high = float(y.min()), float(y.max())
    whole = _mean_distance(distance, np.ones(len(y), dtype=np.bool_))
    if high == low:
        return (Mode(low, np.ones(len(y), dtype=np.bool_), 1.0, 0.0),)
    cell = np.minimum(((y - low) / (high - low) * N_CELLS).astype(np.int64), N_CELLS - 1)
    counts = np.bincount(cell, minlength=N_CELLS).astype(float)
    smooth = np.convolve(np.pad(counts, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    modes = []
    taken = np.zeros(N_CELLS, dtype=np.bool_)
    for peak in np.argsort(-smooth, kind="stable"):
        around = smooth[max(peak - 3, 0) : peak + 4]
        if taken[peak] or smooth[peak] < around.max():
            continue
        first = last = int(peak)
        while first > 0 and smooth[first - 1] > smooth[peak] / 2:
            first -= 1
        while last < N_CELLS - 1 and smooth[last + 1] > smooth[peak] / 2:
            last += 1
        members = (cell >= first) & (cell <= last)
        least = max(MIN_SHARE, MIN_DENSITY * (last + 1 - first) / N_CELLS)
        if taken[first : last + 1].any() or members.mean() < least:
            continue
        taken[first : last + 1] = True
        level = float(np.median(y[members]))
        spread = _mean_distance(distance, members) / whole if whole > 0 else 0.0
        modes.append(Mode(level, members, spread, (level - low) / (high - low)))
    return tuple(sorted(modes, key=lambda mode: -mode.share))


def _mean_distance(distance: FloatArray, members: BoolArray) -> float:
    """Mean distance between different members; 0 where there is only one."""
    m = int(members.sum())
    return float(distance[np.ix_(members, members)].sum() / (m * (m - 1))) if m > 1 else 0.0
