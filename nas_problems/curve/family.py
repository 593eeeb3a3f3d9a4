"""Eleven families of saturating curves, each fitted to many curves at once by least squares.

A curve of performance rises from about 0.1 to 0.9 over steps 1, 2, ..., see ``normalised``.

Source: domhan2015, Table 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray

_ROUNDS = 40  # of Levenberg-Marquardt
_GAIN = 1e-3  # smallest share of the loss that a round must save, in one of three
_DIFFERENCE = 1e-5  # of forward differences
_LARGEST = 1e6  # values beyond say that parameters have left


@dataclass(frozen=True, slots=True)
class Family:
    """A family of curves.

    Args:
        name: As in the paper.
        value: Of steps (t,) and parameters (n, p), (n, t).
        start: Parameters from which fits start.
    """

    name: str
    value: Callable[[FloatArray, FloatArray], FloatArray]
    start: tuple[float, ...]


def _vapor_pressure(x: FloatArray, P: FloatArray) -> FloatArray:
    a, b, c = P.T[:, :, None]
    return np.asarray(np.exp(a + b / x + c * np.log(x)))


def _pow3(x: FloatArray, P: FloatArray) -> FloatArray:
    c, a, alpha = P.T[:, :, None]
    return np.asarray(c - a * x**-alpha)


def _log_log_linear(x: FloatArray, P: FloatArray) -> FloatArray:
    a, b = P.T[:, :, None]
    return np.asarray(np.log(np.maximum(a * np.log(x) + b, 1e-9)))


def _hill3(x: FloatArray, P: FloatArray) -> FloatArray:
    top, eta, kappa = P.T[:, :, None]
    power = x ** np.abs(eta)
    return np.asarray(top * power / (np.abs(kappa) ** np.abs(eta) + power))


def _log_power(x: FloatArray, P: FloatArray) -> FloatArray:
    a, b, c = P.T[:, :, None]
    return np.asarray(a / (1 + (x / np.exp(b)) ** c))


def _pow4(x: FloatArray, P: FloatArray) -> FloatArray:
    c, a, b, alpha = P.T[:, :, None]
    return np.asarray(c - np.maximum(np.abs(a) * x + b, 1e-9) ** -alpha)


def _mmf(x: FloatArray, P: FloatArray) -> FloatArray:
    alpha, beta, kappa, delta = P.T[:, :, None]
    return np.asarray(alpha - (alpha - beta) / (1 + (np.abs(kappa) * x) ** delta))


def _exp4(x: FloatArray, P: FloatArray) -> FloatArray:
    c, a, b, alpha = P.T[:, :, None]
    return np.asarray(c - np.exp(-a * x**alpha + b))


def _janoschek(x: FloatArray, P: FloatArray) -> FloatArray:
    alpha, beta, kappa, delta = P.T[:, :, None]
    return np.asarray(alpha - (alpha - beta) * np.exp(-np.abs(kappa) * x**delta))


def _weibull(x: FloatArray, P: FloatArray) -> FloatArray:
    alpha, beta, kappa, delta = P.T[:, :, None]
    return np.asarray(alpha - (alpha - beta) * np.exp(-((np.abs(kappa) * x) ** delta)))


def _ilog2(x: FloatArray, P: FloatArray) -> FloatArray:
    c, a = P.T[:, :, None]
    return np.asarray(c - a / np.log(x + 1))


FAMILIES = (
    Family("vapor pressure", _vapor_pressure, (-0.2, -1.0, 0.02)),
    Family("pow3", _pow3, (0.9, 0.8, 0.7)),
    Family("log log linear", _log_log_linear, (0.3, 1.2)),
    Family("Hill3", _hill3, (0.9, 1.0, 2.0)),
    Family("log power", _log_power, (0.9, 1.0, -1.0)),
    Family("pow4", _pow4, (0.95, 1.0, 0.3, 0.7)),
    Family("MMF", _mmf, (0.9, 0.0, 0.5, 1.2)),
    Family("exp4", _exp4, (0.9, 0.5, 0.0, 0.6)),
    Family("Janoschek", _janoschek, (0.9, 0.0, 0.3, 0.8)),
    Family("Weibull", _weibull, (0.9, 0.0, 0.3, 0.8)),
    Family("ilog2", _ilog2, (1.0, 0.6)),
)
"""The families of domhan2015, in the order of its table."""


def curves_of(family: Family, x: FloatArray, P: FloatArray) -> FloatArray:
    """Values of a family without warnings or infinities, (n, t)."""
    with np.errstate(all="ignore"):
        return np.clip(np.nan_to_num(family.value(x, P), nan=_LARGEST), -_LARGEST, _LARGEST)


def gradient(family: Family, x: FloatArray, P: FloatArray) -> FloatArray:
    """Derivatives by the parameters, by forward differences, (n, t, p)."""
    at, columns = curves_of(family, x, P), []
    for j in range(P.shape[1]):
        moved = P.copy()
        step = _DIFFERENCE * np.maximum(np.abs(P[:, j]), 0.1)
        moved[:, j] += step
        columns.append((curves_of(family, x, moved) - at) / step[:, None])
    return np.stack(columns, axis=2)


def fit(family: Family, x: FloatArray, Y: FloatArray) -> FloatArray:
    """Least squares by Levenberg and Marquardt, all curves at once.

    Parameters are held near their start by a weak penalty, a thousandth of a residual, so that what the
    beginning of a curve does not tell stays reasonable.

    Args:
        family: What is fitted.
        x: Steps, (t,).
        Y: Normalised curves, (n, t).

    Returns:
        Parameters, (n, p).
    """
    start = np.array(family.start)
    P, weight = np.tile(start, (len(Y), 1)), 1e-3 / np.maximum(np.abs(start), 0.1) ** 2
    damping = np.full(len(Y), 1e-2)

    def loss(at: FloatArray) -> FloatArray:
        return np.asarray(((curves_of(family, x, at) - Y) ** 2).sum(axis=1) + ((at - start) ** 2 @ weight))

    best, n_still = loss(P), 0
    for _ in range(_ROUNDS):
        J = gradient(family, x, P)
        slope = np.einsum("ntp,nt->np", J, Y - curves_of(family, x, P)) - weight * (P - start)
        hessian = np.einsum("ntp,ntq->npq", J, J) + np.diag(weight)
        diagonal = np.einsum("npp->np", hessian) * damping[:, None]
        step = np.linalg.solve(hessian + diagonal[:, :, None] * np.eye(P.shape[1]), slope[:, :, None])[:, :, 0]
        tried = P + step
        after = loss(tried)
        better = after < best
        gained = float(((best - after)[better] / np.maximum(best[better], 1e-12)).max(initial=0.0))
        P, best = np.where(better[:, None], tried, P), np.where(better, after, best)
        damping = np.clip(np.where(better, damping / 3, damping * 4), 1e-9, 1e9)
        n_still = 0 if gained > _GAIN else n_still + 1
        if n_still == 3:
            break
    return P


def normalised(begun: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Minimised curves (n, t) turned over and scaled to [0.1, 0.9], with the level and the unit that lead back.

    ``level - unit * normalised`` is the curve; of a constant one the unit is that of its value.
    """
    low, high = begun.min(axis=1), begun.max(axis=1)
    span = np.where(high > low, high - low, np.maximum(np.abs(high), 1.0))
    unit = span / 0.8
    level = high + 0.1 * unit
    return (level[:, None] - begun) / unit[:, None], level, unit
