"""The data-driven start of Traoré et al.: the centroids of clusters of evaluated random candidates.

Fit once, and start any solver from it; ``save`` and ``Centroids.load`` keep it on disk:

>>> import numpy as np, nas_problems, optimizers
>>> problem = nas_problems.make("nb201-cifar10")
>>> centroids = fit_centroids(problem, 8, rng=np.random.default_rng(1), recipe=Recipe("300", method="k-means"))
>>> solver = optimizers.make("aging-evolution", population_size=8)
>>> log = optimizers.run(solver, "nb201-cifar100", budget=50, seed=1, initializer=centroids)
>>> len(centroids), log.n_sampled, log.initializer
(8, 300, 'centroid')
"""

from optimizers.initializers.centroid.clustering import Quality
from optimizers.initializers.centroid.fit import fit_centroids
from optimizers.initializers.centroid.fitted import Centroids
from optimizers.initializers.centroid.initializer import CentroidInitializer, make_centroid
from optimizers.initializers.centroid.recipe import Recipe
from optimizers.initializers.centroid.sample import Sample, draw_sample

__all__ = [
    "CentroidInitializer",
    "Centroids",
    "Quality",
    "Recipe",
    "Sample",
    "draw_sample",
    "fit_centroids",
    "make_centroid",
]
