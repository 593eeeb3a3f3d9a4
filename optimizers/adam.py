"""Adam, for solvers that follow the gradient of a few numbers of their own."""

import numpy as np

from nas_problems.array import FloatArray


class Adam:
    """The steps of Adam for a gradient to be descended, with its usual rates .9 and .999.

    Args:
        learning_rate: About the size of a step.

    Source: kingma2015, Algorithm 1.

    >>> Adam(0.1).step(np.array([7.0, -0.002])).round(3).tolist()
    [-0.1, 0.1]
    """

    def __init__(self, learning_rate: float) -> None:
        self._rate, self._n = learning_rate, 0
        self._first: FloatArray | float = 0.0
        self._second: FloatArray | float = 0.0

    def step(self, gradient: FloatArray) -> FloatArray:
        """What is to be added to the numbers, in the shape of their gradient."""
        self._n += 1
        self._first = 0.9 * self._first + 0.1 * gradient
        self._second = 0.999 * self._second + 0.001 * (gradient * gradient)
        rate, bias = self._rate / (1 - 0.9**self._n), 1 / (1 - 0.999**self._n)
        return np.asarray(-rate * self._first / (np.sqrt(bias * self._second) + 1e-8))
