"""One unit after the other in this process."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from experiments.executor import Executor, Failure, Settings, executors
from nas_problems.threads import as_in_a_worker

T = TypeVar("T")
R = TypeVar("R")


class SerialExecutor:
    """One unit after the other in this process, whose numerical libraries use as many threads as a worker's meanwhile.

    For debugging: nothing is limited, and what ends the process ends the study (which can be continued).
    """

    def __call__(self, work: Callable[[T], R], units: deque[T]) -> Iterator[tuple[T, R | Failure]]:
        """See ``Executor``."""
        with as_in_a_worker():
            while units:
                unit = units.popleft()
                started = time.perf_counter()
                try:
                    outcome: R | Failure = work(unit)
                except Exception as error:
                    outcome = Failure.of(error, seconds=time.perf_counter() - started)
                yield unit, outcome

    def close(self) -> None:
        """There is nothing to stop."""


@executors.register("serial", summary="one run after the other in this process", family="this machine")
def serial(settings: Settings) -> Executor:
    """See ``SerialExecutor``."""
    if settings.workers > 1:
        raise ValueError("executor: serial has no --workers; use --executor local")
    settings.allow("serial", "workers")
    return SerialExecutor()
