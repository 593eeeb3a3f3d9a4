"""comocma's Sofomore on any space."""

import warnings
from typing import Any

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.adapters.cma import Coordinates
from optimizers.domination import spread
from optimizers.loop import Loop
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.solver import Task
from optimizers.variation import repair

try:
    import comocma
except ImportError as missing:
    raise ImportError('mo-cma-es needs comocma: pip install "iohnas[multi-objective]"') from missing


def como_loop(task: Task, n_kernels: int, initial_step: float) -> Loop:
    """COMO-CMA-ES, started again whenever all of its kernels have stopped.

    Args:
        task: What is searched; its initializer gives the first means.
        n_kernels: CMA-ES instances.
        initial_step: Initial standard deviation as a share of a variable's range.
    """
    space, rng = task.space, task.rng
    private = PrivateRandomState(rng)
    coordinates = Coordinates(space)
    scale: FloatArray | None = None
    reference: list[float] = []
    Z = task.start(n_kernels)
    while True:
        with private:
            search = _start(coordinates, Z, initial_step, [draw_seed(rng) for _ in Z])
        while not search.stop():
            with private:
                X = search.ask()
            y = yield repair(space, coordinates.to_codes(np.array(X)), rng)
            Y = np.column_stack([y, y]) if y.ndim == 1 else y
            if scale is None:
                scale = spread(Y)
                reference = (Y / scale).max(axis=0).tolist()
            search.reference_point = reference
            with private, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of kernels whose values are all equal
                search.tell(X, (Y / scale).tolist())
        Z = space.sample(n_kernels, rng)


def _start(coordinates: Coordinates, Z: Codes, initial_step: float, seeds: list[int]) -> Any:
    """A search whose kernels start at codes (n, d)."""
    settings = [coordinates.settings(0) | {"seed": seed, "verb_log": 0, "verb_disp": 0} for seed in seeds]
    kernels = comocma.get_cmas(coordinates.from_codes(Z), initial_step, settings)
    return comocma.Sofomore(kernels, opts={"verb_log": 0, "verb_disp": 0, "archive": False})
