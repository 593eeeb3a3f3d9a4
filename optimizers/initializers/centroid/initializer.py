"""The centroid start as a registered initializer: fitted anew in every run."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

import nas_problems
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.initializers.centroid.clustering import Method, Reducer
from optimizers.initializers.centroid.decoding import Decoding
from optimizers.initializers.centroid.encoding import Encoding
from optimizers.initializers.centroid.fit import fit_quietly
from optimizers.initializers.centroid.fitted import Centroids, identity, spent_on
from optimizers.initializers.centroid.recipe import Recipe, Rest
from optimizers.initializers.centroid.sample import Sample, check_sampled, draw_sample, parse_sizes
from optimizers.option import Between, PositiveInt
from optimizers.registry import initializers
from optimizers.solver import Initializer, Spent


@dataclass(frozen=True)
class CentroidInitializer:
    """Samples a problem and starts from the centroids of the clusters it finds.

    Args:
        problem: What is sampled.
        recipe: How.
        seed: Of sampling and clustering; None: both draw from the run's generator.
    """

    problem: Problem
    recipe: Recipe
    seed: int | None = None

    @property
    def label(self) -> str:
        """Name in logs."""
        return "centroid"

    def __call__(self, space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        """Fit ``n`` centroids and return them; see ``Centroids.__call__``."""
        return self._sample(rng)(space, n, rng)

    def sampled(self, problem: Problem, rng: np.random.Generator) -> tuple[Initializer, Spent]:
        """Evaluate the sample; see ``optimizers.solver.SamplingInitializer``.

        Raises:
            ValueError: Charged to a run on another problem than the one that is sampled.
        """
        start = self._sample(rng)
        return start, spent_on(start.sample, identity(self.problem), problem, charged=self.recipe.charged)

    def _sample(self, rng: np.random.Generator) -> "_Sampled":
        rng = rng if self.seed is None else np.random.default_rng(self.seed)
        sample = draw_sample(self.problem, parse_sizes(self.recipe.sizes)[0], rng)
        return _Sampled(self.problem, self.recipe, sample, rng, {})


@dataclass(frozen=True)
class _Sampled:
    """A sample that waits for the size of the population; each size is clustered once."""

    problem: Problem
    recipe: Recipe
    sample: Sample
    rng: np.random.Generator
    fitted: dict[int, Centroids]

    def __call__(self, space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        if n == 0:
            return space.sample(0, rng)
        if n not in self.fitted:
            self.fitted[n] = fit_quietly(self.problem, n, rng=self.rng, recipe=self.recipe, sample=self.sample)
        return self.fitted[n](space, n, rng)


@initializers.register("centroid", summary="centroids of clustered, evaluated samples (Traore et al.)", family="learnt")
def make_centroid(
    problem: Problem,
    *,
    sizes: str = Recipe().sizes,
    encoding: Encoding = "short",
    reducer: Reducer = "svd",
    k: PositiveInt = 2,
    method: Method = "bayesian-mixture",
    decoding: Decoding = "nearest",
    source: str = "",
    rest: Rest = "fewer",
    charged: bool = False,
    seed: Annotated[int, Between(-1)] = -1,
) -> CentroidInitializer:
    """The centroid initializer for a problem.

    Every run samples and clusters anew; to pay once for many runs, pass ``fit_centroids(...)`` itself as
    initializer.

    Args:
        problem: What will be searched.
        sizes: See ``Recipe``.
        encoding: See ``Recipe``.
        reducer: See ``Recipe``.
        k: See ``Recipe``.
        method: See ``Recipe``.
        decoding: See ``Recipe``.
        source: Name of the problem to sample, for transfer; empty: the problem itself.
        rest: See ``Recipe``.
        charged: See ``Recipe``; a sample of another problem cannot be charged.
        seed: Of sampling and clustering; -1: they draw from the run's generator, so that every run has
            centroids of its own.

    Raises:
        KeyError: An unknown source.
        ValueError: Sizes that do not decrease; or several objectives, or a space with real parameters.

    Source: traore2023, Algorithm 4.
    """
    recipe = Recipe(sizes, encoding, reducer, k, method, decoding, rest, charged)
    sampled = nas_problems.make(source) if source else problem
    check_sampled(sampled)
    return CentroidInitializer(sampled, recipe, None if seed < 0 else seed)
