"""Workers of a Dask cluster: an existing scheduler, or a cluster of processes on this machine.

A Dask worker hands every unit to a child process of its own (``experiments.executors.worker``), so that
limits and deaths are what they are on one machine, and what a run does to its process never costs the
cluster a worker. A worker that is lost with its machine is Dask's business: it gives the unit to another.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from experiments.executor import Executor, Failure, Settings, executors
from experiments.executors.interrupts import interrupts_deferred, interrupts_held
from experiments.executors.local import n_cores
from experiments.executors.worker import Worker

T = TypeVar("T")
R = TypeVar("R")

MISSING = "executors dask, slurm and pbs need a package: pip install 'iohnas[cluster]'"

_HANDED_OUT = 2  # batches per thread of a worker: the next one is there when one ends
_MAX_BATCH = 100
_LEAST_SECONDS = 0.5  # of work in a task of Dask
_SECONDS_PER_WORKER = 0.02  # times the number of workers: several times what handing out a task takes
_REFRESH_SECONDS = 2.0  # between two looks at how many workers there are


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the child processes of one session; see ``Worker``."""

    session: str
    time_limit: float | None
    memory_bytes: int | None


# ---- on the workers

_workers: dict[int, tuple[Limits, int, Worker]] = {}  # of this process, by thread; with the call that it works for


def carry_out(
    units: Sequence[T], *, work: Callable[[T], R], limits: Limits, n_calls: int
) -> tuple[float, list[R | Failure]]:
    """Seconds, and the outcome of each unit, carried out in this thread's child process.

    Args:
        units: Several, one after the other.
        work: Called with each.
        limits: Of the child process, and whose it is.
        n_calls: Calls of the executor so far; for a new one, a process whose files have changed is replaced.
    """
    started = time.perf_counter()
    known, latest, worker = _workers.get(threading.get_ident(), (None, 0, None))
    if worker is None or known != limits:
        if worker is not None:
            worker.close()
        worker = Worker(time_limit=limits.time_limit, memory_bytes=limits.memory_bytes)
    elif latest != n_calls:
        worker.refresh()
    _workers[threading.get_ident()] = limits, n_calls, worker
    outcomes = [worker.carry_out(work, unit) for unit in units]
    return time.perf_counter() - started, outcomes


def stop_children(session: str) -> None:
    """Kill the child processes of a session, and what they were at."""
    for thread, (limits, _, worker) in list(_workers.items()):
        if limits.session == session:
            del _workers[thread]
            worker.close()


# ---- where the study is


