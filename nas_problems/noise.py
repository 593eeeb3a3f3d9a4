"""How repeated trainings of one candidate become one value."""

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from nas_problems.array import brief, check_count
from nas_problems.checked import check_fields

NoiseKind = Literal["mean", "sampled", "seed", "scaled"]

MEAN_SEEDS = (0, 1, 2)
"""The seeds over which noise ``mean`` averages, where candidates are trained when asked for."""


@dataclass(frozen=True, slots=True)
class Noise:
    """How repeated trainings of one candidate become one value.

    ``mean``: average over the recorded seeds. ``sampled``: a recorded seed drawn for every query.
    ``seed-k``: recorded seed k, counted from 0; a candidate with s <= k seeds gives seed k mod s.
    ``scaled:x``: mean + x * sd * N(0, 1), with the candidate's own (population) standard deviation
    over its seeds, so that ``scaled:1`` has the first two moments of ``sampled``.

    Source: white2021, section 4.

    >>> noise = Noise.parse("sampled")
    >>> noise.is_random, Noise("seed", seed=2).seeds(2, averaged=(0, 1, 2), rng=None)
    (True, [(2,), (2,)])
    """

    kind: NoiseKind = "mean"
    seed: int = 0
    scale: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        if self.kind not in get_args(NoiseKind):
            raise ValueError(f"noise: wanted one of {get_args(NoiseKind)}, found {brief(self.kind)}")
        check_count(self.seed, "noise seed")
        if not (self.scale >= 0 and math.isfinite(self.scale)):
            raise ValueError(f"noise scale: wanted a finite number >= 0, found {self.scale}")

    @classmethod
    def parse(cls, text: str) -> "Noise":
        """Read ``mean``, ``sampled``, ``seed-k`` or ``scaled:x``.

        Raises:
            ValueError: Any other text, or ``x`` negative or not finite.

        >>> Noise.parse("scaled:0.5").scale
        0.5
        """
        if isinstance(text, str):
            if text == "mean":
                return cls("mean")
            if text == "sampled":
                return cls("sampled")
            if match := re.fullmatch(r"seed-(\d{1,9})", text, re.ASCII):
                return cls("seed", seed=int(match[1]))
            if match := re.fullmatch(r"scaled:(\d+(?:\.\d*)?|\.\d+)", text, re.ASCII):
                return cls("scaled", scale=float(match[1]))
        raise ValueError(f"noise: wanted 'mean', 'sampled', 'seed-<k>' or 'scaled:<x>', found {brief(text)}")

    def __str__(self) -> str:
        if self.kind == "scaled":
            return f"scaled:{np.format_float_positional(self.scale, trim='-')}"  # parse reads it back exactly
        return f"seed-{self.seed}" if self.kind == "seed" else self.kind

    @property
    def is_random(self) -> bool:
        """Whether two queries of one candidate can differ."""
        return self.kind == "sampled" or (self.kind == "scaled" and self.scale > 0)

    def seeds(self, n: int, *, averaged: tuple[int, ...], rng: np.random.Generator | None) -> list[tuple[int, ...]]:
        """The seeds to train each of ``n`` candidates with, where candidates are trained when asked for.

        Args:
            n: Number of candidates.
            averaged: The seeds over which ``mean`` averages.
            rng: One number is drawn from it per candidate with ``sampled``.

        Returns:
            ``averaged`` for ``mean``, seed k for ``seed-k``, one drawn seed for ``sampled``.

        Raises:
            ValueError: ``scaled``, which needs recorded seeds; or no ``rng`` with ``sampled``.
        """
        if self.kind == "scaled" or (self.kind == "sampled" and rng is None):
            raise ValueError(f"noise: wanted 'mean', 'seed-<k>' or 'sampled' with rng, found '{self}', rng={rng}")
        if rng is not None and self.kind == "sampled":
            return [(seed,) for seed in (rng.random(n) * 2**31).astype(np.int64).tolist()]
        return [averaged if self.kind == "mean" else (self.seed,)] * n
