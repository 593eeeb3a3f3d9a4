"""What a training gave; without torch."""

from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.score import Scores


@dataclass(frozen=True, slots=True)
class Outcome:
    """What training one candidate with some seeds gave, at one number of epochs.

    Args:
        validation: Scores on the validation part, one per seed.
        test: Scores on the test part, one per seed.
        train_accuracy: Percent of the last epoch's batches while they were learned, (seeds,).
        train_loss: Mean over the last epoch's batches, (seeds,).
        seconds: Of training, all seeds together.
        failure: Why it failed; then the scores mean nothing.
    """

    validation: Scores
    test: Scores
    train_accuracy: FloatArray
    train_loss: FloatArray
    seconds: float
    failure: str | None = None

    @classmethod
    def failed(cls, reason: str, seconds: float) -> "Outcome":
        """One without values."""
        nothing = np.empty(0)
        scores = Scores(nothing, nothing, nothing)
        return cls(scores, scores, nothing, nothing, seconds, reason)
