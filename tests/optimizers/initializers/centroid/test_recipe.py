"""Options of the centroid initializer that are refused."""

from typing import Any

import pytest

from optimizers.initializers.centroid import Recipe


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"encoding": "one-hot"}, "encoding: wanted one of 'short', 'long', found 'one-hot'"),
        ({"reducer": "umap"}, "reducer: wanted one of 'svd', 'pca'"),
        ({"method": "kmeans"}, "method: wanted one of 'k-means', .* found 'kmeans'"),
        ({"decoding": "mean"}, "decoding: wanted one of 'nearest', 'rounded'"),
        ({"rest": "pad"}, "rest: wanted one of 'fewer', 'uniform'"),
        ({"k": 0}, "k: wanted an integer >= 1, found 0"),
        ({"charged": "yes"}, "charged: wanted True or False, found 'yes'"),
        ({"sizes": "100 200"}, "sizes: wanted decreasing integers"),
    ],
)
def test_a_value_that_is_none_of_an_options_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Recipe(**options)
