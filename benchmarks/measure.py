"""What a benchmark measures, and how: two sides in turns in one process, so that a busy machine disturbs both alike."""

import importlib
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure; less is better.

    Args:
        what: What was measured.
        ours: Our figure.
        unit: Unit of all figures.
        rivals: Name -> figure of those who did the same work in the same run.
        target: What ours should be at most; None: no such target.
        target_ratio: How many times ours the first rival's figure should be at least; None: no such target.
        note: A remark, such as how far both sides agree.
    """

    what: str
    ours: float
    unit: str
    rivals: Mapping[str, float] = field(default_factory=dict)
    target: float | None = None
    target_ratio: float | None = None
    note: str = ""

    @property
    def wanted(self) -> str:
        """The target in words; empty: none."""
        if self.target is not None:
            return f"at most {self.target:g} {self.unit}"
        return "" if self.target_ratio is None else f"ratio at least {self.target_ratio:g}"

    @property
    def is_met(self) -> bool:
        """Whether every target is met."""
        ratios = [theirs / self.ours for theirs in self.rivals.values()]
        return (self.target is None or self.ours <= self.target) and (
            self.target_ratio is None or ratios[0] >= self.target_ratio
        )

    def __str__(self) -> str:
        wanted = f" (target: {self.wanted})" if self.wanted else ""
        parts = [f"{self.what}: {figure(self.ours)} {self.unit}{wanted}"]
        for name, theirs in self.rivals.items():
            parts.append(f"{name} {figure(theirs)} {self.unit}, ratio {figure(theirs / self.ours)}")
        return "; ".join([*parts, self.note] if self.note else parts)


def figure(value: float) -> str:
    """Three digits, without an exponent.

    >>> [figure(value) for value in (0.01234, 1.5, 0.29449, 15.6249, 1234.5)]
    ['0.0123', '1.50', '0.294', '15.6', '1,234']
    """
    if value >= 100:
        return f"{value:,.0f}"
    exponent = int(f"{value:e}".partition("e")[2])
    return f"{value:.{max(0, 2 - exponent)}f}"


def show(rows: Iterable[Row]) -> None:
    """Print rows as they come."""
    for row in rows:
        print(row, flush=True)


def measured(name: str) -> list[Row]:
    """The rows of the benchmark in ``bench_<name>.py``, each printed as it comes."""
    rows = []
    for row in importlib.import_module(f"benchmarks.bench_{name}").rows():
        show([row])
        rows.append(row)
    return rows


def alternate(sides: Mapping[str, Callable[[], object]], *, repetitions: int = 7) -> dict[str, float]:
    """Median processor seconds of a call of each side; the sides take turns, after one call each that does not count.

    Processor time leaves out what other processes take.
    """
    for call in sides.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repetitions):
        for name, call in sides.items():
            start = time.process_time()
            call()
            seconds[name].append(time.process_time() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}
