"""Finished evaluations of a run, kept as they come, so that a run that is killed goes on where it was.

A journal is one file: a line that says whose it is, then a line per finished evaluation. A run that starts
with a journal of its own is the same run again, from its seed; an evaluation that the journal has is taken from
it, so that nothing is trained twice and the trajectory is the same. Only live evaluations are kept: a table or
a model answers faster than a file.
"""

import dataclasses
import functools
import hashlib
import inspect
import json
import math
import os
import sys
import time
import warnings
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from nas_problems.evaluation import (
    Evaluations,
    Evaluator,
    EvaluatorWrapper,
    Metric,
    Noise,
)
from nas_problems.evaluators.imported import is_installed
from nas_problems.problem import Problem
from nas_problems.space import Codes
from optimizers.regular_file import read_regular

VERSION = 1
"""Of the file's layout."""

_BEGINNING = b'{"journal": '
_EXPENSIVE_SECONDS = 0.05  # an evaluation that took longer is on disk, not in a cache, before the next one starts
_LARGEST = 2**31  # bytes of a journal
_OURS = ("nas_problems", "optimizers", "ela", "experiments")


Key = tuple[tuple[float, ...], float, str, tuple[str, ...]]
"""Code, fidelity, noise and metrics of an evaluation."""


class JournalError(ValueError):
    """A journal of another run."""


@runtime_checkable
class RowWiseEvaluator(Protocol):
    """A live evaluator that hands out the rows of a batch as they end, such as one that has several workers."""

    def evaluate_each(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noises: Sequence[Noise]
    ) -> Iterator[tuple[int, Evaluations]]:
        """Yield each row's number with its evaluation, in the order in which they end."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished evaluation, as a line of the file has it.

    Args:
        code: Code of the published space.
        fidelity: At which it was evaluated.
        noise: With which noise; a drawn seed is ``seed-k``.
        metrics: What was measured; NaN where it failed.
        cost_seconds: Its cost.
        failure: Why it failed; None: it did not.
        at: When it ended, in seconds since 1970.
    """

    code: tuple[float, ...]
    fidelity: float
    noise: str
    metrics: Mapping[str, float]
    cost_seconds: float
    failure: str | None
    at: float

    @property
    def key(self) -> Key:
        """What an evaluation that is asked for must have in common with it."""
        return self.code, self.fidelity, self.noise, tuple(sorted(self.metrics))

    def evaluations(self) -> Evaluations:
        """As a batch of one row."""
        has_failed = self.failure is not None
        return Evaluations(
            {name: np.array([value]) for name, value in self.metrics.items()},
            np.array([self.cost_seconds]),
            np.array([has_failed]),
            {0: self.failure} if self.failure is not None else {},
        )

    def line(self) -> bytes:
        """As the file has it."""
        return json.dumps(dataclasses.asdict(self)).encode() + b"\n"


@dataclass(frozen=True)
class Journal:
    """What a file holds.

    Args:
        head: Whose it is.
        entries: Finished evaluations, in the order in which they ended.
        n_bytes: Of the file, up to the last whole line.
    """

    head: Mapping[str, Any]  # what json can hold
    entries: tuple[Entry, ...]
    n_bytes: int

    @property
    def objective(self) -> Metric:
        """The first objective.

        Raises:
            ValueError: The head does not have it.
        """
        found = self.head.get("objective")
        if not isinstance(found, dict):
            raise ValueError(f"objective: wanted a metric, found {found!r}")
        return Metric(str(found.get("name")), str(found.get("unit")), maximize=bool(found.get("maximize")))

    @property
    def best(self) -> float:
        """Smallest minimised value of an evaluation that did not fail; NaN where there is none."""
        metric = self.objective
        values = [entry.metrics.get(metric.name, math.nan) for entry in self.entries if entry.failure is None]
        finite = [value for value in values if math.isfinite(value)]
        return float(metric.minimised(np.array(finite)).min()) if finite else math.nan


def read_journal(path: Path) -> Journal:
    """Read a journal; a line that is not whole, and what follows it, was never written.

    Raises:
        OSError: There is no such file, or it cannot be read.
        JournalError: Not a journal.
    """
    content = read_regular(path, limit=_LARGEST)
    first, *lines = content.splitlines(keepends=True) or [b""]
    if not first.endswith(b"\n") and (_BEGINNING.startswith(first) or first.startswith(_BEGINNING)):
        return Journal({}, (), 0)  # killed before it had a head
    try:
        head: Any = json.loads(first)
    except (ValueError, RecursionError):
        head = None
    if not isinstance(head, dict) or head.get("journal") != VERSION:
        raise JournalError(f"{path}: wanted a journal of a run, found something else")
    entries: list[Entry] = []
    n_bytes = len(first)
    for line in lines:
        try:
            entries.append(_entry(json.loads(line) if line.endswith(b"\n") else None))
        except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
            break
        n_bytes += len(line)
    return Journal(head, tuple(entries), n_bytes)


