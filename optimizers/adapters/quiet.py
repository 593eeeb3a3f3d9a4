"""Libraries that use what their own dependencies deprecate."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager

from optimizers.randomness import PrivateRandomState


@contextmanager
def quiet(private: PrivateRandomState) -> Generator[None]:
    """Call a library with a random state of its own, and without the warnings that only it can heed."""
    with private, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", RuntimeWarning)  # numpy's, of means of nothing
        yield
