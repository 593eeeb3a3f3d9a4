"""The ensembles of BANANAS fitted to what a run has seen, compared with scikit-learn's networks with the same weights.

    python benchmarks/bench_networks.py

Both sides fit five networks by 50 steps of L-BFGS from the same first weights, on cells of NAS-Bench-201 as paths, and
on perceptrons of HPOLib as one-hot codes, and predict 100 new candidates.
"""

import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_limits

import nas_problems
from benchmarks.measure import Row, alternate, show
from nas_problems.array import FloatArray
from optimizers.adapters.neural_ensemble import ensemble_predictions, normal_scores
from optimizers.path_encoding import PathEncoding
from optimizers.randomness import draw_seed

N_NETWORKS, N_NEW = 5, 100


def rows(sizes: tuple[int, ...] = (100, 300, 1000)) -> Iterator[Row]:
    """Milliseconds per ensemble, and how far the predictions are apart."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    for name in ("nb201-cifar10", "fcnet-protein"):
        problem = nas_problems.make(name)
        encode = PathEncoding(problem.space) if name.startswith("nb201") else problem.space.one_hot
        for n in sizes:
            Z = problem.space.sample(n + N_NEW, np.random.default_rng(n))
            X, y = np.asarray(encode(Z), dtype=np.float64), problem(Z[:n])
            predictions: dict[str, FloatArray] = {}

            def ours(
                X: FloatArray = X, y: FloatArray = y, n: int = n, predictions: dict[str, FloatArray] = predictions
            ) -> None:
                rng = np.random.default_rng(1)
                predictions["ours"] = ensemble_predictions(X[:n], y, X[n:], n_predictors=N_NETWORKS, rng=rng)

            def theirs(
                X: FloatArray = X, y: FloatArray = y, n: int = n, predictions: dict[str, FloatArray] = predictions
            ) -> None:
                rng = np.random.default_rng(1)
                scores = normal_scores(y)
                with threadpool_limits(1, user_api="blas"):
                    predictions["theirs"] = np.array([_network(draw_seed(rng), X[:n], scores, X[n:]) for _ in range(5)])

            seconds = alternate({"ours": ours, "theirs": theirs}, repetitions=5)
            apart = float(np.median(np.abs(predictions["ours"] - predictions["theirs"])))
            yield Row(
                f"five networks on {n} candidates of {name}",
                1000 * seconds["ours"],
                "ms",
                {"scikit-learn": 1000 * seconds["theirs"]},
                note=f"median difference of predicted scores {apart:.1e}",
            )


def _network(seed: int, X: FloatArray, y: FloatArray, X_new: FloatArray) -> FloatArray:
    network = MLPRegressor(hidden_layer_sizes=(20, 20), solver="lbfgs", max_iter=50, random_state=seed)
    return np.asarray(network.fit(X, y).predict(X_new))


if __name__ == "__main__":
    show(rows())
