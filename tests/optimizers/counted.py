"""A function that says how often it was called, for runs that are killed; other processes import it."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nas_problems import Fidelities, Integer, Metric, Problem, Real, SearchSpace, from_function
from nas_problems.parameter import Config

SPACE = SearchSpace((Integer("width", 1, 9), Integer("depth", 1, 9), Real("rate", 1e-4, 1.0, log=True)))


PLUGIN = """
import nas_problems
from pathlib import Path
from tests.optimizers.counted import problem

nas_problems.register("counted", summary="for tests", family="tests")(
    lambda: problem(Path({target!r}), {dies_after})
)
"""
"""A file that registers the problem ``counted``."""


@dataclass(frozen=True)
class Counted:
    """A smooth function that writes a line per call, and dies in the call after so many.

    Args:
        path: Where it writes.
        dies_after: Number of calls that succeed; -1: all.
    """

    path: str
    dies_after: int = -1

    def __call__(self, config: Config, seed: int = 0) -> float:
        n = len(Path(self.path).read_text().splitlines()) if Path(self.path).exists() else 0
        if n == self.dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        with Path(self.path).open("a") as file:
            file.write(f"{config} {seed}\n")
        if config["width"] == 9:
            raise RuntimeError("cannot be built")
        return float(abs(config["width"] - 4) + abs(np.log10(config["rate"]) + 2)) + seed / 100


def problem(path: Path, dies_after: int = -1, *, seeds: tuple[int, ...] = ()) -> Problem:
    """Its problem."""
    function: Callable[..., float] = Counted(str(path), dies_after)
    return from_function(function, SPACE, name="counted", seeds=seeds)


@dataclass(frozen=True)
class Staged:
    """Its values at 1, 3 and 9 epochs, and what they cost; a line per call."""

    path: str

    def __call__(self, config: Config, *, epochs: float) -> dict[str, float]:
        value = Counted(self.path)(config)
        return {"validation_error": value + 1 / epochs, "train_seconds": 0.5 * epochs + config["depth"]}


def staged(path: Path) -> Problem:
    """Its problem."""
    metrics = (Metric("validation_error", "%", penalty=100.0), Metric("train_seconds", "s", penalty=100.0))
    epochs = Fidelities("epochs", (1, 3, 9), continued=True)
    return from_function(Staged(str(path)), SPACE, name="staged", metric=metrics, fidelities=epochs)


def calls(path: Path) -> list[str]:
    """All calls, in their order."""
    return path.read_text().splitlines() if path.exists() else []
