"""Sets of candidates under several objectives: who dominates whom, and how much a set dominates.

moocore counts: it answers NaN and sets of the wrong shape with 0.0, so both are refused here before.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from nas_problems.array import BoolArray, FloatArray, IntArray


def nondominated(Y: FloatArray) -> BoolArray:
    """Which rows no other row dominates: is as good in every objective, and better in one.

    Args:
        Y: Minimised values, shape (n, m).

    Returns:
        Shape (n,). Of equal rows all or none.

    Raises:
        ValueError: Values that are not finite, or not of this shape.

    >>> nondominated(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0], [1.0, 3.0]])).tolist()
    [True, True, False, True]
    """
    Y = _check_values(Y)
    if not len(Y):
        return np.zeros(0, dtype=np.bool_)
    if Y.shape[1] == 1:
        return np.asarray(Y[:, 0] == Y.min())
    from moocore import is_nondominated

    return np.asarray(is_nondominated(Y, keep_weakly=True), dtype=np.bool_)


def hypervolume(Y: FloatArray, point: FloatArray) -> float:
    """Volume of what a set dominates up to a reference point; 0 for a set that dominates nothing there.

    Args:
        Y: Minimised values, shape (n, m).
        point: The reference point, (m,).

    Raises:
        ValueError: Values that are not finite, or not of these shapes.

    Source: zitzler1999.

    >>> hypervolume(np.array([[1.0, 3.0], [2.0, 2.0]]), np.array([4.0, 4.0]))
    5.0
    """
    Y = _check_values(Y)
    point = np.asarray(point, dtype=np.float64)
    if point.shape != (Y.shape[1],) or not np.isfinite(point).all():
        raise ValueError(f"point: wanted {Y.shape[1]} finite values, found {point}")
    if not len(Y):
        return 0.0
    if Y.shape[1] == 1:
        return float(max(point[0] - Y.min(), 0.0))
    from moocore import hypervolume as moocore_hypervolume

    return float(moocore_hypervolume(Y, ref=point))


def _check_values(Y: FloatArray) -> FloatArray:
    Y = np.ascontiguousarray(Y, dtype=np.float64)
    if Y.ndim != 2 or Y.shape[1] < 1:
        raise ValueError(f"Y: wanted shape (n, m) with m >= 1, found {Y.shape}")
    if not np.isfinite(Y).all():
        raise ValueError(f"Y: wanted finite values, found {Y[~np.isfinite(Y)][0]}")
    return Y


MOST_EXACT = 6
"""Objectives up to which the hypervolumes of a ``Reference`` are exact; of more they are estimated.

