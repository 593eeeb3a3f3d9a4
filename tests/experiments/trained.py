"""Problems whose candidates are evaluated when asked, some of them badly; registered for ``--import``."""

import os
import signal
import threading
from dataclasses import dataclass

import numpy as np

import nas_problems
from nas_problems import Categorical, Evaluations, Integer, Metric, Noise, Problem, SearchSpace
from nas_problems.evaluators.function import FunctionEvaluator, from_function
from nas_problems.parameter import Config
from nas_problems.space import Codes
from tests.nas_problems.evaluators import trainable

KINDS = ("well", "raises", "not finite", "dies", "hangs", "eats")
SPACE = SearchSpace((Categorical("kind", KINDS), Integer("width", 1, 9), Integer("depth", 1, 9)))
GOOD_SPACE = SearchSpace((Categorical("kind", KINDS[:3]), Integer("width", 1, 9), Integer("depth", 1, 9)))
VALUE = Metric("value", penalty=1e3)


def value(config: Config, seed: int = 0) -> float:
    """What a configuration says; else a number that depends on it and the seed alone."""
    match config["kind"]:
        case "raises":
            raise ValueError("cannot be built")
        case "not finite":
            return float("inf")
        case "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hangs":
            threading.Event().wait()
        case "eats":
            return float(len(bytearray(2**31)))
    words = [seed, int(config["width"]), int(config["depth"])]
    return float(np.random.default_rng(words).random())


def problem(space: SearchSpace = GOOD_SPACE) -> Problem:
    """A function of the configuration and a seed."""
    return from_function(value, space, name="trained", function_id=30_901, metric=VALUE, seeds=(0, 1, 2))


def estimator_problem() -> Problem:
    """Cross-validated classifiers, of which some raise, die or print."""
    evaluator = trainable.evaluator()
    return Problem(
        "estimators", 30_902, evaluator.space, evaluator, (evaluator.metrics["validation_accuracy"],), "none"
    )


@dataclass(frozen=True, eq=False)
class Remembering(FunctionEvaluator):
    """Says that it remembers."""

    @property
    def remembers(self) -> bool:
        """True."""
        return True


@dataclass(frozen=True, eq=False)
class Unavailable(FunctionEvaluator):
    """Cannot evaluate anything."""

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """Raises ImportError."""
        raise ImportError("problems train-* need torch: pip install torch")


def register() -> None:
    """Register the function's problem."""
    nas_problems.register("trained", summary="for tests", family="tests")(problem)


def unregister() -> None:
    """Undo ``register``."""
    nas_problems.problems.unregister("trained")
