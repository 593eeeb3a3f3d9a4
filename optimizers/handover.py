"""Solvers that go on from what others have evaluated, within the same run.

What ``optimizers.history`` does before a run is done in its middle here: the solver that takes over starts from the
best candidates so far, one that builds models has all of them, and what it asks for of them is answered at no cost.
"""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.history import History, KnownInitializer, KnownValues
from optimizers.loop import Loop
from optimizers.solver import At, ConfiguredSolver, Initializer, Task, ask_codes
from optimizers.solver_text import parse_solver

TURN = 20
"""Evaluations of a turn, where several solvers race."""

_NUMBER = re.compile(r":(\d+(?:\.\d+)?):")
_PLUS = re.compile(r"\+(?![^\[]*\])")  # outside of brackets

Populations = list[tuple[Codes, FloatArray]]
"""Codes (k, d) and values (k,) of what a run has evaluated, one entry per population."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a schedule.

    Args:
        solver: Registered name, with options in brackets where it has any; or several that race, see ``race``, with a
            plus between each two.
        until: The evaluation with which it ends; below 1: as a share of the budget, 1 the whole.
    """

    solver: str
    until: float

    @property
    def entrants(self) -> tuple[str, ...]:
        """The solvers that race in it, or the only one."""
        return tuple(_PLUS.split(self.solver))

    def end(self, budget: int) -> int:
        """The evaluation with which the part ends."""
        return budget if self.until == 1 else min(budget, round(self.until * budget if self.until < 1 else self.until))


def read_plan(text: str) -> tuple[Part, ...]:
    """Read the text of a schedule.

    Raises:
        ValueError: A part without a solver, one that races with itself, or ends that do not increase.

    >>> read_plan("random-search:30:nevergrad:DE")
    (Part(solver='random-search', until=30.0), Part(solver='nevergrad:DE', until=1))
    >>> read_plan("random-search:30:umda+cma-es")[1].entrants
    ('umda', 'cma-es')
    """
    names = _NUMBER.split(text)
    ends = [float(number) for number in names[1::2]]
    for kind in ([end for end in ends if end < 1], [end for end in ends if end >= 1]):
        if kind != sorted(set(kind)) or (kind and kind[0] == 0):
            raise ValueError(f"plan: wanted ends that increase from above 0, found {text!r}")
    if not all(names[::2]):
        raise ValueError(f"plan: wanted solvers with a number between each two, as a:30:b, found {text!r}")
    parts = tuple(Part(name, end) for name, end in zip(names[::2], [*ends, 1], strict=True))
    for part in parts:
        if not all(part.entrants) or len(set(part.entrants)) < len(part.entrants):
            raise ValueError(f"plan: wanted different solvers with a plus between each two, found {part.solver!r}")
    return parts


def members(text: str) -> tuple[str, ...]:
    """All solvers of a schedule, each once; one alone is no schedule.

    Raises:
        ValueError: See ``read_plan``.

    >>> members("random-search:30:umda+cma-es:100:umda")
    ('random-search', 'umda', 'cma-es')
    """
    return tuple(dict.fromkeys(solver for part in read_plan(text) for solver in part.entrants))


def recall(task: Task) -> Generator[Codes | At, FloatArray, Populations]:
    """What a warm start told a run, as the history with which it begins; asked for at once, so that nothing of it is
    free any more when it is asked for again.
    """
    known = _known(task)
    return [] if known is None else [(known.Z, (yield known.Z))]


def _known(task: Task) -> History | None:
    return task.initializer.known if isinstance(task.initializer, KnownInitializer) else None


def _n_rows(history: Populations) -> int:
    return sum(len(y) for _, y in history)


def follow(plan: Sequence[Part], task: Task, history: Populations) -> Loop:
    """Run the parts of a schedule one after another.

    Args:
        plan: The parts.
        task: Of the whole run.
        history: What was known before the run, see ``recall``, and then what the run has evaluated, which counts as
            part of its budget; gets what is evaluated here.

    Raises:
        KeyError: An unknown solver.
        ValueError: An unknown option.
    """
    configured = [[parse_solver(solver) for solver in part.entrants] for part in plan]
    n_told = len(_known(task) or ())
    for entrants, part in zip(configured, plan, strict=True):
        n_left = part.end(task.budget) - (_n_rows(history) - n_told)
        if n_left > 0 and len(entrants) > 1:
            yield from race(entrants, task, n_left, history)
        elif n_left > 0:
            yield from (continue_from if history else begin)(entrants[0], task, n_left, history)


def race(entrants: Sequence[ConfiguredSolver], task: Task, n: int, history: Populations) -> Loop:
    """Let solvers take turns of ``TURN`` evaluations, each with the data of all; see ``follow``.

    At first each has one turn, in their order. Then the next turn goes to the one whose last turn had the lowest value,
    the earlier one of equals: a leader goes on until its turn is worse than what another found in its own last turn. A
    solver that asks for nothing in its turn, having finished, is out.

    Source: peng2010 (solvers that share what they evaluated); gagliolo2006 (time by progress so far).
    """
    lowest = dict.fromkeys(range(len(entrants)), -np.inf)  # value in the last turn; before the first: its turn at once
    while n and lowest:
        i = min(lowest, key=lambda i: (lowest[i], i))
        before = len(history)
        yield from (continue_from if history else begin)(entrants[i], task, min(TURN, n), history)
        values = [y for _, y in history[before:]]
        if values:
            n -= sum(map(len, values))
            lowest[i] = float(min(y.min() for y in values))
        else:
            del lowest[i]


def begin(solver: ConfiguredSolver, task: Task, n: int, history: Populations) -> Loop:
    """Let a solver spend the first ``n`` evaluations of a run, or fewer where it finishes; see ``follow``."""
    running = solver.factory(replace(task, budget=n))
    while n:
        asked = ask_codes(running)[:n]
        if not len(asked):
            return
        y = yield asked
        history.append((asked[: len(y)], y))
        running.tell(asked[: len(y)], y)
        n -= len(asked)


def continue_from(
    solver: ConfiguredSolver, task: Task, n: int, history: Populations, start: Initializer | None = None
) -> Loop:
    """Let a solver spend ``n`` evaluations, none of them for what ``history`` has, which is not empty; see ``follow``.

    ``start`` chooses its first candidates; None: they are the best of the history.
    """
    Z, y = (np.concatenate(column) for column in zip(*history, strict=True))
    known = KnownValues(task.space, History(Z, y))
    running = solver.factory(replace(task, budget=n, initializer=start or KnownInitializer(History(Z, y))))
    while n:
        asked = ask_codes(running)
        if not len(asked):
            return
        values = known.take(asked)
        new = np.flatnonzero(np.isnan(values))[:n]
        if len(new):
            evaluated = yield asked[new]
            if len(evaluated) < len(new):
                return  # the run is over
            values[new] = evaluated
            history.append((asked[new], evaluated))
            n -= len(new)
        end = int(np.isnan(values).argmax()) if np.isnan(values).any() else len(asked)
        if end:
            running.tell(asked[:end], values[:end])
