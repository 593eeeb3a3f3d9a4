"""Solvers that go on from what others have evaluated, within the same run.

What ``optimizers.history`` does before a run is done in its middle here: the solver that takes over starts from the
best candidates so far, one that builds models has all of them, and what it asks for of them is answered at no cost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.history import History, KnownInitializer, KnownValues
from optimizers.loop import Loop
from optimizers.solver import ConfiguredSolver, Task, ask_codes
from optimizers.solver_text import parse_solver

_NUMBER = re.compile(r":(\d+(?:\.\d+)?):")

Populations = list[tuple[Codes, FloatArray]]
"""Codes (k, d) and values (k,) of what a run has evaluated, one entry per population."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a schedule.

    Args:
        solver: Registered name, with options in brackets where it has any.
        until: The evaluation with which it ends; below 1: as a share of the budget, 1 the whole.
    """

    solver: str
    until: float

    def end(self, budget: int) -> int:
        """The evaluation with which the part ends."""
        return budget if self.until == 1 else min(budget, round(self.until * budget if self.until < 1 else self.until))


def read_plan(text: str) -> tuple[Part, ...]:
    """Read the text of a schedule.

    Raises:
        ValueError: A part without a solver, or ends that do not increase.

    >>> read_plan("random-search:30:nevergrad:DE")
    (Part(solver='random-search', until=30.0), Part(solver='nevergrad:DE', until=1))
    """
    names = _NUMBER.split(text)
    ends = [float(number) for number in names[1::2]]
    for kind in ([end for end in ends if end < 1], [end for end in ends if end >= 1]):
        if kind != sorted(set(kind)) or (kind and kind[0] == 0):
            raise ValueError(f"plan: wanted ends that increase from above 0, found {text!r}")
    if not all(names[::2]):
        raise ValueError(f"plan: wanted solvers with a number between each two, as a:30:b, found {text!r}")
    return tuple(Part(name, end) for name, end in zip(names[::2], [*ends, 1], strict=True))


def follow(plan: Sequence[Part], task: Task, history: Populations) -> Loop:
    """Run the parts of a schedule one after another.

    Args:
        plan: The parts.
        task: Of the whole run.
        history: What the run has evaluated before, which counts as part of its budget; gets what is evaluated here.

    Raises:
        KeyError: An unknown solver.
        ValueError: An unknown option.
    """
    configured = [parse_solver(part.solver) for part in plan]
    for solver, part in zip(configured, plan, strict=True):
        n_left = part.end(task.budget) - sum(len(y) for _, y in history)
        if n_left > 0:
            yield from (continue_from if history else begin)(solver, task, n_left, history)


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


def continue_from(solver: ConfiguredSolver, task: Task, n: int, history: Populations) -> Loop:
    """Let a solver spend ``n`` evaluations, starting from what ``history`` has, which is not empty; see ``follow``."""
    Z, y = (np.concatenate(column) for column in zip(*history, strict=True))
    start, known = KnownInitializer(History(Z, y)), KnownValues(task.space, History(Z, y))
    running = solver.factory(replace(task, budget=n + start.n_known, initializer=start))
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
