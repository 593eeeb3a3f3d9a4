"""REINFORCE: a policy that learns which values to draw, the reinforcement learning of the NAS benchmarks."""

import math
from typing import Annotated

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.parameter import Categorical, Ordinal
from nas_problems.space import Codes, SearchSpace
from optimizers.initializers.uniform import uniform
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Initializer
from optimizers.variation import repair

_SPREADS = (0.02, 0.5)  # smallest and largest standard deviation of a range's policy, on the unit scale


@solvers.register("reinforce", summary="policy gradient with a moving baseline", family="reinforcement learning")
@as_solver
def reinforce(
    space: SearchSpace,
    budget: int,
    initializer: Initializer | None,
    rng: np.random.Generator,
    *,
    learning_rate: Annotated[float, Between(1e-6, 10)] = 0.01,
    momentum: Annotated[float, Between(0, 0.999)] = 0.9,
    n_initial: PositiveInt = 1,
) -> Loop:
    """Draw a candidate from the policy, evaluate it, and follow the gradient of its log-probability.

    The gradient is weighted by how much better the candidate is than a moving average of the values, and
    followed by Adam; the unit of the values does not matter. Every variable has a policy of its own: a
    listed one the softmax of its values' weights, an integer or real range a normal distribution on its unit
    scale. Default rates are those of the authors' code of dong2020. A penalty far above all other values
    slows the learning down for as long as the averages remember it.

    Differs: first candidates of the initializer are learnt from as if the policy had drawn them; of a range
    the density at the candidate counts, and standard deviations stay in [0.02, 0.5].

    Args:
        space: What is searched.
        budget: Evaluations of the run.
        initializer: Chooses the first candidates.
        rng: Source of randomness.
        learning_rate: Of Adam.
        momentum: Of the moving average.
        n_initial: How many candidates the initializer chooses.

    Source: williams1992, section 6 for ranges; dong2020.
    """
    policy, adam, baseline = _Policy(space, rng), _Adam(learning_rate), _Average(momentum)
    asked = (initializer or uniform)(space, min(n_initial, budget), rng)
    while True:
        for z, y in zip(asked, (yield asked).tolist(), strict=True):
            baseline.update(y)
            policy.move(adam.step((y - baseline.value) * policy.gradient(z)))
        asked = repair(space, policy.draw(rng), rng)


class _Policy:
    """Independent distributions of all variables; their weights, means and log-spreads are one vector."""

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self._space = space
        listed = [isinstance(parameter, (Categorical, Ordinal)) for parameter in space.parameters]
        self._listed, self._ranged = np.flatnonzero(listed), np.flatnonzero(np.logical_not(listed))
        counts = np.array([space.n_choices[j] for j in self._listed], dtype=np.int64)
        self._is_choice = np.arange(counts.max(initial=1)) < counts[:, None]
        self._rows, n = np.arange(len(counts)), len(self._ranged)
        self._n_weights = self._is_choice.size
        weights = 1e-3 * rng.standard_normal(self._n_weights)
        self._set(np.concatenate([weights, np.full(n, 0.5), np.full(n, math.log(_SPREADS[1]))]))

    def _set(self, theta: FloatArray) -> None:
        """Take over the vector, and work out probabilities (listed, choices), means and spreads (ranged,)."""
        n, shape = self._n_weights, self._is_choice.shape
        weights = np.where(self._is_choice, theta[:n].reshape(shape), -np.inf)
        powers = np.exp(weights - weights.max(axis=1, keepdims=True))
        self._theta, self._probabilities = theta, powers / powers.sum(axis=1, keepdims=True)
        self._mean, log_spread = theta[n : n + len(self._ranged)], theta[n + len(self._ranged) :]
        self._spread = np.exp(log_spread)

    def draw(self, rng: np.random.Generator) -> Codes:
        """One candidate, shape (1, d); it need not be valid."""
        Z = np.empty((1, self._space.n_parameters), dtype=self._space.dtype)
        sums = np.cumsum(self._probabilities, axis=1)
        Z[0, self._listed] = (sums > rng.random((len(sums), 1)) * sums[:, -1:]).argmax(axis=1)
        for j, unit in zip(self._ranged.tolist(), rng.normal(self._mean, self._spread).tolist(), strict=True):
            Z[0, j] = self._space.parameters[j].from_unit(np.array([min(max(unit, 0.0), 1.0)]))[0]
        return Z

    def gradient(self, z: Codes) -> FloatArray:
        """Of the log-probability of a code (d,), as one vector."""
        of_weights = -self._probabilities
        of_weights[self._rows, z[self._listed].astype(np.int64)] += 1
        unit = np.array([self._space.parameters[j].to_unit(z[[j]])[0] for j in self._ranged])
        scaled = (unit - self._mean) / self._spread
        return np.concatenate([of_weights.ravel(), scaled / self._spread, scaled**2 - 1])

    def move(self, step: FloatArray) -> None:
        """Add a step to the vector."""
        theta = self._theta + step
        low, high = (math.log(spread) for spread in _SPREADS)
        of_spread = theta[len(theta) - len(self._ranged) :]
        np.minimum(np.maximum(of_spread, low), high, out=of_spread)
        self._set(theta)


class _Adam:
    """The steps of Adam for a gradient to be descended, with its usual rates."""

    def __init__(self, learning_rate: float) -> None:
        self._rate, self._n = learning_rate, 0
        self._first: FloatArray | float = 0.0
        self._second: FloatArray | float = 0.0

    def step(self, gradient: FloatArray) -> FloatArray:
        self._n += 1
        self._first = 0.9 * self._first + 0.1 * gradient
        self._second = 0.999 * self._second + 0.001 * gradient**2
        first, second = self._first / (1 - 0.9**self._n), self._second / (1 - 0.999**self._n)
        return np.asarray(-self._rate * first / (np.sqrt(second) + 1e-8))


class _Average:
    """A moving average without a bias towards zero."""

    def __init__(self, momentum: float) -> None:
        self._momentum, self._sum, self._weight = momentum, 0.0, 0.0

    def update(self, y: float) -> None:
        self._sum = self._momentum * self._sum + (1 - self._momentum) * y
        self._weight = self._momentum * self._weight + (1 - self._momentum)

    @property
    def value(self) -> float:
        return self._sum / self._weight