The exact one of 240 points takes moocore a fifth of a second with six objectives, and minutes with eight.
"""

_N_SAMPLES = 2**17


@cache
def _samples(n_objectives: int) -> FloatArray:
    """Uniform points of the unit cube, always the same, (m, n)."""
    return np.random.default_rng(0).random((n_objectives, _N_SAMPLES))


class EstimatedHypervolume:
    """The hypervolume of a set to which normalised values are added, and from which they are removed.

    It is the dominated share of fixed uniform points between 0 and the reference point, times their volume. Its
    standard error is at most 0.0014 of that volume (``sqrt(p * (1 - p) / 2**17)`` for a share ``p``). Two sets meet
    the same points, so that one which another one dominates never has the larger estimate. What lies below the ideal
    does not count.

    Args:
        n_objectives: Number m of objectives.
        point: The reference point, the same number for every objective.

    >>> volume = EstimatedHypervolume(8, 1.0)
    >>> volume.add(np.full(8, 0.1))
    >>> abs(volume.value - 0.9**8) < 4 * 0.0014
    True
    """

    def __init__(self, n_objectives: int, point: float) -> None:
        self._samples, self._volume = point * _samples(n_objectives), point**n_objectives
        self._counts = np.zeros(_N_SAMPLES, dtype=np.int32)  # by how many values each point is dominated

    def add(self, value: FloatArray) -> None:
        """Add normalised values of a candidate, (m,)."""
        self._counts[self._dominated(value)] += 1

    def remove(self, value: FloatArray) -> None:
        """Remove values that were added."""
        self._counts[self._dominated(value)] -= 1

    @property
    def value(self) -> float:
        """The estimate."""
        return float(self._volume * np.count_nonzero(self._counts) / _N_SAMPLES)

    def _dominated(self, value: FloatArray) -> IntArray:
        rows = np.flatnonzero(self._samples[0] >= value[0])
        for samples, bound in zip(self._samples[1:], value[1:], strict=True):
            rows = rows[samples[rows] >= bound]
        return rows


@dataclass(frozen=True, slots=True)
class Reference:
    """The scale on which sets of candidates are measured: hypervolumes are those of normalised values.

    Args:
        ideal: What is normalised to 0, minimised, one number per objective.
        nadir: What is normalised to 1, larger than the ideal.
        point: The reference point of the hypervolume, the same number for every normalised objective. Beyond 1,
            so that the ends of a front count.

    Raises:
        ValueError: Numbers that are not finite, a nadir that is not above the ideal, or a point that is not
            positive.

    >>> reference = Reference(ideal=(8.0, 1e5), nadir=(18.0, 1.1e6))
    >>> reference.normalised(np.array([[13.0, 1e5]])).tolist()
    [[0.5, 0.0]]
    >>> round(reference.hypervolume(np.array([[13.0, 1e5]])), 3), round(reference.volume, 3)
    (0.66, 1.21)
    """

    ideal: tuple[float, ...]
    nadir: tuple[float, ...]
    point: float = 1.1

    def __post_init__(self) -> None:
        pairs = list(zip(self.ideal, self.nadir, strict=False))
        has_shape = len(self.ideal) == len(self.nadir) == len(pairs) > 0
        if not (has_shape and np.isfinite([*self.ideal, *self.nadir]).all() and all(low < high for low, high in pairs)):
            raise ValueError(f"reference: wanted finite ideal < nadir, found {self.ideal} and {self.nadir}")
        if not 0 < self.point < np.inf:
            raise ValueError(f"reference: wanted a positive, finite point, found {self.point}")

    @classmethod
    def of_front(cls, Y: FloatArray, point: float = 1.1) -> "Reference":
        """From the ideal and the nadir of a front (k, m), k >= 1; an objective that is constant has width 1, or
        a trillionth of its value where that is larger.
        """
        ideal = _check_values(Y).min(axis=0)
        nadir = Y.max(axis=0)
        nadir = np.where(nadir > ideal, nadir, ideal + np.maximum(1.0, 1e-12 * np.abs(ideal)))
        return cls(tuple(ideal.tolist()), tuple(nadir.tolist()), point)

    @property
    def volume(self) -> float:
        """Hypervolume of the ideal itself, the largest that there can be."""
        return float(self.point ** len(self.ideal))

    def normalised(self, Y: FloatArray) -> FloatArray:
        """Minimised values (n, m), 0 at the ideal and 1 at the nadir."""
        ideal, nadir = np.array(self.ideal), np.array(self.nadir)
        return np.asarray((Y - ideal) / (nadir - ideal))

    def hypervolume(self, Y: FloatArray) -> float:
        """Hypervolume of minimised values (n, m), of which none, one or several may be equal; estimated for more than
        ``MOST_EXACT`` objectives, see ``EstimatedHypervolume``.

        Raises:
            ValueError: See ``hypervolume``.
        """
        m = len(self.ideal)
        if m <= MOST_EXACT:
            return hypervolume(self.normalised(Y), np.full(m, self.point))
        Y = _check_values(Y)
        estimated = EstimatedHypervolume(m, self.point)
        for value in self.normalised(Y[nondominated(Y)]):
            estimated.add(value)
        return estimated.value
