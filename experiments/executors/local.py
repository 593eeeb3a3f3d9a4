"""Processes of this machine."""

import os
import queue
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from experiments.executor import Executor, Failure, Settings, executors
from experiments.executors.worker import Worker

T = TypeVar("T")
R = TypeVar("R")

_HANDED_OUT = 2  # units per worker: the next one is there when one ends


class LocalExecutor:
    """Processes of this machine, with one thread each for numerical libraries.

    ``work`` must be a function of an importable module; units and results must be picklable. A process that
    dies takes one unit with it and is replaced. Processes stay for the next call, with all they have loaded
    unless its files have changed, until ``close``; they end with this process, too, however it ends.

    Args:
        workers: Number of processes; 0: one per core that this process may use.
        time_limit: Seconds after which a unit is stopped and fails; None: no limit.
        memory_bytes: Memory that a process may have (on Linux), beyond which its unit fails; None: no limit.

    Raises:
        ValueError: A negative number of workers, or a limit that is not positive.
    """

    def __init__(self, workers: int = 0, time_limit: float | None = None, memory_bytes: int | None = None) -> None:
        Settings(workers, time_limit, memory_bytes)  # checks them
        self.n_workers = workers or n_cores()
        self.time_limit, self.memory_bytes = time_limit, memory_bytes
        self._workers: list[Worker] = []

    def __call__(self, work: Callable[[T], R], units: deque[T]) -> Iterator[tuple[T, R | Failure]]:
        """See ``Executor``."""
        if not self._workers:
            self._workers = [
                Worker(time_limit=self.time_limit, memory_bytes=self.memory_bytes) for _ in range(self.n_workers)
            ]
        for worker in self._workers:
            worker.refresh()
        idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in self._workers:
            idle.put(worker)

        def carry_out(unit: T) -> R | Failure:
            worker = idle.get()
            try:
                return worker.carry_out(work, unit)
            finally:
                idle.put(worker)

        threads = ThreadPoolExecutor(self.n_workers, thread_name_prefix="worker")
        running: dict[Future[R | Failure], T] = {}
        try:
            while units or running:
                while units and len(running) < _HANDED_OUT * self.n_workers:
                    unit = units.popleft()
                    running[threads.submit(carry_out, unit)] = unit
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        finally:
            for future in running:
                future.cancel()
            if running:  # stopped from outside
                self.close()
            threads.shutdown()

    def close(self) -> None:
        """Kill the processes; another call would start new ones."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.close()


def n_cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


@executors.register("local", summary="processes of this machine; the default", family="this machine")
def local(settings: Settings) -> Executor:
    """See ``LocalExecutor``."""
    settings.allow("local", "workers", "time_limit", "memory_bytes")
    return LocalExecutor(settings.workers, settings.time_limit, settings.memory_bytes)
