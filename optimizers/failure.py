"""The failed evaluations of a run: how many of each kind, and the first of each with its traceback.

Kinds are told apart by the place in the user's code and by the message but for its numbers, see
``nas_problems.exception.kind_of``. Of a run of a live problem, the first evaluation of each kind is shown in
``failures.txt`` next to the log.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nas_problems.exception import Reason, kind_of, traceback_of, with_place

NAME = "failures.txt"
"""The file next to a log."""

MOST_KINDS = 20
"""Kinds of a run that are kept with a traceback, and shown."""


@dataclass(frozen=True, slots=True)
class FailureKind:
    """Failed evaluations of one kind.

    Args:
        reason: Of the first one that says where, in one line; a ``Reason`` has its traceback.
        row: Which evaluation that was, from 0.
        n: How many there are.
    """

    reason: str
    row: int
    n: int


class FirstOfKind:
    """Lets the traceback of the first failure of each kind pass, so that a million of them take no more room."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def __call__(self, why: str) -> str:
        """The reason; without its traceback where one of its kind has been seen, or ``MOST_KINDS`` others."""
        if not isinstance(why, Reason) or not why.traceback:
            return why
        kind = kind_of(why)
        if kind in self._seen or len(self._seen) >= MOST_KINDS:
            return why.in_short
        self._seen.add(kind)
        return why


def failure_kinds(reasons: Iterable[tuple[int, str]]) -> tuple[FailureKind, ...]:
    """The kinds of failures, in the order of their first evaluations.

    The reason is of the first evaluation that has a traceback, which need not be the first one of an interrupted run
    whose evaluations were made side by side.

    Args:
        reasons: Rows, from 0 and increasing, with why their evaluations failed.

    >>> failure_kinds([(3, "took 3 s"), (5, "no memory"), (7, "took 4 s")])[0]
    FailureKind(reason='took 3 s', row=3, n=2)
    """
    firsts: dict[str, tuple[str, int]] = {}
    counts: dict[str, int] = {}
    for row, why in reasons:
        kind = kind_of(why)
        if kind not in firsts or (traceback_of(why) and not traceback_of(firsts[kind][0])):
            firsts[kind] = why, row
        counts[kind] = counts.get(kind, 0) + 1
    return tuple(FailureKind(*firsts[kind], n) for kind, n in counts.items())


def failures_text(kinds: Iterable[FailureKind], config: Callable[[int], str] | None = None) -> str:
    """Kinds of failures to be read: which evaluation was the first, why it failed, with which configuration, and where.

    Args:
        kinds: Of which the first ``MOST_KINDS`` are shown.
        config: The configuration of a row, in one line; None: it is not shown.
    """
    blocks = []
    listed = tuple(kinds)
    for kind in listed[:MOST_KINDS]:
        more = f" (and {kind.n - 1:,} more of this kind)" if kind.n > 1 else ""
        lines = [f"evaluation {kind.row + 1:,}{more}: {with_place(kind.reason)}"]
        lines += [f"configuration: {config(kind.row)}"] if config is not None else []
        lines += [traceback_of(kind.reason)] if traceback_of(kind.reason) else []
        blocks.append("\n".join(lines))
    if len(listed) > MOST_KINDS:
        blocks.append(f"and {len(listed) - MOST_KINDS:,} more kinds")
    return "\n\n".join(blocks)