def _entry(found: Any) -> Entry:
    """A line of the file, or a ValueError, TypeError or KeyError."""
    metrics = {str(name): float(value) for name, value in found["metrics"].items()}
    failure = found["failure"]
    if not isinstance(found["noise"], str) or not (failure is None or isinstance(failure, str)):
        raise TypeError("noise, failure")
    code = tuple(float(value) for value in found["code"])
    cost, at, fidelity = float(found["cost_seconds"]), float(found["at"]), float(found["fidelity"])
    if not (all(map(math.isfinite, code)) and 0 <= cost < math.inf and math.isfinite(fidelity) and math.isfinite(at)):
        raise ValueError("numbers")
    return Entry(code, fidelity, found["noise"], metrics, cost, failure, at)


class JournaledEvaluator(EvaluatorWrapper):
    """Takes from a journal what it has, and adds to it what it has not.

    Args:
        evaluator: A live one.
        path: The file; it has its head.
        entries: What it has.
    """

    def __init__(self, evaluator: Evaluator, path: Path, entries: Sequence[Entry]) -> None:
        self._evaluator = evaluator
        self._remembers = bool(getattr(evaluator, "remembers", False))
        self._known: defaultdict[Key, deque[Entry]] = defaultdict(deque)
        for entry in entries:
            self._known[entry.key].append(entry)
        self._used: set[Key] = set()
        self._file = path.open("ab", buffering=0)

    @property
    def n_unused(self) -> int:
        """Entries that have not been asked for."""
        if self._remembers:
            return len(self._known.keys() - self._used)
        return sum(map(len, self._known.values()))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def n_workers(self) -> int:
        """How many candidates the evaluator evaluates at a time."""
        return int(getattr(self._evaluator, "n_workers", 1))

    @property
    def remembers(self) -> bool:
        """That of the evaluator."""
        return self._remembers

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``; rows are evaluated, and kept, one by one."""
        noises = [noise] * len(Z)
        if noise.is_random:
            noises = [Noise("seed", seed=seeds[0]) for seeds in noise.seeds(len(Z), averaged=(), rng=rng)]
        if not len(Z):
            return self._evaluator.evaluate(Z, metrics=metrics, fidelity=fidelity, noise=noise, rng=rng)
        keys = [_key(code, fidelity, each, metrics) for code, each in zip(Z, noises, strict=True)]
        found = {row: entry.evaluations() for row, key in enumerate(keys) if (entry := self._recorded(key)) is not None}
        missing = [row for row in range(len(Z)) if row not in found]
        if self._remembers:  # one that is asked for twice is evaluated once
            missing = list({keys[row]: row for row in reversed(missing)}.values())[::-1]
        started = time.monotonic()
        for i, evaluations in self._each(Z[missing], metrics, fidelity, [noises[row] for row in missing]):
            found[missing[i]] = self._keep(keys[missing[i]], evaluations, time.monotonic() - started)
            started = time.monotonic()
        return Evaluations.concatenate(
            [found[row] if row in found else self._known[key][0].evaluations() for row, key in enumerate(keys)]
        )

    def _each(
        self, Z: Codes, metrics: tuple[str, ...], fidelity: float, noises: Sequence[Noise]
    ) -> Iterator[tuple[int, Evaluations]]:
        if isinstance(self._evaluator, RowWiseEvaluator):
            yield from self._evaluator.evaluate_each(Z, metrics=metrics, fidelity=fidelity, noises=noises)
            return
        for row, noise in enumerate(noises):
            found = self._evaluator.evaluate(
                Z[row : row + 1], metrics=metrics, fidelity=fidelity, noise=noise, rng=None
            )
            yield row, found

    def _recorded(self, key: Key) -> Entry | None:
        entries = self._known.get(key)
        if not entries:
            return None
        self._used.add(key)
        return entries[0] if self._remembers else entries.popleft()

    def _keep(self, key: Key, found: Evaluations, seconds: float) -> Evaluations:
        code, fidelity, noise, names = key
        entry = Entry(
            code=code,
            fidelity=fidelity,
            noise=noise,
            metrics={name: float(found.metrics[name][0]) for name in names},
            cost_seconds=float(found.cost_seconds[0]),
            failure=str(found.reason.get(0, "failed")) if found.failed[0] else None,
            at=time.time(),
        )
        self._file.write(entry.line())
        if seconds > _EXPENSIVE_SECONDS:
            os.fsync(self._file.fileno())
        if self._remembers:
            self._known[key].append(entry)
            self._used.add(key)
        return entry.evaluations()


def _key(code: Codes, fidelity: float, noise: Noise, metrics: tuple[str, ...]) -> Key:
    return tuple(map(float, code)), float(fidelity), str(noise), tuple(sorted(metrics))


@contextmanager
def journaled(problem: Problem, path: Path | None, *, solver: str, seed: int, budget: int) -> Iterator[Problem]:
    """The problem with its live evaluations kept in a journal, and taken from it.

    Args:
        problem: What is searched; a table or a model is returned as it is.
        path: The file, made if absent; None: nothing is kept.
        solver: Label of the solver, which the file must be of.
        seed: Seed of the run, likewise.
        budget: Of the run, for those who look at the file.

    Raises:
        JournalError: The file is of another run.
        OSError: It cannot be written.
    """
    if path is None or not problem.is_live:
        yield problem
        return
    metric = problem.objectives[0]
    head = {
        "journal": VERSION,
        "problem": problem.label,
        "instance": problem.instance,
        "parameters": list(problem.space.names),
        "solver": solver,
        "seed": seed,
        "budget": budget,
        "objective": {"name": metric.name, "unit": metric.unit, "maximize": metric.maximize},
        "code": code_digest(problem.evaluator),
    }
    entries = _opened(path, head)
    evaluator = JournaledEvaluator(problem.evaluator, path, entries)
    try:
        yield replace(problem, evaluator=evaluator)
    finally:
        evaluator.close()
    if evaluator.n_unused and entries:
        warnings.warn(
            f"{solver} on {problem.label} cannot be replayed: {evaluator.n_unused} of {len(entries)} finished "
            "evaluations of the interrupted run were not asked for again",
            UserWarning,
            stacklevel=3,
        )


def _opened(path: Path, head: Mapping[str, Any]) -> tuple[Entry, ...]:
    """The entries of a file that is ready to be written on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(path):
        found = read_journal(path)
        if found.head:
            others = [name for name in head if name not in ("code", "budget") and found.head.get(name) != head[name]]
            if others:
                wanted = ", ".join(f"{name} {head[name]}" for name in others)
                raise JournalError(
                    f"{path}: wanted the unfinished run of {wanted}, found another; remove it to start anew"
                )
            if found.head.get("code") == head["code"]:
                os.truncate(path, found.n_bytes)
                return found.entries
            outdated = path.with_name(f"{path.name}.outdated")
            path.replace(outdated)
            reason = "the code of the problem has changed since"
            warnings.warn(
                f"{outdated}: {len(found.entries)} evaluations are not used: {reason}", UserWarning, stacklevel=4
            )
    with path.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return ()


