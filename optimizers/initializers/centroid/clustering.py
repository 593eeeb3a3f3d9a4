"""Dimension reduction, clustering and its assessment, by scikit-learn with the paper's hyperparameters.

Scikit-learn takes a second to import, so it is imported where it is used.
"""

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from nas_problems.array import FloatArray, IntArray
from optimizers.randomness import draw_seed

Reducer = Literal["svd", "pca"]
Method = Literal["k-means", "birch", "spectral", "dbscan", "bayesian-mixture"]

_MAX_ITERATIONS = 500  # traore2023 table 2, wherever a method has iterations
_SILHOUETTE_ROWS = 2_000  # more rows cost quadratic time and change the third digit


@dataclass(frozen=True, slots=True)
class Quality:
    """How well separated clusters are; NaN where there is only one.

    Args:
        n_sampled: Clustered candidates.
        n_clusters: Clusters found.
        silhouette: In [-1, 1], larger is better; of at most 2,000 random rows.
        calinski_harabasz: Larger is better.
        davies_bouldin: Smaller is better.
        converged: Whether the method ended before its limit of iterations.
    """

    n_sampled: int
    n_clusters: int
    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float
    converged: bool

    def improves_on(self, other: "Quality") -> bool:
        """Whether at least two of the three metrics are better than the other's."""
        better = (
            self.silhouette > other.silhouette,
            self.calinski_harabasz > other.calinski_harabasz,
            self.davies_bouldin < other.davies_bouldin,
        )
        return sum(better) >= 2


def reduce_features(features: FloatArray, reducer: Reducer, k: int, rng: np.random.Generator) -> FloatArray:
    """Project features (n, columns) on ``k`` components, (n, k).

    Raises:
        ValueError: More components than columns or rows.
    """
    from sklearn import decomposition

    most = min(features.shape)
    if k > most:
        raise ValueError(f"k: wanted at most {most} components of features of shape {features.shape}, found {k}")
    kind = decomposition.TruncatedSVD if reducer == "svd" else decomposition.PCA
    return np.asarray(kind(n_components=k, random_state=draw_seed(rng)).fit_transform(features), dtype=np.float64)


def find_clusters(points: FloatArray, method: Method, n: int, rng: np.random.Generator) -> tuple[IntArray, bool]:
    """Assign points to clusters.

    Args:
        points: Shape (m, k), m >= n.
        method: ``dbscan`` finds a number of its own; ``bayesian-mixture`` may leave clusters empty.
        n: Wanted clusters, >= 1.
        rng: Source of randomness.

    Returns:
        Cluster numbers 0, 1, ... (m,), without gaps, -1 for noise; and whether the method converged.

    Source: traore2023, table 2.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    model = _model(method, n, draw_seed(rng))
    # on matrices this small, threads cost more than they bring
    with threadpool_limits(limits=1), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ConvergenceWarning)
        labels = np.asarray(model.fit_predict(points), dtype=np.int64)
    used = np.unique(labels[labels >= 0])
    renumbered = np.searchsorted(used, labels)
    return np.where(labels >= 0, renumbered, -1), not caught


def _model(method: Method, n: int, seed: int) -> Any:
    """A scikit-learn estimator with ``fit_predict``; what is not named has scikit-learn's default."""
    from sklearn import cluster, mixture

    match method:
        case "k-means":
            return cluster.KMeans(n, init="k-means++", n_init=50, max_iter=_MAX_ITERATIONS, random_state=seed)
        case "birch":
            return cluster.Birch(n_clusters=n, threshold=0.12)
        case "spectral":
            return cluster.SpectralClustering(n, random_state=seed)
        case "dbscan":
            return cluster.DBSCAN(eps=0.30, min_samples=200)
        case "bayesian-mixture":
            return mixture.BayesianGaussianMixture(
                n_components=n,
                max_iter=_MAX_ITERATIONS,
                covariance_type="full",
                weight_concentration_prior_type="dirichlet_distribution",
                random_state=seed,
            )


def assess(points: FloatArray, labels: IntArray, rng: np.random.Generator, *, converged: bool = True) -> Quality:
    """Assess clusters by the paper's three metrics; noise (-1) is left out.

    Source: traore2023, section 4.3.
    """
    from sklearn import metrics

    kept = labels >= 0
    points, labels = points[kept], labels[kept]
    n_clusters = len(np.unique(labels))
    if not 2 <= n_clusters < len(points):
        return Quality(len(points), n_clusters, np.nan, np.nan, np.nan, converged)
    rows = rng.permutation(len(points))[:_SILHOUETTE_ROWS]
    if len(np.unique(labels[rows])) < 2:
        rows = np.arange(len(points))
    return Quality(
        len(points),
        n_clusters,
        float(metrics.silhouette_score(points[rows], labels[rows])),
        float(metrics.calinski_harabasz_score(points, labels)),
        float(metrics.davies_bouldin_score(points, labels)),
        converged,
    )
