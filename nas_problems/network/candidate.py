"""Who is trained; without torch."""

from dataclasses import dataclass

from nas_problems.parameter import Config

LATENCIES = ("latency_seconds", "latency_milliseconds")
"""Metrics that are measured on networks that are not trained, and are not the same twice."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A configuration to be trained or measured.

    Args:
        config: The configuration.
        key: Its number, >= 0; equal candidates have equal numbers.
        seeds: One network is trained for each.
    """

    config: Config
    key: int
    seeds: tuple[int, ...]

    @property
    def place(self) -> tuple[int, tuple[int, ...]]:
        """Equal for equal trainings."""
        return self.key, self.seeds
