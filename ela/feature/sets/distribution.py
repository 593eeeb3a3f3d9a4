"""The distribution of the values: skewness, kurtosis, number of peaks of their density.

Source: mersmann2011, section 3.1.
"""

from collections.abc import Collection

import numpy as np

from ela.feature.design import Design, Outcome
from ela.feature.registry import FeatureSet, feature_sets
from nas_problems.array import FloatArray

_N_POSITIONS = 512
_SMALLEST_MASS = 0.1


def skewness(design: Design) -> Outcome:
    """Type 3 skewness ``m3 / m2^(3/2) * (1 - 1/n)^(3/2)`` with central moments m.

    Source: joanes1998, section 2 (b1).
    """
    centred = _centred(design)
    g1 = np.mean(centred**3) / np.mean(centred**2) ** 1.5
    return float(g1 * (1 - 1 / design.n) ** 1.5)


def kurtosis(design: Design) -> Outcome:
    """Type 3 excess kurtosis ``m4 / m2^2 * (1 - 1/n)^2 - 3``.

    Source: joanes1998, section 2 (b2).
    """
    centred = _centred(design)
    return float(np.mean(centred**4) / np.mean(centred**2) ** 2 * (1 - 1 / design.n) ** 2 - 3)


def number_of_peaks(design: Design) -> Outcome:
    """Peaks of a Gaussian kernel density with a mass above 0.1, as pflacco counts them.

    The density is taken at 512 positions, cut at its minima; a part's "mass" is its mean density plus
    its width, so that the feature is not invariant under scaling of the values.
    """
    from scipy.stats import gaussian_kde

    y = design.y
    kernel = gaussian_kde(y)
    margin = 3 * kernel.covariance_factor() * np.std(y, ddof=1)
    positions = np.linspace(y.min() - margin, y.max() + margin, _N_POSITIONS)
    density = kernel(positions)
    inner = np.arange(1, _N_POSITIONS - 2)
    minima = inner[(density[inner] < density[inner - 1]) & (density[inner] < density[inner + 1])]
    cuts = np.concatenate([[0], minima, [_N_POSITIONS]])
    peaks = 0
    for start, stop in zip(cuts[:-1], cuts[1:] - 1, strict=True):
        mass = density[start:stop].mean() + abs(positions[start] - positions[stop])
        peaks += bool(mass > _SMALLEST_MASS)
    return float(peaks)


def _centred(design: Design) -> FloatArray:
    centred = design.y - design.y.mean()
    return np.asarray(
        centred / np.abs(centred).max(), dtype=np.float64
    )  # scaled: the powers neither overflow nor vanish


_FEATURES = {
    "ela_distr.skewness": skewness,
    "ela_distr.kurtosis": kurtosis,
    "ela_distr.number_of_peaks": number_of_peaks,
}


def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
    """The wanted features of this set."""
    return {name: feature(design) for name, feature in _FEATURES.items() if name in wanted}


feature_sets.register("distribution", summary="skewness, kurtosis, peaks of the values", family="values")(
    FeatureSet(
        tuple(_FEATURES),
        compute,
        pflacco="calculate_ela_distribution",
        minimum=dict.fromkeys(_FEATURES, lambda d: 4),
        varies={"values scaled": frozenset({"ela_distr.number_of_peaks"})},
    )
)