class DaskExecutor:
    """Workers of a Dask cluster, each with a child process per thread.

    Workers need the same version of this package, and the study's folder under the same path.

    Args:
        cluster: Gives the address of a scheduler, or a cluster object, which is then closed at the end.
        time_limit: Seconds after which a unit is stopped and fails; None: no limit.
        memory_bytes: Memory that a child process may have (on Linux); None: no limit.
        resources: What a worker must have to be given the units that ``needs`` picks.
        needs: Which units need the resources; None: all.
        is_batching: Whether short units travel together, see ``batch_size``.

    Raises:
        ImportError: distributed is not installed; the message has the command that installs it.
    """

    def __init__(
        self,
        cluster: Callable[[], Any],
        *,
        time_limit: float | None = None,
        memory_bytes: int | None = None,
        resources: Mapping[str, float] | None = None,
        needs: Callable[[Any], bool] | None = None,
        is_batching: bool = True,
    ) -> None:
        import_distributed()
        self._is_batching = is_batching
        self._make_cluster = cluster
        self._limits = Limits(os.urandom(8).hex(), time_limit, memory_bytes)
        self._resources = dict(resources or {})
        self._needs = needs
        self._client: Any = None
        self._cluster: Any = None
        self._n_calls = 0
        self._n_threads, self._counted = 1, -_REFRESH_SECONDS
        self._seconds = _LEAST_SECONDS  # of a unit, as far as is known

    def __call__(self, work: Callable[[T], R], units: deque[T]) -> Iterator[tuple[T, R | Failure]]:
        """See ``Executor``; several units travel together where they are short."""
        distributed = import_distributed()
        client = self._connected()
        self._n_calls += 1
        task = partial(carry_out, work=work, limits=self._limits, n_calls=self._n_calls)
        running: dict[Any, list[T]] = {}
        ended = distributed.as_completed(loop=client.loop)
        try:
            while units or running:
                with interrupts_deferred():
                    while units and len(running) < _HANDED_OUT * self._threads():
                        batch = self._batch(units)
                        resources = self._resources if self._needy(batch[0]) else None
                        future = client.submit(task, batch, pure=False, retries=0, resources=resources)
                        running[future] = batch
                        ended.add(future)
                future = next(ended)
                with interrupts_deferred():
                    outcomes = self._outcomes(future, len(running[future]))
                yield from zip(running[future], outcomes, strict=True)
                with interrupts_deferred():
                    del running[future]
                    future.release()
        finally:
            if running:  # stopped from outside, or the scheduler is gone
                with interrupts_deferred(), suppress(OSError):
                    client.cancel(list(running))
                    self.close()

    def _threads(self) -> int:
        """Number of threads of all workers now; at least 1, so that something waits for the first one."""
        if time.monotonic() - self._counted >= _REFRESH_SECONDS:
            self._n_threads = max(1, sum(self._client.nthreads().values()))
            self._counted = time.monotonic()
        return self._n_threads

    def _batch(self, units: deque[T]) -> list[T]:
        """The next units; the last ones are shared out among the workers."""
        n_threads = self._threads()
        n = batch_size(self._seconds, n_threads) if self._is_batching else 1
        n = min(n, len(units) // (2 * n_threads))
        batch = [units.popleft()]
        while units and len(batch) < n and self._needy(units[0]) == self._needy(batch[0]):
            batch.append(units.popleft())
        return batch

    def _needy(self, unit: object) -> bool:
        return bool(self._resources) and (self._needs is None or self._needs(unit))

    def _outcomes(self, future: Any, n: int) -> list[Any]:
        """What became of a batch of ``n`` units.

        Raises:
            ConnectionError: The scheduler is gone, so that nothing is known of any unit.
        """
        try:
            seconds, outcomes = future.result()
        except Exception as error:  # the workers that had it were lost, or could not load it
            if type(error).__name__ == "FutureCancelledError":  # by the client itself
                logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it would say so with tracebacks
                raise ConnectionError(
                    "address: the Dask scheduler is gone; with another one, the same command goes on with what is left"
                ) from error
            died = type(error).__name__ == "KilledWorker"
            failure = Failure.of(error)
            return [Failure(failure.reason, failure.details, "died" if died else "raised")] * n
        self._seconds = 0.8 * self._seconds + 0.2 * seconds / n
        return list(outcomes)

    def _connected(self) -> Any:
        if self._client is None:
            distributed = import_distributed()
            logging.getLogger("distributed").setLevel(logging.ERROR)  # lost workers are our outcomes
            self._cluster = self._make_cluster()
            try:
                self._client = distributed.Client(self._cluster, set_as_default=False)
            except OSError as error:
                raise ConnectionError(f"address: no Dask scheduler at {self._cluster}: {error}") from error
        return self._client

    def close(self) -> None:
        """Stop this session's processes, and the cluster if it is ours; another call would start them again."""
        client, self._client = self._client, None
        cluster, self._cluster = self._cluster, None
        if client is None:
            return
        try:
            client.run(stop_children, self._limits.session, on_error="ignore")
        finally:
            client.close()
            if not isinstance(cluster, str):
                cluster.close()


def batch_size(unit_seconds: float, n_workers: int) -> int:
    """How many units travel together, so that the scheduler's milliseconds per task do not count.

    Args:
        unit_seconds: Duration of a unit.
        n_workers: Number of workers that one scheduler keeps busy.

    >>> batch_size(0.01, 2), batch_size(10.0, 2), batch_size(1.0, 1000)
    (50, 1, 20)
    """
    wanted = max(_LEAST_SECONDS, _SECONDS_PER_WORKER * n_workers) / max(unit_seconds, 1e-6)
    return int(min(max(wanted, 1), _MAX_BATCH))


def import_distributed() -> Any:
    """The package distributed.

    Raises:
        ImportError: It is not installed; the message has the command that installs it.
    """
    try:
        import distributed
    except ImportError as error:
        raise ImportError(MISSING) from error
    return distributed


def local_cluster(n_workers: int, resources: Mapping[str, float]) -> Any:
    """A Dask cluster of processes of this machine, with one thread each and no dashboard."""
    distributed = import_distributed()
    import dask

    keep_environment = dask.config.set({"distributed.nanny.pre-spawn-environ": {}})
    with keep_environment, interrupts_held():
        return distributed.LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            dashboard_address=":0",  # any free port
            memory_limit=0,  # limits are those of the children
            silence_logs=logging.CRITICAL,  # errors that matter are outcomes; others come when a cluster is closed
            resources=dict(resources) or None,
        )


@executors.register(
    "dask", summary="the workers of a Dask scheduler (--address), or of one started here", family="dask"
)
def dask(settings: Settings) -> Executor:
    """See ``DaskExecutor``."""
    settings.allow("dask", "workers", "time_limit", "memory_bytes", "address", "resources")
    if settings.address and settings.workers:
        raise ValueError("executor: dask with --address takes the workers that are there, found --workers")
    cluster = (
        (lambda: settings.address)
        if settings.address
        else partial(local_cluster, settings.workers or n_cores(), settings.resources)
    )
    return DaskExecutor(
        cluster,
        time_limit=settings.time_limit,
        memory_bytes=settings.memory_bytes,
        resources=settings.resources,
        needs=settings.needs,
    )
