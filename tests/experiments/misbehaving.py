"""What a user would import with ``--import``: problems small enough to check by hand, and solvers that misbehave."""

import os
import threading

import numpy as np

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace
from optimizers import solvers
from optimizers.solver import Solver, Task
from tests.nas_problems import tiny

PROBLEMS = {"tiny-table": tiny.table_problem, "tiny-flaky": tiny.flaky_problem, "tiny-mixed": tiny.mixed_problem}


class _Misbehaving:
    """Asks for one random candidate at a time, except at the third time."""

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self.space, self.rng, self.n_asked = space, rng, 0

    def ask(self) -> Codes:
        self.n_asked += 1
        return self.space.sample(1, self.rng) if self.n_asked < 3 else self.misbehave()

    def tell(self, Z: Codes, y: FloatArray) -> None:
        pass

    def misbehave(self) -> Codes:
        raise NotImplementedError


class _Raises(_Misbehaving):
    def misbehave(self) -> Codes:
        raise RuntimeError("this solver\nalways breaks")


class _Dies(_Misbehaving):
    def misbehave(self) -> Codes:
        os._exit(3)


class _Hangs(_Misbehaving):
    def misbehave(self) -> Codes:
        threading.Event().wait()
        return self.space.sample(1, self.rng)


class _Strays(_Misbehaving):
    def misbehave(self) -> Codes:
        return self.space.sample(1, self.rng) + 1000


class _Idles(_Misbehaving):
    def ask(self) -> Codes:
        return self.space.sample(0, self.rng)


KINDS = {"raises": _Raises, "dies": _Dies, "hangs": _Hangs, "strays": _Strays, "idles": _Idles}
SOLVERS = tuple(KINDS)


def register() -> None:
    """Register all of them."""
    for name, maker in PROBLEMS.items():
        nas_problems.register(name, summary="for tests", family="tiny")(maker)
    for name, kind in KINDS.items():
        _register_solver(name, kind)


def unregister() -> None:
    """Undo ``register``."""
    for name in PROBLEMS:
        nas_problems.problems.unregister(name)
    for name in SOLVERS:
        solvers.unregister(name)


def _register_solver(name: str, kind: type[_Misbehaving]) -> None:
    @solvers.register(name, summary="for tests", family="tests")
    def factory(task: Task) -> Solver:
        return kind(task.space, task.rng)
