"""What an executor is: something that carries out independent units of work.

An executor is called with ``(work, units)`` and yields ``(unit, outcome)``. Whatever happens to one unit,
the others are carried out; an outcome is the result of ``work(unit)`` or a ``Failure``. One file in
``experiments.executors`` adds one: ``iohnas run --executor NAME``.
"""

import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol, TypeVar

from experiments.folder.disk import UnwritableError
from nas_problems.array import brief
from nas_problems.exception import describe
from nas_problems.registry import Registry

T = TypeVar("T")
R = TypeVar("R")

MAX_WORKERS = 10_000
"""More processes than one scheduler serves; a larger number is a slip."""

FailureKind = Literal["raised", "died", "time limit", "memory limit"]
"""The work raised an exception; the process that carried it out died; or it was beyond a limit."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a unit of work has no result.

    Args:
        reason: One line.
        details: Traceback, where there is one.
        kind: What happened.
        seconds: Time that the unit took until then.
        unwritable: Number of the system's error where the folder that the work is for took nothing more, else 0.
    """

    reason: str
    details: str = ""
    kind: FailureKind = "raised"
    seconds: float = field(default=0.0, compare=False)
    unwritable: int = 0

    @classmethod
    def of(cls, error: BaseException, *, seconds: float = 0.0) -> "Failure":
        """The failure that an exception stands for.

        Args:
            error: What the work raised.
            seconds: Time until then.
        """
        kind: FailureKind = "memory limit" if isinstance(error, MemoryError) else "raised"
        details = "".join(traceback.format_exception(error))
        unwritable = error.errno or 0 if isinstance(error, UnwritableError) else 0
        return cls(describe(error), details, kind, seconds, unwritable)


class Executor(Protocol):
    """Carries out units of work; see the module. Calls follow each other, and share what workers have loaded."""

    def __call__(self, work: Callable[[T], R], units: deque[T]) -> Iterator[tuple[T, R | Failure]]:
        """Yield each unit with its outcome, in the order in which they end; closing the iterator stops the work.

        Args:
            work: Called with one unit; where it is carried out in other processes, it, units and results
                must be picklable.
            units: Taken from the left. The caller may append to it whenever a unit is yielded, to have one
                tried again, for instance.
        """
        ...

    def close(self) -> None:
        """Stop the workers; another call would start them again."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line can say about an executor; not every executor takes everything.

    Args:
        workers: Number of workers; 0: the executor's choice.
        time_limit: Seconds after which a unit is stopped and fails; None: no limit.
        memory_bytes: Memory that a worker may have (on Linux), beyond which its unit fails; None: no limit.
        address: Where the scheduler of a cluster is, e.g. ``tcp://node:8786``.
        options: Options of a job queue, as text: ``{"queue": "gpu", "cores": "4"}``.
        resources: What a worker must have to be given the units that ``needs`` picks: ``{"GPU": 1.0}``.
        needs: Which units need the resources; None: all.

    Raises:
        ValueError: A number of workers that cannot be, or a limit that is not positive.
    """

    workers: int = 0
    time_limit: float | None = None
    memory_bytes: int | None = None
    address: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, float] = field(default_factory=dict)
    needs: Callable[[Any], bool] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.workers <= MAX_WORKERS:
            raise ValueError(f"workers: wanted 0 ... {MAX_WORKERS}, found {brief(self.workers)}")
        for name in ("time_limit", "memory_bytes"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name}: wanted > 0, found {brief(value)}")

    def allow(self, executor: str, *names: str) -> None:
        """Refuse what an executor does not take.

        Args:
            executor: Its name.
            names: The settings that it takes.

        Raises:
            ValueError: Another setting is given; the message names both.
        """
        flags = {"memory_bytes": "--memory-limit"}
        for each in fields(self):
            if each.name in (*names, "needs") or not getattr(self, each.name):
                continue
            flag = flags.get(each.name, f"--{each.name.replace('_', '-')}")
            raise ValueError(f"executor: {executor} has no {flag}")


ExecutorFactory = Callable[[Settings], Executor]
"""Makes an executor; raises ValueError for settings that it does not take, ImportError for a missing package."""

executors: Registry[ExecutorFactory] = Registry("executor", catalog="experiments.executors")
"""All registered executors."""


def make_executor(name: str, settings: Settings | None = None) -> Executor:
    """The executor of that name.

    Args:
        name: One of ``executors.names()``.
        settings: Workers, limits, where the cluster is; None: all defaults.

    Raises:
        KeyError: Unknown name; the message has the known ones.
        ValueError: Settings that it does not take.
        ImportError: A package is missing; the message has the command that installs it.
    """
    return executors[name].factory(Settings() if settings is None else settings)
