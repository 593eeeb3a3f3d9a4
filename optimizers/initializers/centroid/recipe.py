"""How a sample becomes centroids."""

from dataclasses import dataclass
from typing import Literal, get_args

from nas_problems.array import check_count
from optimizers.initializers.centroid.clustering import Method, Reducer
from optimizers.initializers.centroid.decoding import Decoding
from optimizers.initializers.centroid.encoding import Encoding
from optimizers.initializers.centroid.sample import parse_sizes
from optimizers.option import Option

Rest = Literal["fewer", "uniform"]

_CHOICES = {
    "encoding": get_args(Encoding),
    "reducer": get_args(Reducer),
    "method": get_args(Method),
    "decoding": get_args(Decoding),
    "rest": get_args(Rest),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """The options of a fit.

    Args:
        sizes: Sample sizes, decreasing, as a string; a size above the number of candidates takes all. The
            paper tried 10000 5000 2500 1000 500 100.
        encoding: ``short``: the code and the fitness; ``long``: one-hot, or of a cell its expanded adjacency
            matrix, and the fitness.
        reducer: ``svd``: truncated SVD of the features; ``pca``: of the centered features.
        k: Components kept.
        method: How candidates are grouped.
        decoding: What stands for a cluster: the sampled member that is ``nearest`` to its mean by all
            features, or the ``rounded`` mean, which need not have been sampled.
        rest: Where there are fewer centroids than a population wants: ``fewer`` starts with those there are
            and warns; ``uniform`` adds distinct uniform draws.
        charged: Whether the sample counts as the first evaluations of a run that starts from the centroids.

    Raises:
        ValueError: Sizes that are not decreasing integers, or a value that is none of an option's.

    Source: traore2023, section 4.2.
    """

    sizes: str = "1000 500 250 100"
    encoding: Encoding = "short"
    reducer: Reducer = "svd"
    k: int = 2
    method: Method = "bayesian-mixture"
    decoding: Decoding = "nearest"
    rest: Rest = "fewer"
    charged: bool = False

    def __post_init__(self) -> None:
        parse_sizes(self.sizes)
        for name, choices in _CHOICES.items():
            Option(name, choices[0], str, choices).check(getattr(self, name))
        check_count(self.k, "k", minimum=1)
        Option("charged", False, bool).check(self.charged)
