"""Published learning curves, as their sources describe them."""

import numpy as np
import pytest

from nas_problems.datasets.learning_curves import CURVES, FILES

BEST = {
    "metaqnn_cifar10": 100 * (1 - 0.8416),
    "metaqnn_svhn": 100 * (1 - 0.954),
    "deep_resnets_tinyimagenet": 100 * (1 - 0.545),
    "alexnet_imagenet": 100 * (1 - 0.2339),
    "lstm_ptb": 65.19,
    "klein_cifar10": 15.158,
}
"""Smallest last value."""


@pytest.mark.data
@pytest.mark.parametrize("name", FILES)
def test_curves_are_minimised_percentages_without_gaps(name: str) -> None:
    if not FILES[name].at_hand:
        pytest.skip(f"{FILES[name].name} is not in $IOHNAS_DATA")
    curves = CURVES[name]()
    assert np.isfinite(curves).all()
    assert len(curves) > 100
    assert curves[:, -1].mean() < curves[:, 0].mean()
    if name != "lstm_ptb":
        assert ((curves >= 0) & (curves <= 100)).all()
    if name in BEST:
        assert curves[:, -1].min() == pytest.approx(BEST[name], abs=0.01)
