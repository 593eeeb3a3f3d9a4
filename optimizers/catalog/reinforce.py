"""REINFORCE: a policy that learns which values to draw, the reinforcement learning of the NAS benchmarks."""

import math
from typing import Annotated

import numpy as np

from nas_problems.array import FloatArray, IntArray
from nas_problems.parameter import Categorical, Ordinal
from nas_problems.space import Codes, SearchSpace
from optimizers.adam import Adam
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import repair

_SPREADS = (0.02, 0.5)  # smallest and largest standard deviation of a range's policy, on the unit scale


@solvers.register("reinforce", summary="policy gradient with a moving baseline", family="reinforcement learning")
@as_solver
def reinforce(
    task: Task,
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
        task: What is searched; its initializer chooses the first candidates.
        learning_rate: Of Adam.
        momentum: Of the moving average.
        n_initial: How many candidates the initializer chooses.

    Source: williams1992, section 6 for ranges; dong2020.
    """
    space, rng = task.space, task.rng
    policies, baseline = _policies(space, learning_rate, rng), _Average(momentum)
    asked = task.start(n_initial)
    while True:
        for z, y in zip(asked, (yield asked).tolist(), strict=True):
            baseline.update(y)
            for policy in policies:
                policy.learn(z[policy.columns], y - baseline.value)
        asked = np.empty((1, space.n_parameters), dtype=space.dtype)
        for policy in policies:
            asked[0, policy.columns] = policy.draw(rng)
        asked = repair(space, asked, rng)


def _policies(space: SearchSpace, learning_rate: float, rng: np.random.Generator) -> list["_Listed | _Ranged"]:
    """One for all listed parameters of the space, and one for all its ranges."""
    is_listed = np.array([isinstance(parameter, (Categorical, Ordinal)) for parameter in space.parameters])
    policies: list[_Listed | _Ranged] = []
    if is_listed.any():
        policies.append(_Listed(space, np.flatnonzero(is_listed), learning_rate, rng))
    if not is_listed.all():
        policies.append(_Ranged(space, np.flatnonzero(~is_listed), learning_rate))
    return policies


class _Listed:
    """Independent softmax distributions of listed parameters.

    Args:
        space: The space of the parameters.
        columns: Their columns, (k,).
        learning_rate: Of Adam.
        rng: Draws the first weights, which are nearly equal.
    """

    def __init__(self, space: SearchSpace, columns: IntArray, learning_rate: float, rng: np.random.Generator) -> None:
        self.columns = columns
        counts = np.array([space.n_choices[j] for j in columns], dtype=np.int64)
        weights = 1e-3 * rng.standard_normal((len(columns), counts.max()))
        self.weights: FloatArray = np.where(np.arange(counts.max()) < counts[:, None], weights, -np.inf)
        self._rows, self._adam = np.arange(len(columns)), Adam(learning_rate)
        self._normalize()

    def _normalize(self) -> None:
        powers = np.exp(self.weights - self.weights.max(axis=1, keepdims=True))
        self._probabilities = powers / powers.sum(axis=1, keepdims=True)

    def draw(self, rng: np.random.Generator) -> IntArray:
        """One code per parameter, (k,)."""
        sums = self._probabilities.cumsum(axis=1)
        codes: IntArray = (sums > rng.random((len(sums), 1)) * sums[:, -1:]).argmax(axis=1)
        return codes

    def gradient(self, codes: Codes) -> FloatArray:
        """Of the log-probability of codes (k,) by the weights, (k, choices)."""
        gradient: FloatArray = -self._probabilities
        gradient[self._rows, codes.astype(np.int64)] += 1
        return gradient

    def learn(self, codes: Codes, loss: float) -> None:
        """Make codes less likely: the larger their loss, the less."""
        self.weights = self.weights + self._adam.step(loss * self.gradient(codes))
        self._normalize()


class _Ranged:
    """Independent normal distributions of integer and real parameters on their unit scale.

    Args:
        space: The space of the parameters.
        columns: Their columns, (k,).
        learning_rate: Of Adam.
    """

    def __init__(self, space: SearchSpace, columns: IntArray, learning_rate: float) -> None:
        self.columns = columns
        self._parameters = [space.parameters[j] for j in columns]
        self.theta: FloatArray = np.array([[0.5], [math.log(_SPREADS[1])]]) * np.ones(len(columns))  # mean, log spread
        self._adam = Adam(learning_rate)

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """One code per parameter, (k,)."""
        units = np.minimum(np.maximum(rng.normal(self.theta[0], np.exp(self.theta[1])), 0.0), 1.0)
        return np.array([p.from_unit(units[[i]])[0] for i, p in enumerate(self._parameters)], dtype=np.float64)

    def gradient(self, codes: Codes) -> FloatArray:
        """Of the log-density of codes (k,) by means and log-spreads, (2, k)."""
        units = np.array([p.to_unit(codes[[i]])[0] for i, p in enumerate(self._parameters)])
        spread = np.exp(self.theta[1])
        scaled = (units - self.theta[0]) / spread
        return np.stack([scaled / spread, scaled**2 - 1])

    def learn(self, codes: Codes, loss: float) -> None:
        """Make codes less likely: the larger their loss, the less."""
        theta = self.theta + self._adam.step(loss * self.gradient(codes))
        low, high = (math.log(spread) for spread in _SPREADS)
        theta[1] = np.minimum(np.maximum(theta[1], low), high)
        self.theta = theta


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
