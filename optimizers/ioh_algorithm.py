"""Optimizers that take an ioh problem, as IOHexperimenter's users write them."""

import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from nas_problems.adapters.ioh import Code, as_ioh
from nas_problems.array import FloatArray
from nas_problems.exception import describe
from nas_problems.problem import Problem
from nas_problems.space import Codes


class BudgetExhausted(BaseException):
    """An ioh problem was called after the last evaluation of a run's budget.

    Like ``KeyboardInterrupt`` no ``Exception``: an optimizer that guards its evaluations with
    ``except Exception`` would run on for ever. One that catches even this is stopped, see ``IohAlgorithm.run``.

    >>> import nas_problems, optimizers
    >>> def endless(problem):
    ...     while True:
    ...         problem(problem.bounds.lb)
    >>> len(optimizers.run(endless, nas_problems.make("nb201-cifar10"), budget=5, seed=1))
    5
    """


MAX_REFUSED = 1000
"""Calls after the end of the budget that are refused, before a function is taken for one that never ends."""

MAX_IN_VAIN = 100_000
"""Calls in a row that raise an error, likewise: enough for who tries until a candidate is valid."""


@dataclass(frozen=True, slots=True)
class IohAlgorithm:
    """An optimizer that takes an ioh problem and calls it until it raises ``BudgetExhausted``.

    ``run`` takes a bare callable too; this class says in which code it wants its points.

    Args:
        function: Called with the ioh problem; also given ``budget`` and ``rng`` (a numpy Generator that
            derives from the run's seed) where it has parameters of these names.
        code: ``integer`` or ``box``, see ``as_ioh``; None: integer on finite spaces, else box.
        label: Name in logs; empty: the function's name.

    >>> import optimizers
    >>> from optimizers import IohAlgorithm
    >>> def draw(problem, rng):
    ...     while True:
    ...         problem(rng.uniform(-5, 5, problem.meta_data.n_variables))
    >>> len(optimizers.run(IohAlgorithm(draw, code="box"), "nb201-cifar10", budget=7, seed=1))
    7
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
            RuntimeError: The function goes on after ``MAX_REFUSED`` refused calls, as a bare ``except:`` in its loop
                catches the end of the budget; or after ``MAX_IN_VAIN`` calls in a row that raised an error. Its
                thread is left to itself.
        """
        code: Code = self.code or ("integer" if problem.space.is_finite else "box")
        guard = _Guard(evaluate)
        wrapped = as_ioh(problem, code=code, value=guard.value)
        wrapped.on_error = guard.note
        offered: dict[str, Any] = {"budget": budget, "rng": rng}
        wanted = inspect.signature(self.function).parameters
        arguments = {name: value for name, value in offered.items() if name in wanted}
        name = self.label or getattr(self.function, "__name__", "the function")
        guard.run(lambda: self.function(wrapped, **arguments), name)


class _Guard:
    """Runs a function in a thread, which can be left to itself where it catches the end of its budget.

    Args:
        evaluate: See ``IohAlgorithm.run``.
    """

    def __init__(self, evaluate: Callable[[Codes], FloatArray]) -> None:
        self._evaluate = evaluate
        self._n_refused = self._n_in_vain = 0
        self._why = (
            f"went on after the end of the budget, and {MAX_REFUSED} calls were refused; a bare 'except:' in its loop "
            "catches BudgetExhausted: write 'except Exception:'"
        )
        self._is_over = False
        self._ended = threading.Event()
        self._error: BaseException | None = None

    def value(self, z: Codes) -> float:
        """The value of one code (d,)."""
        if self._is_over:
            self._refuse()
        try:
            y = float(self._evaluate(z[None, :])[0])
        except BudgetExhausted:
            self._refuse()
            raise
        self._n_in_vain = 0
        return y

    def note(self, error: Exception) -> None:
        """A call raised an error, which the function may catch."""
        self._n_in_vain += 1
        if self._n_in_vain > MAX_IN_VAIN:
            self._why = (
                f"went on after {MAX_IN_VAIN} calls in a row that raised an error, the last one {describe(error)}"
            )
            self._leave()

    def _refuse(self) -> None:
        self._n_refused += 1
        if self._is_over or self._n_refused > MAX_REFUSED:
            self._leave()

    def _leave(self) -> None:
        """Let the run end without this thread, which stays here: nothing that could be raised would end its loop."""
        self._is_over = True
        self._ended.set()
        threading.Event().wait()

    def run(self, function: Callable[[], object], name: str) -> None:
        """Run to the end, or until too many calls were refused."""

        def work() -> None:
            try:
                with suppress(BudgetExhausted):
                    function()
            except BaseException as error:
                self._error = error
            finally:
                self._ended.set()

        threading.Thread(target=work, daemon=True, name=name).start()
        try:
            self._ended.wait()
        except BaseException:  # Ctrl-C
            self._is_over = True
            raise
        if self._is_over:
            raise RuntimeError(f"{name}: {self._why}")
        if self._error is not None:
            raise self._error


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
