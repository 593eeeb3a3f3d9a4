"""Ways to carry out independent units of work: one after the other, or in processes of this machine.

An executor is a function ``(work, units) -> iterator of (unit, outcome)``. Whatever happens to one unit,
the others are carried out; an outcome is the result of ``work(unit)`` or a ``Failure``. Closing the
iterator stops the work.
"""

import multiprocessing.connection
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

from pebble import ProcessExpired, ProcessPool
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships none

T = TypeVar("T")
R = TypeVar("R")

_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
_QUEUED_PER_WORKER = 4  # enough to keep workers busy, few enough to stop quickly


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a unit of work has no result.

    Args:
        reason: One line.
        details: Traceback, where there is one.
    """

    reason: str
    details: str = ""

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """The failure that an exception stands for."""
        if isinstance(error, ProcessExpired):
            code = error.exitcode or 0
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit status {code}"
            return cls(f"the worker process {how}")
        text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        message = (text.strip() or "no message").splitlines()[0]
        return cls(f"{type(error).__name__}: {message}", "".join(traceback.format_exception(error)))


class Executor(Protocol):
    """Carries out units of work; see the module."""

    def __call__(self, work: Callable[[T], R], units: Iterable[T]) -> Iterator[tuple[T, R | Failure]]:
        """Yield each unit with its outcome, in the order in which they end."""
        ...


def serial(work: Callable[[T], R], units: Iterable[T]) -> Iterator[tuple[T, R | Failure]]:
    """One unit after the other in this process, whose numerical libraries use one thread meanwhile."""
    with threadpool_limits(limits=1):
        for unit in units:
            try:
                outcome: R | Failure = work(unit)
            except Exception as error:
                outcome = Failure.of(error)
            yield unit, outcome


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """Spawned processes of this machine, with one thread each for numerical libraries.

    ``work``, units and results must be picklable. A process that dies takes one unit with it and is
    replaced.

    Args:
        workers: Number of processes; 0: one per core that this process may use.
        time_limit: Seconds after which a unit is stopped and fails; None: no limit.

    Raises:
        ValueError: A negative number of workers, or a time limit that is not positive.
    """

    workers: int = 0
    time_limit: float | None = None

    def __post_init__(self) -> None:
        if self.workers < 0:
            raise ValueError(f"workers: wanted >= 0, found {self.workers}")
        if self.time_limit is not None and not self.time_limit > 0:
            raise ValueError(f"time_limit: wanted > 0, found {self.time_limit}")

    @property
    def n_workers(self) -> int:
        """Number of processes."""
        if self.workers:
            return self.workers
        return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1

    def __call__(self, work: Callable[[T], R], units: Iterable[T]) -> Iterator[tuple[T, R | Failure]]:
        """Yield each unit with its outcome, in the order in which they end."""
        waiting = iter(units)
        running: dict[Future[R], T] = {}
        with _single_threaded_children():
            pool = ProcessPool(
                self.n_workers, context=multiprocessing.get_context("spawn"), initializer=_prepare_worker
            )
            try:
                while True:
                    for unit in islice(waiting, self.n_workers * _QUEUED_PER_WORKER - len(running)):
                        running[pool.schedule(work, args=[unit], timeout=self.time_limit)] = unit
                    if not running:
                        return
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        outcome: R | Failure = _outcome(future, self.time_limit)
                        yield running.pop(future), outcome
            finally:
                pool.stop()  # type: ignore[no-untyped-call]  # pebble has few types
                pool.join()


def _outcome(future: Future[R], time_limit: float | None) -> R | Failure:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, TimeoutError) and time_limit is not None:
        return Failure(f"stopped after the time limit of {time_limit:g} seconds")
    return Failure.of(error)


def _prepare_worker() -> None:
    """Leave Ctrl-C, which reaches all processes of a terminal, to the parent; and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)


@contextmanager
def _single_threaded_children() -> Iterator[None]:
    """Numerical libraries read their number of threads from the environment when they are loaded."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