# ---- which code evaluates


def code_digest(evaluator: Evaluator) -> str:
    """Hash of the user's files whose functions an evaluator calls; of a script or a notebook, of the functions."""
    digest = hashlib.sha256()
    for function in _functions(evaluator, 4):
        module = sys.modules.get(str(getattr(function, "__module__", "")))
        file = getattr(module, "__file__", None)
        name = str(getattr(module, "__name__", ""))
        if name.partition(".")[0] in _OURS or (file is not None and is_installed(file)):
            continue
        try:
            if file is None or name == "__main__":
                digest.update(inspect.getsource(function).encode())
            else:
                digest.update(Path(file).read_bytes())
        except (OSError, TypeError):
            digest.update(repr(getattr(function, "__qualname__", "")).encode())
    return digest.hexdigest()


def _functions(value: object, depth: int) -> Iterator[Any]:
    """Functions and classes among the parts of a thing."""
    if depth < 0:
        return
    if isinstance(value, functools.partial):
        yield from _functions(value.func, depth)
        for part in (*value.args, *value.keywords.values()):
            yield from _functions(part, depth - 1)
    elif inspect.isroutine(value) or inspect.isclass(value):
        yield value
    elif dataclasses.is_dataclass(value):
        if callable(value):
            yield type(value)
        for each in dataclasses.fields(value):
            yield from _functions(getattr(value, each.name), depth - 1)
    else:
        inner = getattr(value, "_evaluator", None)  # one that passes evaluations on
        if inner is not None:
            yield from _functions(inner, depth)
