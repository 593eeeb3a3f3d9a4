"""BOHB: Hyperband whose new candidates come from two kernel densities, of good and of bad ones."""

from itertools import cycle
from typing import Annotated

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.kernel_density import MIN_BANDWIDTH, KernelDensity, from_mixed, is_choice, to_mixed
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt, Probability
from optimizers.ordering import best_first
from optimizers.registry import solvers
from optimizers.rung import Eta, Lowest, brackets, rungs
from optimizers.solver import At, Task
from optimizers.variation import repair

_TINY = 1e-32  # densities below count as this


class _Model:
    """HpBandSter's generator of configurations: densities of the best 15 % and of the others at one fidelity.

    The fidelity is the highest one with twice as many results as a density needs, d + 1.
    """

    def __init__(self, task: Task, n_samples: int, random_share: float, good_percent: int, widening: float) -> None:
        self._task, self._choice = task, is_choice(task.space)
        self._n_choices = np.array([max(p.n_choices or 1, 1) for p in task.space.parameters], dtype=np.int64)
        self._n_samples, self._random_share, self._widening = n_samples, random_share, widening
        self._good_percent, self._least = good_percent, task.space.n_parameters + 1
        self._results: dict[float, tuple[list[FloatArray], list[float]]] = {}
        self._at = 0.0  # fidelity of the model
        self._densities: tuple[KernelDensity, KernelDensity] | None = None

    def add(self, z: Codes, y: float, fidelity: float) -> None:
        """Report the value of a code (1, d); what is below the fidelity of the model is not looked at."""
        if fidelity < self._at:
            return
        X, values = self._results.setdefault(fidelity, ([], []))
        X.append(to_mixed(self._task.space, z)[0])
        values.append(y)
        if len(X) < 2 * self._least:
            return
        n_good = max(self._least, self._good_percent * len(X) // 100)
        n_bad = max(self._least, (100 - self._good_percent) * len(X) // 100)
        order = np.argsort(values, kind="stable")
        data = np.array(X)[order]
        bad = data[n_good : n_good + n_bad]
        if len(bad) < self._least:
            return
        self._at = fidelity
        self._densities = KernelDensity(data[:n_good], self._choice), KernelDensity(bad, self._choice)

    def propose(self) -> Codes | None:
        """A code (1, d) of high good / bad density, or None: draw one uniformly."""
        rng = self._task.rng
        if self._densities is None or rng.random() < self._random_share:
            return None
        good, bad = self._densities
        X = self._draw(good)
        row = _most_promising(good(X), bad(X))
        return None if row is None else from_mixed(self._task.space, X[row : row + 1])

    def _draw(self, good: KernelDensity) -> FloatArray:
        """Samples of the good density, with wider kernels on ranges, (n_samples, d)."""
        from scipy.special import ndtr, ndtri  # slow to import

        rng, shape = self._task.rng, (self._n_samples, len(self._choice))
        mean = good.X[rng.integers(len(good.X), size=self._n_samples)]
        width = np.maximum(good.bandwidth, MIN_BANDWIDTH)
        unit = rng.random(shape)
        other = rng.integers(self._n_choices, size=shape)
        chosen = np.where(unit < 1 - width, mean, other)
        scale = self._widening * width
        low, high = ndtr(-mean / scale), ndtr((1 - mean) / scale)
        ranged = np.clip(mean + scale * ndtri(low + unit * (high - low)), 0.0, 1.0)
        return np.where(self._choice, chosen, ranged)


def _most_promising(good: FloatArray, bad: FloatArray) -> int | None:
    """Row of the smallest bad / good, both (n,): the first that only good has, if any; None: neither says anything."""
    above, below = np.where(bad > _TINY, bad, _TINY), np.where(good < _TINY, _TINY, good)
    with np.errstate(invalid="ignore", over="ignore"):
        ratio = above / below
    alone = np.flatnonzero(~np.isfinite(ratio) & np.isfinite(good))
    if len(alone):
        return int(alone[0])
    ratio = np.where(np.isfinite(ratio), ratio, np.inf)
    return int(np.argmin(ratio)) if np.isfinite(ratio).any() else None


@solvers.register(
    "bohb", summary="Hyperband with candidates of kernel densities (BOHB)", family="fidelity", fidelities=True
)
@as_solver
def bohb(
    task: Task,
    *,
    eta: Eta = 3.0,
    lowest: Lowest = 0.0,
    n_samples: PositiveInt = 64,
    random_share: Probability = 1 / 3,
    good_percent: Annotated[int, Between(1, 99)] = 15,
    widening: Annotated[float, Between(1e-6)] = 3.0,
) -> Loop:
    """Hyperband (rule ``floor``) whose new candidates maximise the ratio of two densities, as in HpBandSter.

    The model is that of HpBandSter 0.7.4, with its defaults: every result changes it. It
    proposes as many candidates at a time as there are workers. The ratio is
    maximised over samples of the good density. Where the task has one fidelity, everything is evaluated there. A
    candidate that fails the validity test is repaired.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        eta: One in ``eta`` candidates is promoted.
        lowest: Fidelity of the lowest rung; 0: the lowest one of the task.
        n_samples: Samples over which the ratio is maximised.
        random_share: Share of candidates that are drawn uniformly.
        good_percent: Percentage of the results that are good.
        widening: Factor of the bandwidths of ranges in sampling.

    Source: falkner2018, Algorithm 2.
    """
    space = task.space
    levels = rungs(task.fidelities, eta, lowest)
    model = _Model(task, n_samples, random_share, good_percent, widening)
    sizes = brackets(len(levels), eta, "floor")
    start = list(task.start(sizes[0][0]))

    def proposed() -> Codes:
        z = model.propose()
        if z is None:
            z = start.pop(0)[None] if start else space.sample(1, task.rng)
        return repair(space, z, task.rng)

    for bracket in cycle(sizes):
        climbed = levels[-len(bracket) :]
        promoted: list[Codes] = []
        y: list[float] = []
        while len(promoted) < bracket[0]:
            asked = [proposed() for _ in range(min(task.n_parallel, bracket[0] - len(promoted)))]
            values = yield At(np.concatenate(asked), climbed[0])
            for z, value in zip(asked, values.tolist(), strict=True):
                model.add(z, value, climbed[0])
            promoted += asked
            y += values.tolist()
        Z, told = np.concatenate(promoted), np.array(y)
        for size, fidelity in zip(bracket[1:], climbed[1:], strict=True):
            Z = Z[best_first(told)[:size]]
            told = yield At(Z, fidelity)
            for i in range(len(Z)):
                model.add(Z[i : i + 1], float(told[i]), fidelity)
