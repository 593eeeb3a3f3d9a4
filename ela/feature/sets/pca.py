"""Principal components of the points, alone (x) and together with their values (init).

Source: kerschke2019, section 3.
"""

from collections.abc import Collection

import numpy as np

from ela.feature.design import Design, Outcome
from ela.feature.registry import FeatureSet, feature_sets

_SHARE = 0.9
_WITHOUT_VALUES = ("cov_x", "cor_x")
_MATRICES = (*_WITHOUT_VALUES, "cov_init", "cor_init")


def compute(design: Design, wanted: Collection[str], rng: np.random.Generator | None) -> dict[str, Outcome]:
    """The wanted features of this set.

    ``expl_var``: share of components needed for 90 % of the variance. ``expl_var_PC1``: share of the
    variance that the first component explains. Of the covariance or the correlation matrix.
    """
    outcomes: dict[str, Outcome] = {}
    for matrix in _MATRICES:
        names = (f"pca.expl_var.{matrix}", f"pca.expl_var_PC1.{matrix}")
        if not set(names) & set(wanted):
            continue
        with_values = matrix not in _WITHOUT_VALUES
        data = np.column_stack([design.X, design.y]) if with_values else design.X
        varies = np.append(design.varies, not design.constant) if with_values else design.varies
        if design.n < 2 or not varies.any():
            outcomes.update(dict.fromkeys(names, "fewer than 2 distinct points"))
            continue
        if matrix.startswith("cor"):
            if not varies.all():
                outcomes.update(dict.fromkeys(names, f"{int((~varies).sum())} variables are constant"))
                continue
            data = data / data.std(axis=0)
        variances = np.linalg.eigvalsh(np.atleast_2d(np.cov(data, rowvar=False)))[::-1]
        shares = np.cumsum(variances) / variances.sum()
        outcomes[names[0]] = float((np.argmax(shares >= _SHARE) + 1) / data.shape[1])
        outcomes[names[1]] = float(shares[0])
    return {name: value for name, value in outcomes.items() if name in wanted}


_FEATURES = tuple(f"pca.{kind}.{matrix}" for kind in ("expl_var", "expl_var_PC1") for matrix in _MATRICES)

feature_sets.register("pca", summary="principal components of points and values", family="models")(
    FeatureSet(
        _FEATURES,
        compute,
        pflacco="calculate_pca",
        without_values=frozenset(
            f"pca.{kind}.{matrix}" for kind in ("expl_var", "expl_var_PC1") for matrix in _WITHOUT_VALUES
        ),
        varies={"values scaled": frozenset({"pca.expl_var.cov_init", "pca.expl_var_PC1.cov_init"})},
    )
)
