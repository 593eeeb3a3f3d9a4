"""Product kernel densities, next to those of statsmodels."""

import numpy as np
import pytest

from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from optimizers.kernel_density import KernelDensity, from_mixed, is_choice, to_mixed

SPACE = SearchSpace(
    (
        Categorical("op", tuple("abcde")),
        Integer("units", 4, 64, log=True),
        Real("rate", 1e-4, 1.0, True),
        Ordinal("kernel", (1, 3, 5)),
        Categorical("constant", ("a",)),
    )
)


def test_codes_survive_the_way_there_and_back() -> None:
    Z = SPACE.sample(50, np.random.default_rng(1))
    assert from_mixed(SPACE, to_mixed(SPACE, Z)) == pytest.approx(Z)
    assert is_choice(SPACE).tolist() == [True, False, False, False, True]


@pytest.mark.filterwarnings("ignore:After 0.17:FutureWarning")  # of statsmodels: how it will draw random numbers
@pytest.mark.parametrize("n", [6, 9, 60])
def test_densities_are_those_of_statsmodels(n: int) -> None:
    """Also where its rule gives choices bandwidths above 1, and where all data have the same choice."""
    density = pytest.importorskip("statsmodels.nonparametric.api").KDEMultivariate
    rng = np.random.default_rng(n)
    data, probes = (to_mixed(SPACE, SPACE.sample(k, rng)) for k in (n, 20))
    ours = KernelDensity(data, is_choice(SPACE))
    theirs = density(data=data, var_type="uccc" + "u", bw=np.ones(5))
    theirs.bw = np.clip(1.06 * data.std(axis=0) * n ** (-1 / 9), 1e-3, None)
    assert ours.bandwidth == pytest.approx(theirs.bw)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert ours(probes) == pytest.approx(theirs.pdf(probes), nan_ok=True)
