"""Small data and estimators that succeed, fail and hang; a child process imports them by name."""

import multiprocessing
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nas_problems import Categorical, Integer, Real, SearchSpace
from nas_problems.array import FloatArray, IntArray
from nas_problems.condition import Condition, inactive_to_lowest
from nas_problems.evaluators.estimators import Estimator, EstimatorEvaluator, Task
from nas_problems.parameter import Config

PARAMETERS = (
    Categorical("kind", ("majority", "threshold", "raise", "not-finite", "hang-in-C", "die", "shout")),
    Integer("column", 0, 1),
    Real("at", -1.0, 1.0),
)
SPACE = SearchSpace(
    PARAMETERS,
    canonical_form=inactive_to_lowest(
        PARAMETERS, [Condition("column", "kind", ("threshold",)), Condition("at", "kind", ("threshold",))]
    ),
)


class Classifier:
    """Behaves as its ``kind`` says; the threshold on the right column at 0 makes no error."""

    def __init__(self, config: Config, seed: int) -> None:
        self.kind, self.column, self.at = str(config["kind"]), int(config["column"]), float(config["at"])
        self.seed = seed

    def fit(self, X: FloatArray, y: IntArray) -> None:
        """Train."""
        self.majority = int(np.bincount(y).argmax())
        if self.kind == "raise":
            raise ValueError("cannot be trained\nfor a long reason")
        if self.kind == "hang-in-C":
            sum(range(10**15))  # holds the interpreter's lock
        if self.kind == "die":
            os.abort()
        if self.kind == "shout":
            print("x" * 100_000)

    def predict(self, X: FloatArray) -> IntArray:
        """Class numbers."""
        if self.kind == "not-finite":
            return np.full(len(X), np.nan)
        if self.kind == "threshold":
            return (X[:, self.column] > self.at).astype(np.int64)
        return np.full(len(X), self.majority)


def build(config: Config, seed: int) -> Estimator:
    """Make the classifier."""
    return Classifier(config, seed)


def load() -> tuple[FloatArray, IntArray]:
    """90 points in a square, and whether the first coordinate is positive."""
    X = np.random.default_rng(3).uniform(-1, 1, (90, 2))
    return X, (X[:, 0] > 0).astype(np.int64)


def evaluator(limit_seconds: float = 20.0) -> EstimatorEvaluator:
    """60 points for cross-validation, 30 for the test."""
    return EstimatorEvaluator(SPACE, Task(build, load, 60, limit_seconds=limit_seconds))


def behave(config: Config) -> float:
    """Does what ``does`` says."""
    if config["does"] == "raise":
        raise RuntimeError("as told")
    if config["does"] == "hang in C":
        sum(range(10**15))  # holds the interpreter's lock
    if config["does"] == "die":
        os.abort()
    if config["does"] == "print":
        print("x" * 100_000)
    if config["does"] == "exit":
        raise SystemExit(3)
    return 1.0


def add(a: int, b: int = 1) -> int:
    """A function that can be called in a child."""
    return a + b


def raise_error(message: str) -> None:
    """A function that raises."""
    raise RuntimeError(message)


def note_and_sleep(path: str, seconds: float) -> None:
    """Make a file, then wait."""
    Path(path).touch()
    time.sleep(seconds)


def process_id() -> int:
    """The number of the process that runs it."""
    return os.getpid()


def sleep_limited(limit: float) -> None:
    """Longer than any limit, in Python."""
    from nas_problems.evaluators.serve import time_limit

    with time_limit(limit):
        time.sleep(3600)


def count_limited(limit: float) -> None:
    """Longer than any limit, in C, with the interpreter's lock held."""
    from nas_problems.evaluators.serve import time_limit

    with time_limit(limit):
        sum(range(10**15))


def within_limit(limit: float) -> str:
    """Ends before any limit, and goes on after the block."""
    from nas_problems.evaluators.serve import time_limit

    with time_limit(limit):
        pass
    return "done"


def warn() -> str:
    """Warns, which is nobody's business."""
    import warnings

    warnings.warn("careful", stacklevel=1)
    return "warned"


def threads() -> str:
    """How many threads numerical libraries may use."""
    return os.environ["OMP_NUM_THREADS"]


def give_or_fork(does: str, path: str = "") -> float:
    """Starts processes as ``does`` says, and notes their numbers in a file."""
    if does == "leave a fork that sleeps":
        _fork(path, lambda: time.sleep(3600))
    if does == "wait for a fork that hangs in C":
        os.waitpid(_fork(path, lambda: sum(range(10**15))), 0)
    if does == "wait for a pool":
        with multiprocessing.get_context("fork").Pool(2) as pool:
            pool.map(_sleep_noted, [path] * 2)
    if does == "leave a pool":
        left = multiprocessing.get_context("fork").Pool(2, initializer=_note, initargs=(path,))
        left.map(abs, [1, 2])
        POOLS.append(left)
    if does == "return twice" and os.fork() == 0:
        _note(path)
    if does == "raise in the fork, too" and os.fork() == 0:
        _note(path)
        raise RuntimeError("in the fork")
    if does == "die with a fork":
        _fork(path, lambda: time.sleep(3600))
        os._exit(1)
    if "a daemon" in does:
        _daemon(path)
    if does == "leave a program with a session of its own":
        _note(path, subprocess.Popen(["sleep", "3600"], start_new_session=True).pid)
    if does == "die with a daemon":
        os._exit(1)
    if does == "wait with a daemon":
        time.sleep(3600)
    if does == "close all files":
        os.closerange(3, 256)
        time.sleep(3600)
    return 1.0


POOLS: list[object] = []  # that were not closed


def _fork(path: str, work: Callable[[], object]) -> int:
    number = os.fork()
    if number == 0:
        work()
        os._exit(0)
    _note(path, number)
    return number


def _daemon(path: str) -> None:
    """A process whose parent has ended, in a session and a group of its own."""
    middle = os.fork()
    if middle == 0:
        os.setsid()
        _fork(path, lambda: time.sleep(3600))
        os._exit(0)
    os.waitpid(middle, 0)


def _sleep_noted(path: str) -> None:
    _note(path)
    time.sleep(3600)


def _note(path: str, number: int | None = None) -> None:
    with open(path, "a") as file:  # noqa: PTH123  # one write, so that lines of several processes do not mix
        file.write(f"{number or os.getpid()}\n")


def fork_limited(limit: float, does: str, path: str) -> float:
    """``give_or_fork`` within a limit."""
    from nas_problems.evaluators.serve import time_limit

    with time_limit(limit):
        return give_or_fork(does, path)


def give_or_fork_in_a_child(does: str, path: str) -> float:
    """``give_or_fork`` in a child of this process."""
    from nas_problems.evaluators.child import child

    return child().call(give_or_fork, does, path)


def exit_with(status: int) -> None:
    """Ends the process at once."""
    os._exit(status)


def sleep_and_give(seconds: float) -> str:
    """Takes a while."""
    time.sleep(seconds)
    return "done"


def leave_limit(how: str, before_seconds: float = 0.0) -> None:
    """Do something for a while, then enter a time limit and end in it, or after it."""
    from nas_problems.evaluators.serve import time_limit

    time.sleep(before_seconds)
    with time_limit(60.0):
        if how == "exits":
            os._exit(3)
        if how == "raises":
            raise ValueError("in the block")
    if how == "raises later":
        raise ValueError("behind the block")
