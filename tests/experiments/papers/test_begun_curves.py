"""Curves as the page of estimation strategies takes them."""

import numpy as np

from experiments.papers.begun_curves import thinned


def test_curves_are_thinned_to_whole_ones_and_end_where_they_ended() -> None:
    curves = np.arange(400.0 * 250).reshape(400, 250)
    curves[7, 3] = np.nan
    found = thinned(curves, 1)
    assert found.shape == (300, 100)
    assert np.isin(found[:, -1], curves[:, -1]).all()
    assert curves[7, -1] not in found[:, -1]
    assert (np.diff(found, axis=1) > 0).all()


def test_short_curves_stay_as_they_are() -> None:
    curves = np.random.default_rng(1).random((20, 12))
    assert np.array_equal(np.sort(thinned(curves, 1), axis=0), np.sort(curves, axis=0))
