"""Finished evaluations of a run, kept as they come, so that a run that is killed goes on where it was.

A journal is one file, see ``optimizers.journal_file``. A run that starts with a journal of its own is the same run
again, from its seed; an evaluation that the journal has is taken from it, so that nothing is trained twice and the
trajectory is the same. Where it is not, because a solver looks at the clock, say, it starts anew and is told what the
journal has, see ``optimizers.search``. Only live evaluations are kept: a table or a model answers faster than a file.
"""

import hashlib
import json
import os
import time
import warnings
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from nas_problems.evaluation import (
    Evaluations,
    Evaluator,
    EvaluatorWrapper,
    Noise,
)
from nas_problems.exception import place_of, traceback_of
from nas_problems.problem import Problem
from nas_problems.space import Codes
from nas_problems.stream import Request, StreamEvaluator
from optimizers.code_digest import code_digest
from optimizers.failure import FirstOfKind
from optimizers.ioh_algorithm import BudgetExhausted
from optimizers.journal_file import VERSION, Entry, JournalError, Key, read_journal
from optimizers.price import continues

_EXPENSIVE_SECONDS = 0.05  # an evaluation that took longer is on disk, not in a cache, before the next one starts


class Deviation(BudgetExhausted):
    """A run that goes on asks for something else than it did before it was interrupted."""


class JournaledEvaluator(EvaluatorWrapper):
    """Takes from a journal what it has, and adds to it what it has not.

    Args:
        evaluator: A live one.
        path: The file; it has its head.
        entries: What it has.
    """

    def __init__(self, evaluator: Evaluator, path: Path, entries: Sequence[Entry]) -> None:
        self._evaluator = evaluator
        self.entries = tuple(entries)
        self._remembers = bool(getattr(evaluator, "remembers", False))
        self._known: defaultdict[Key, deque[Entry]] = defaultdict(deque)
        for entry in entries:
            self._known[entry.key].append(entry)
        self._used: set[Key] = set()
        self._has_deviated, self._follows = False, True
        self._n_kept = len(self.entries)
        self._first_of_kind = FirstOfKind()
        for entry in self.entries:
            if entry.reason is not None:
                self._first_of_kind(entry.reason)
        self._file = path.open("ab", buffering=0)

    @property
    def n_unused(self) -> int:
        """Entries that have not been asked for by a run that is to be the same again."""
        if not self._follows:
            return 0
        if self._remembers:
            return len(self._known.keys() - self._used)
        return sum(map(len, self._known.values()))

    @property
    def n_kept(self) -> int:
        """Evaluations in the file."""
        return self._n_kept

    @property
    def has_deviated(self) -> bool:
        """Whether something was asked for that is not in the journal while it had entries that were not asked for."""
        return self._has_deviated

    def start_anew(self) -> None:
        """Evaluate, and keep, whatever is asked for from now on, but for what the evaluator itself remembers."""
        self._has_deviated, self._follows = False, False
        if not self._remembers:
            self._known.clear()

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
        """See ``Evaluator.evaluate``; rows are evaluated, and kept, one by one.

        Raises:
            Deviation: See ``has_deviated``.
        """
        if not len(Z):
            return self._evaluator.evaluate(Z, metrics=metrics, fidelity=fidelity, noise=noise, rng=rng)
        requests = Request.each(Z, fidelity=fidelity, noise=noise, metrics=metrics, rng=rng)
        keys = list(map(_key, requests))
        recorded = {
            row: entry.evaluations() for row, key in enumerate(keys) if (entry := self._recorded(key)) is not None
        }
        missing = [row for row in range(len(Z)) if row not in recorded]
        self._check_follows(bool(missing))
        if self._remembers:  # one that is asked for twice is evaluated once
            missing = list({keys[row]: row for row in reversed(missing)}.values())[::-1]
        for i, evaluations in self._kept([requests[row] for row in missing], len(missing)):
            recorded[missing[i]] = evaluations
        return Evaluations.concatenate(
            [recorded[row] if row in recorded else self._known[key][0].evaluations() for row, key in enumerate(keys)]
        )

    def evaluate_each(self, requests: Iterator[Request], n_ahead: int) -> Iterator[tuple[int, Evaluations]]:
        """See ``StreamEvaluator``: what the journal has ends in the order in which it ended then.

        Raises:
            Deviation: See ``has_deviated``.
        """
        numbered = enumerate(requests)
        waiting = dict(islice(numbered, n_ahead))
        for entry in self.entries if self._follows else ():
            if not waiting:
                return
            number = next((number for number, request in waiting.items() if _key(request) == entry.key), None)
            self._check_follows(number is None)
            if number is not None:
                del waiting[number]
                self._recorded(entry.key)
                yield number, entry.evaluations()
                waiting |= islice(numbered, 1)
        numbers: list[int] = []

        def following() -> Iterator[Request]:
            for number, request in chain(waiting.items(), numbered):
                numbers.append(number)
                yield request

        for i, evaluations in self._kept(following(), n_ahead):
            yield numbers[i], evaluations

    def _check_follows(self, is_new: bool) -> None:
        """Raise where something new is asked for before everything is that was asked for."""
        if self._has_deviated or (is_new and self._follows and self.n_unused):
            self._has_deviated = True
            raise Deviation("the interrupted run asked for something else")

    def _recorded(self, key: Key) -> Entry | None:
        entries = self._known.get(key)
        if not entries:
            return None
        self._used.add(key)
        return entries[0] if self._remembers else entries.popleft()

    def _kept(self, requests: Iterable[Request], n_ahead: int) -> Iterator[tuple[int, Evaluations]]:
        """Evaluate, and write down each as it ends."""
        asked: list[Request] = []

        def noted() -> Iterator[Request]:
            for request in requests:
                asked.append(request)
                yield request

        if isinstance(self._evaluator, StreamEvaluator):
            outcomes = self._evaluator.evaluate_each(noted(), n_ahead)
        else:
            outcomes = ((i, _one(self._evaluator, request)) for i, request in enumerate(noted()))
        started = time.monotonic()
        for i, evaluations in outcomes:
            yield i, self._keep(_key(asked[i]), evaluations, time.monotonic() - started)
            started = time.monotonic()

    def _keep(self, key: Key, evaluations: Evaluations, seconds: float) -> Evaluations:
        code, fidelity, noise, names = key
        reason = {0: evaluations.reason.get(0, "failed")} if evaluations.failed[0] else {}
        why = self._first_of_kind(reason[0]) if reason else None
        entry = Entry(
            code=code,
            fidelity=fidelity,
            noise=noise,
            metrics={name: float(evaluations.metrics[name][0]) for name in names},
            cost_seconds=float(evaluations.cost_seconds[0]),
            failure=None if why is None else str(why),
            at=time.time(),
            place="" if why is None else place_of(why),
            traceback="" if why is None else traceback_of(why),
        )
        self._file.write(entry.line())
        self._n_kept += 1
        if seconds > _EXPENSIVE_SECONDS:
            os.fsync(self._file.fileno())
        if self._remembers:
            self._known[key].append(entry)
            self._used.add(key)
        return replace(entry.evaluations(), reason=reason)  # which row is the first of a kind, the run decides


