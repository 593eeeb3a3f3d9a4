"""Times of two sides, measured in turns in one process, so that a busy machine disturbs both alike."""

import statistics
import time
from collections.abc import Callable, Mapping


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
    return {name: statistics.median(measured) for name, measured in seconds.items()}


def report(what: str, ours: float, rivals: Mapping[str, float], *, unit: str, target: float | None = None) -> None:
    """Print one row: ours, each rival and its ratio to ours.

    Args:
        what: What was measured.
        ours: Our time.
        rivals: Name -> time, in the same unit.
        unit: Unit of all times.
        target: Our target.
    """
    wanted = "" if target is None else f" (target {target:g})"
    others = "; ".join(f"{name} {seconds:.3g} {unit}, ratio {seconds / ours:.1f}" for name, seconds in rivals.items())
    print(f"{what}: ours {ours:.3g} {unit}{wanted}; {others}")
