"""What evaluators have in common that train every candidate themselves, and where they keep what they have begun."""

import os
from pathlib import Path

from nas_problems.evaluation import EvaluatorKind, NoiseKind

_FOLDER = "IOHNAS_TRAININGS"  # of the environment


def trainings_folder(given: Path | None) -> Path | None:
    """Folder of trainings that have begun: the given one, else ``$IOHNAS_TRAININGS``, else None (in memory)."""
    named = os.environ.get(_FOLDER)
    return given if given is not None or not named else Path(named)


class LiveTraining:
    """A ``LiveEvaluator`` that trains with seeds of its choice, and a candidate once per process and seed."""

    @property
    def kind(self) -> EvaluatorKind:
        """Every evaluation is a training."""
        return "live"

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """All but ``scaled``, which needs recorded seeds."""
        return frozenset({"mean", "sampled", "seed"})

    @property
    def remembers(self) -> bool:
        """True: a candidate that is asked for again is not trained again."""
        return True