def _one(evaluator: Evaluator, request: Request) -> Evaluations:
    return evaluator.evaluate(
        request.code, metrics=request.metrics, fidelity=request.fidelity, noise=request.noise, rng=None
    )


def _key(request: Request) -> Key:
    code = tuple(map(float, request.code[0]))
    return code, float(request.fidelity), str(request.noise), tuple(sorted(request.metrics))


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
        "space": hashlib.sha256(repr(problem.base_space.parameters).encode()).hexdigest()[:16],
        "solver": solver,
        "seed": seed,
        "budget": budget,
        "objective": {"name": metric.name, "unit": metric.unit, "maximize": metric.maximize},
        "fidelity": {
            "name": problem.fidelities.name,
            "own": problem.fidelity,
            "continued": continues(problem),
            "trained_from": problem.fidelities.trained_from,
        },
        "code": code_digest(problem.evaluator),
    }
    entries = _opened(path, head)
    evaluator = JournaledEvaluator(problem.evaluator, path, entries)
    try:
        yield replace(problem, evaluator=evaluator)
    finally:
        evaluator.close()


def _opened(path: Path, head: Mapping[str, Any]) -> tuple[Entry, ...]:
    """The entries of a file that is ready to be written on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(path):
        journal = read_journal(path)
        if journal.head:
            known = {"space": head["space"], **journal.head}  # files of earlier versions do not say
            others = [
                name for name in head if name not in ("code", "budget", "fidelity") and known.get(name) != head[name]
            ]
            if others == ["space"]:
                raise JournalError(
                    f"{path}: the ranges or choices of {head['problem']} have changed since its {len(journal.entries)} "
                    "evaluations; remove it to start anew"
                )
            if others:
                wanted = ", ".join(f"{name} {head[name]}" for name in others)
                raise JournalError(
                    f"{path}: wanted the unfinished run of {wanted}, found another; remove it to start anew"
                )
            if journal.head.get("code") == head["code"]:
                os.truncate(path, journal.n_bytes)
                return journal.entries
            outdated = path.with_name(f"{path.name}.outdated")
            path.replace(outdated)
            reason = "the code of the problem has changed since"
            warnings.warn(
                f"{outdated}: {len(journal.entries)} evaluations are not used: {reason}", UserWarning, stacklevel=4
            )
    with path.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return ()
