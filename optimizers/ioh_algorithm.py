"""Optimizers that take an ioh problem, as IOHexperimenter's users write them."""

import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from nas_problems.adapters.ioh import Code, as_ioh
from nas_problems.array import FloatArray
from nas_problems.problem import Problem
from nas_problems.space import Codes


class BudgetExhausted(BaseException):
    """An ioh problem was called after the last evaluation of a run's budget.

    Like ``KeyboardInterrupt`` no ``Exception``: an optimizer that guards its evaluations with
    ``except Exception`` would run on for ever.
    """


@dataclass(frozen=True, slots=True)
class IohAlgorithm:
    """An optimizer that takes an ioh problem and calls it until it raises ``BudgetExhausted``.

    ``run`` takes a bare callable too; this class says in which code it wants its points.

    Args:
        function: Called with the ioh problem; also given ``budget`` and ``rng`` (a numpy Generator that
            derives from the run's seed) where it has parameters of these names.
        code: ``integer`` or ``box``, see ``as_ioh``; None: integer on finite spaces, else box.
        label: Name in logs; empty: the function's name.
    """

    function: Callable[..., object]
    code: Code | None = None
    label: str = ""

    def run(
        self, problem: Problem, evaluate: Callable[[Codes], FloatArray], budget: int, rng: np.random.Generator
    ) -> None:
        """Run to the end of the budget, or until the function returns.

        Args:
            problem: What is searched.
            evaluate: Codes (n, d) to values (n,); raises ``BudgetExhausted`` past the budget.
            budget: Evaluations of the run.
            rng: Source of randomness.

        Raises:
            ValueError: See ``as_ioh``. Anything else that the function raises comes through.
        """
        code: Code = self.code or ("integer" if problem.space.is_finite else "box")
        wrapped = as_ioh(problem, code=code, value=lambda z: float(evaluate(z[None, :])[0]))
        offered: dict[str, Any] = {"budget": budget, "rng": rng}
        wanted = inspect.signature(self.function).parameters
        with suppress(BudgetExhausted):
            self.function(wrapped, **{name: value for name, value in offered.items() if name in wanted})


def takes_ioh_problem(function: Callable[..., object]) -> bool:
    """Whether a callable is a function of an ioh problem, or a solver factory, whose one parameter is ``task``.

    Raises:
        ValueError: It needs other arguments.
    """
    wanted = "wanted a callable of an ioh problem (and of budget and rng, if it likes), or of a task"
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise ValueError(f"solver: {wanted}, found {function!r}, which has no signature") from error
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = signature.parameters.values()
    needed = [p.name for p in parameters if p.kind in positional and p.default is inspect.Parameter.empty]
    if needed == ["task"]:
        return False
    if len(set(needed) - {"budget", "rng"}) != 1:
        raise ValueError(f"solver: {wanted}, found parameters {signature}")
    return True
