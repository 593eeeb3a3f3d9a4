"""Libraries that draw from global generators leave them as they were."""

import random

import numpy as np

from optimizers.randomness import PrivateRandomState, draw_seed


def draw() -> tuple[float, float]:
    return random.random(), float(np.random.randn())  # noqa: NPY002


def test_the_global_states_are_neither_seen_nor_changed() -> None:
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    expected = [draw(), draw()]
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    private = PrivateRandomState(np.random.default_rng(1))
    found = [draw()]  # one of numpy's Gaussians is kept back: it must survive
    with private:
        random.seed(99)
        np.random.seed(99)  # noqa: NPY002
        draw()
    found.append(draw())
    assert found == expected


def test_the_copy_goes_on_where_it_ended_and_depends_on_its_seed_alone() -> None:
    def sequence(seed: int, *, split: bool) -> list[tuple[float, float]]:
        private = PrivateRandomState(np.random.default_rng(seed))
        drawn = []
        for _ in range(2):
            with private:
                drawn.append(draw())
                if not split:
                    drawn.append(draw())
                    break
            draw()
        return drawn

    assert sequence(1, split=True) == sequence(1, split=False)
    assert sequence(1, split=True) != sequence(2, split=True)


def test_an_exception_restores_the_states() -> None:
    random.seed(3)
    expected = random.random()
    random.seed(3)
    try:
        with PrivateRandomState(np.random.default_rng(1)):
            random.random()
            raise KeyError
    except KeyError:
        pass
    assert random.random() == expected


def test_seeds_are_positive_and_fit_every_library() -> None:
    seeds = [draw_seed(np.random.default_rng(i)) for i in range(100)]
    assert len(set(seeds)) == 100
    assert min(seeds) >= 1
    assert max(seeds) < 2**31
