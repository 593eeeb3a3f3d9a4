"""A worker: one child process that carries out units of work, one at a time, and may die of it."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from experiments.executor import Failure
from experiments.text.number import count
from nas_problems.evaluators.child import Child, ChildDied, ChildError
from nas_problems.exception import traceback_of

T = TypeVar("T")
R = TypeVar("R")


class Worker:
    """Carries out units in a child process, which is replaced when it dies.

    Args:
        time_limit: Seconds after which a unit is stopped and fails; None: no limit.
        memory_bytes: Memory that the process may have; None: no limit. See ``Child``.
    """

    def __init__(self, *, time_limit: float | None = None, memory_bytes: int | None = None) -> None:
        self.time_limit, self.memory_bytes = time_limit, memory_bytes
        limit_seconds = math.inf if time_limit is None else time_limit
        self._child = Child(limit_seconds=limit_seconds, memory_bytes=memory_bytes)

    def carry_out(self, work: Callable[[T], R], unit: T) -> R | Failure:
        """The result of ``work(unit)``, or why there is none; never an exception.

        Args:
            work: A picklable function of an importable module.
            unit: Picklable, as the result.
        """
        started = time.perf_counter()
        try:
            return self._child.call(attempt, work, unit)
        except ChildDied as error:
            hint = ", as the system does when memory runs out" if error.status == -9 else ""
            failure = Failure(f"the worker process {error.how}{hint}", kind="died")
        except TimeoutError:
            failure = Failure(
                f"stopped after the time limit of {count(self.time_limit or 0.0, 'second')}", kind="time limit"
            )
        except ChildError as error:  # no Exception, or a result that cannot be pickled
            failure = Failure(error.reason, traceback_of(error.reason))
        except Exception as error:  # the unit cannot be pickled, or no process be started
            failure = Failure.of(error)
        return replace(failure, seconds=time.perf_counter() - started)

    def refresh(self) -> None:
        """End the process if what it has imported has changed on disk since; see ``Child.refresh``."""
        self._child.refresh()

    def close(self) -> None:
        """Kill the process, from any thread; the unit that it was at fails."""
        self._child.close()


def attempt(work: Callable[[T], R], unit: T) -> R | Failure:
    """Call ``work(unit)``; an exception becomes a failure with its traceback. Runs in the child."""
    started = time.perf_counter()
    try:
        return work(unit)
    except Exception as error:
        return Failure.of(error, seconds=time.perf_counter() - started)
