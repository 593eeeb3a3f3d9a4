"""Output of the command line: rich in a terminal, plain lines elsewhere."""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from experiments.text.breaking import column_widths, wrapped
from experiments.text.number import number

_INSIDE = 8  # things being done that have a line
_LOOK_SECONDS, _TELL_SECONDS = 1.0, 60.0  # between two looks at them, in a terminal and elsewhere
_BETWEEN = 3  # characters between two columns in a terminal
_LINES = 100  # of progress; where there are more things to do, not each has its line


def make_console() -> Console:
    """A console on standard output; texts are printed as they are."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def print_table(console: Console, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their columns, numbers to the right; where there is no terminal, nothing is cut.

    A terminal breaks what is too long for it after spaces and separators, so that names can still be read.
    """
    is_number = [bool(rows) and all(isinstance(row[i], (int, float)) for row in rows) for i in range(len(columns))]
    lines = [list(map(cell, row)) for row in rows]
    if console.is_terminal:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        widths = column_widths(list(zip(columns, *lines, strict=True)), console.width - _BETWEEN * len(columns) + 1)
        for column, right, width in zip(columns, is_number, widths, strict=True):
            header = "\n".join(wrapped(column, width))
            table.add_column(header, justify="right" if right else "left", overflow="fold", vertical="top")
        for line in lines:
            table.add_row(*("\n".join(wrapped(text, width)) for text, width in zip(line, widths, strict=True)))
        console.print(table)
        return
    widths = [max(map(len, texts)) for texts in zip(columns, *lines, strict=True)]
    for line in (list(columns), *lines):
        texts = zip(line, widths, is_number, strict=True)
        console.print("  ".join(text.rjust(n) if right else text.ljust(n) for text, n, right in texts).rstrip())


def cell(value: object) -> str:
    """A value as shown in a table: four significant digits, empty for missing ones, a dash for infinite ones."""
    if isinstance(value, float) and math.isinf(value):
        return "-"
    return number(value) if isinstance(value, float) else str(value)


Advance = Callable[[str], None]
"""Says that one more thing is done, and how it went."""


@contextmanager
def progress(
    console: Console, title: str, n_done: int, n_total: int, *, inside: Callable[[], Sequence[str]] = tuple
) -> Iterator[Advance]:
    """Follow things being done: a bar in a terminal, and a line for each thing, or for every so many.

    Args:
        console: Where to print.
        title: What is being done.
        n_done: How many were done before.
        n_total: How many there are in all.
        inside: Gives a line for each thing that is being done; a terminal has them under the bar, else they are
            printed every so often.
    """
    if console.is_terminal:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        bar = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)
        task = bar.add_task(title, total=n_total, completed=n_done)
        with Live(bar, console=console) as live:

            def show() -> None:
                lines = (Text(line, style="dim", no_wrap=True, overflow="ellipsis") for line in inside()[:_INSIDE])
                live.update(Group(bar, *lines))

            def advance(text: str) -> None:
                bar.advance(task)
                if n_total - n_done <= _LINES:
                    console.print(Text(text, style="dim"))

            with _repeated(show, _LOOK_SECONDS):
                yield advance
        return
    every = max(1, math.ceil((n_total - n_done) / _LINES))
    count = n_done

    def advance_plainly(text: str) -> None:
        nonlocal count
        count += 1
        if (count - n_done) % every == 0 or count == n_total:
            console.print(f"[{count}/{n_total}] {text}")

    def tell() -> None:
        for line in inside()[:_INSIDE]:
            console.print(line)

    with _repeated(tell, _TELL_SECONDS):
        yield advance_plainly


@contextmanager
def _repeated(work: Callable[[], object], seconds: float) -> Iterator[None]:
    """Do something every so often, in another thread, while the block lasts."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(seconds):
            work()

    thread = threading.Thread(target=repeat, daemon=True, name="progress")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
