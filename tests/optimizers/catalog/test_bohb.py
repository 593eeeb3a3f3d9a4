"""BOHB: HpBandSter's model in Hyperband's brackets."""

import numpy as np
import pytest

from nas_problems import Categorical, Real, SearchSpace
from nas_problems.evaluation import Fidelities, Metric
from optimizers.catalog.bohb import _Model, _most_promising
from optimizers.kernel_density import to_mixed
from optimizers.registry import make
from optimizers.solver import At, Task

SPACE = SearchSpace((Categorical("op", tuple("abcd")), Real("drop", 0.0, 0.5), Real("rate", 1e-4, 1.0, log=True)))
EPOCHS = Fidelities("epochs", (1, 3, 9))

GOOD = (0.5288560101223062, 0.14529905342028263, 0.009834767894348622, 0.9351602665717434, 0.025547883145339786)
BAD = (0.09141507976914712, 0.2070284606384323, 0.2145337467869351, 0.3719718178772672, 0.2674523827639819)
"""Densities by HpBandSter 0.7.4 at the five probes of the test."""


def task(seed: int = 1, fidelities: Fidelities = EPOCHS) -> Task:
    return Task(SPACE, 1000, np.random.default_rng(seed), (Metric("error"),), fidelities)


def value(Z: np.ndarray) -> np.ndarray:
    return np.asarray(((SPACE.to_box(Z) - 1) ** 2).sum(axis=1))


def model(n: int, fidelity: float = 3.0) -> _Model:
    made, Z = _Model(task(), 64, 1 / 3, 15, 3.0), SPACE.sample(n, np.random.default_rng(3))
    for z, y in zip(Z, value(Z), strict=True):
        made.add(z[None], float(y), fidelity)
    return made


def test_both_densities_are_those_of_hpbandster() -> None:
    rng = np.random.default_rng(3)
    SPACE.sample(40, rng)
    probes = to_mixed(SPACE, SPACE.sample(5, rng))
    densities = model(40)._densities
    assert densities is not None
    assert densities[0](probes) == pytest.approx(GOOD)
    assert densities[1](probes) == pytest.approx(BAD)
    assert [len(density.X) for density in densities] == [6, 34]


def test_a_model_needs_twice_as_many_results_as_a_density_has_variables_and_one() -> None:
    assert model(7)._densities is None
    assert model(7).propose() is None
    assert model(8)._densities is not None


def test_the_model_moves_to_the_highest_fidelity_that_has_enough_results_and_stays_there() -> None:
    made = model(8, 1.0)
    assert made._at == 1.0
    for z in SPACE.sample(8, np.random.default_rng(4)):
        made.add(z[None], 1.0, 9.0)
    before = made._densities
    made.add(SPACE.sample(1, np.random.default_rng(5)), 0.0, 1.0)
    assert made._at == 9.0
    assert made._densities is before


def test_a_third_of_the_proposals_is_left_to_chance_and_the_others_are_near_the_good_ones() -> None:
    made = model(60)
    proposals = [made.propose() for _ in range(300)]
    chosen = np.concatenate([z for z in proposals if z is not None])
    assert 60 <= sum(z is None for z in proposals) <= 140
    assert np.median(value(chosen)) < np.median(value(SPACE.sample(300, np.random.default_rng(6)))) / 2


@pytest.mark.parametrize(
    ("good", "bad", "wanted"),
    [
        ([1.0, 2.0, 2.0], [1.0, 1.0, 1.0], 1),
        ([1.0, 2.0, 0.5], [1.0, 1.0, np.inf], 2),  # only the good ones have such a choice: taken at once
        ([np.inf, 1.0], [1.0, 1.0], 0),
        ([np.nan, np.inf], [1.0, np.inf], None),
        ([0.0, -1.0], [-1.0, 0.0], 0),  # both count as tiny
    ],
)
def test_infinite_and_negative_densities_count_as_in_hpbandster(
    good: list[float], bad: list[float], wanted: int | None
) -> None:
    assert _most_promising(np.array(good), np.array(bad)) == wanted


def test_brackets_are_those_of_the_floor_rule_and_new_candidates_come_one_at_a_time() -> None:
    solver, sizes = make("bohb").factory(task()), []
    for _ in range(9 + 1 + 1 + 3 + 1 + 3):
        asked = solver.ask()
        assert isinstance(asked, At)
        sizes.append((len(asked), float(np.asarray(asked.fidelity))))
        solver.tell(asked.Z, value(asked.Z))
    assert sizes == [(1, 1.0)] * 9 + [(3, 3.0), (1, 9.0)] + [(1, 3.0)] * 3 + [(1, 9.0)] + [(1, 9.0)] * 3
