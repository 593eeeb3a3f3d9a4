"""A problem of known learning curves, as a table and as a function, and a solver that asks for given batches."""

import numpy as np

import optimizers
from nas_problems import Fidelities, Metric, Problem, SearchSpace, from_function
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.parameter import Config, Integer
from optimizers.loop import Loop, as_solver
from optimizers.solver import At, Task

SPACE = SearchSpace((Integer("width", 0, 9),))


def curve_problem(*, continued: bool, epochs: tuple[float, ...] = (1, 3, 9)) -> Problem:
    """Ten candidates; candidate k has error 10 k + 9 / epochs, and every epoch takes k + 1 seconds."""
    levels, k = np.array(epochs)[:, None, None], np.arange(10.0)[None, :, None]
    values = {"error": 10 * k + 9 / levels, "train_seconds": levels * (k + 1)}
    metrics = {"error": Metric("error", penalty=1e3), "train_seconds": Metric("train_seconds", "s")}
    axis = Fidelities("epochs", epochs, continued=continued)
    evaluator = TableEvaluator(SPACE, values, metrics, axis, cost_metric="train_seconds")
    return Problem("curves", 950, SPACE, evaluator, (metrics["error"],), "none")


def live_curves(*, continued: bool = True) -> Problem:
    """``curve_problem`` as a function that is called."""

    def error(config: Config, *, epochs: float) -> float:
        return float(10 * config["width"] + 9 / epochs)

    axis = Fidelities("epochs", (1, 3, 9), continued=continued)
    return from_function(error, SPACE, name="live-curves", metric=Metric("error", penalty=1e3), fidelities=axis)


def at(codes: list[int], fidelity: object) -> At:
    return At(np.array(codes)[:, None], fidelity)  # type: ignore[arg-type]  # wrong ones are tested


def asking(*batches: object) -> optimizers.SolverFactory:
    """A solver that asks for the given batches."""

    @as_solver
    def scripted(task: Task) -> Loop:
        for batch in batches:
            yield batch if isinstance(batch, At) else np.array(batch)[:, None]

    return scripted
