"""200,000 calls of public functions with mistakes in their arguments; ``tests/fuzz.py`` says what may come of them."""

import pytest

from tests import fuzz

pytestmark = pytest.mark.slow

N_CALLS = 200_000


@pytest.mark.parametrize("seed", fuzz.SEEDS)
def test_calls_end_in_documented_errors(seed: int) -> None:
    assert fuzz.fuzz(N_CALLS // len(fuzz.SEEDS), seed=seed) == []
