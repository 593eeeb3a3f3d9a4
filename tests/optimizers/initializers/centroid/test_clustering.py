"""Clusterings and their quality, by definition."""

import numpy as np
import pytest

from optimizers.initializers.centroid.clustering import Method, Quality, Reducer, assess, find_clusters, reduce_features

METHODS: tuple[Method, ...] = ("k-means", "birch", "spectral", "dbscan", "bayesian-mixture")


def blobs(n: int = 250) -> np.ndarray:
    """Three groups far apart."""
    rng = np.random.default_rng(5)
    centers = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 5.0]])
    points: np.ndarray = (centers[:, None, :] + 0.1 * rng.standard_normal((3, n, 2))).reshape(-1, 2)
    return points


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_groups_that_are_far_apart(method: Method) -> None:
    points = blobs()
    labels, converged = find_clusters(points, method, 3, np.random.default_rng(1))
    assert converged
    for group in range(3):
        assert len(set(labels[250 * group : 250 * (group + 1)].tolist())) == 1
    assert sorted(set(labels.tolist())) == [0, 1, 2]
    again, _ = find_clusters(points, method, 3, np.random.default_rng(1))
    assert np.array_equal(labels, again)


def test_the_numbers_of_clusters_have_no_gaps_and_noise_is_minus_one() -> None:
    points = np.concatenate([blobs(), [[50.0, 50.0]]])
    labels, _ = find_clusters(points, "dbscan", 99, np.random.default_rng(1))
    assert sorted(set(labels.tolist())) == [-1, 0, 1, 2]
    assert labels[-1] == -1


def test_too_few_distinct_points_give_fewer_clusters_and_are_said_not_to_converge() -> None:
    points = np.repeat([[0.0, 0.0], [1.0, 1.0]], 10, axis=0)
    labels, converged = find_clusters(points, "k-means", 5, np.random.default_rng(1))
    assert len(set(labels.tolist())) == 2
    assert not converged


def test_quality_is_that_of_the_definitions() -> None:
    """Two pairs at distance 1, 10 apart, worked out by hand."""
    points = np.array([[0.0, 0.0], [0.0, 1.0], [10.0, 0.0], [10.0, 1.0]])
    quality = assess(points, np.array([0, 0, 1, 1]), np.random.default_rng(1))
    b = (10 + np.sqrt(101)) / 2
    assert quality.silhouette == pytest.approx((b - 1) / b)
    assert quality.calinski_harabasz == pytest.approx((4 * 25 / 1) / (4 * 0.25 / 2))
    assert quality.davies_bouldin == pytest.approx((0.5 + 0.5) / 10)
    assert (quality.n_sampled, quality.n_clusters) == (4, 2)


def test_noise_is_not_assessed_and_one_cluster_has_no_quality() -> None:
    points = np.array([[0.0, 0.0], [0.0, 1.0], [10.0, 0.0], [10.0, 1.0], [500.0, 1.0]])
    rng = np.random.default_rng(1)
    with_noise = assess(points, np.array([0, 0, 1, 1, -1]), rng)
    assert with_noise == assess(points[:4], np.array([0, 0, 1, 1]), rng)
    alone = assess(points, np.zeros(5, np.int64), rng)
    assert np.isnan([alone.silhouette, alone.calinski_harabasz, alone.davies_bouldin]).all()
    assert not alone.improves_on(with_noise)
    assert not with_noise.improves_on(alone)


def test_two_of_three_metrics_decide_what_is_better() -> None:
    base = Quality(100, 5, 0.5, 100.0, 1.0, True)
    assert Quality(50, 5, 0.6, 90.0, 0.9, True).improves_on(base)
    assert not Quality(50, 5, 0.6, 90.0, 1.1, True).improves_on(base)
    assert not base.improves_on(base)


@pytest.mark.parametrize("reducer", ["svd", "pca"])
def test_reduction_keeps_what_spreads_most(reducer: Reducer) -> None:
    rng = np.random.default_rng(3)
    features = rng.standard_normal((200, 4)) * np.array([0.01, 5.0, 0.01, 2.0])
    points = reduce_features(features, reducer, 2, rng)
    assert points.shape == (200, 2)
    assert abs(np.corrcoef(points[:, 0], features[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(points[:, 1], features[:, 3])[0, 1]) > 0.99


def test_more_components_than_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="k: wanted at most 4 components"):
        reduce_features(np.eye(9, 4), "svd", 5, np.random.default_rng(1))
