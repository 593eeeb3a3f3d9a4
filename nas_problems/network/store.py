"""Paused trainings on disk: what a killed process had trained goes on from there, and several processes share it.

A file per candidate holds what was measured so far and, unless it is finished, the state of its training. Its name is
a digest of all that the training depends on, and the number of epochs done. It is read without unpickling anything
but tensors and numbers.
"""

import hashlib
import math
import pickle
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nas_problems.atomic import replacing
from nas_problems.network.outcome import Outcome
from nas_problems.score import Scores

VERSION = 1
"""Of the files' layout."""

UNREADABLE = (
    OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RuntimeError, EOFError,
    pickle.UnpicklingError,
)  # fmt: skip
"""What torch and we raise where a file or a state is not what it should be."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a file holds.

    Args:
        outcomes: Epochs -> what was measured there.
        state: Of the training, see ``StackTraining.state``; None: it is finished.
    """

    outcomes: Mapping[int, Outcome]
    state: dict[str, Any] | None  # tensors and numbers, nested as torch nests them


class TrainingStore:
    """A folder of paused trainings, which may be shared by processes and machines.

    Args:
        folder: Made when the first one is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def reached(self, digest: str) -> int:
        """Epochs after which the training of a digest was paused or finished; 0: it is not here."""
        return max((int(path.suffixes[-2][1:]) for path in self._paths(digest)), default=0)

    def load(self, digest: str) -> Saved | None:
        """The training of a digest that is furthest on; None: it is not here, or its file cannot be read.

        A damaged file is removed, so that another one can take its place.
        """
        for path in sorted(self._paths(digest), key=lambda path: -int(path.suffixes[-2][1:])):
            try:
                return _saved(torch.load(path, map_location="cpu", weights_only=True))
            except OSError:  # perhaps it can be read later
                continue
            except UNREADABLE:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
        return None

    def forget(self, digest: str) -> None:
        """Remove what is kept of a digest, because a training cannot go on from it."""
        for path in self._paths(digest):
            path.unlink(missing_ok=True)

    def save(self, digest: str, epoch: int, saved: Saved) -> None:
        """Keep a training, in place of those of the digest that are less far.

        Args:
            digest: See ``training_digest``.
            epoch: Epochs done.
            saved: What is kept.

        Raises:
            OSError: The folder cannot be written.
        """
        if self.reached(digest) >= epoch:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {
            "version": VERSION,
            "outcomes": {number: _numbers(outcome) for number, outcome in saved.outcomes.items()},
            "state": saved.state,
        }
        with replacing(self.folder / f"{digest}.{epoch}.pt") as path:
            torch.save(content, path)
        for path in self._paths(digest):
            if int(path.suffixes[-2][1:]) < epoch:
                path.unlink(missing_ok=True)

    def _paths(self, digest: str) -> list[Path]:
        """Files of a digest; not what else has such a name, a pipe for one, which would be waited for."""
        return [
            path
            for path in self.folder.glob(f"{digest}.*.pt")
            if path.suffixes[-2][1:].isdecimal() and path.is_file() and not path.is_symlink()
        ]


def _saved(stored: Any) -> Saved:
    """What a file holds, or one of ``UNREADABLE``."""
    if stored["version"] != VERSION:
        raise ValueError("another version")
    outcomes = {int(epoch): _outcome(values) for epoch, values in stored["outcomes"].items()}
    state = stored["state"]
    if not outcomes or min(outcomes) < 1 or not (state is None or isinstance(state, dict)):
        raise ValueError("no training")
    return Saved(outcomes, state)


def _numbers(outcome: Outcome) -> dict[str, Any]:  # numbers, and lists of them
    return {
        "validation": [values.tolist() for values in astuple(outcome.validation)],
        "test": [values.tolist() for values in astuple(outcome.test)],
        "train_accuracy": outcome.train_accuracy.tolist(),
        "train_loss": outcome.train_loss.tolist(),
        "seconds": float(outcome.seconds),
    }


def _outcome(values: Mapping[str, Any]) -> Outcome:
    validation, test = (
        Scores(*(np.asarray(column, dtype=np.float64) for column in values[part])) for part in ("validation", "test")
    )
    accuracy, loss = (np.asarray(values[name], dtype=np.float64) for name in ("train_accuracy", "train_loss"))
    seconds = float(values["seconds"])
    columns = (*astuple(validation), *astuple(test), accuracy, loss)
    if len({column.shape for column in columns}) > 1 or accuracy.ndim != 1 or not 0 <= seconds < math.inf:
        raise ValueError("other numbers than a training measures")
    for column in (*astuple(validation), *astuple(test), accuracy):
        if not (np.isnan(column) | ((column >= -1) & (column <= 100))).all():
            raise ValueError("scores that cannot be")
    return Outcome(validation, test, accuracy, loss, seconds)


def training_digest(words: Sequence[object], states: Sequence[Mapping[str, Tensor]]) -> str:
    """Hash of what a training depends on.

    Args:
        words: Protocol, seeds, images and so on, of which ``repr`` says all.
        states: Initial weights.
    """
    digest = hashlib.sha256(repr((VERSION, torch.__version__, *words)).encode())
    for state in states:
        for name, values in state.items():
            digest.update(name.encode())
            digest.update(values.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]
