"""How complete a training is, in every respect in which it can be made cheaper; without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from nas_problems.array import brief
from nas_problems.evaluation import Fidelities

Axis = Literal["epochs", "train_share", "resolution", "width", "epochs-train_share", "epochs-resolution"]
"""Kinds of fidelities of trained networks; the last two are grids of two kinds at once."""

AXES: tuple[Axis, ...] = get_args(Axis)


@dataclass(frozen=True, slots=True)
class Grade:
    """One way to train a network, fully or more cheaply.

    Args:
        epochs: Of training, by the full schedule of the learning rate.
        train_share: Of the training images, drawn by class; smaller shares are part of larger ones.
        resolution: Share of the pixels per side, by the mean over areas; never below one pixel.
        width: Share of the channels, or units, of all layers; never below one.

    Raises:
        ValueError: A share outside (0, 1], or less than one epoch.
    """

    epochs: int
    train_share: float = 1.0
    resolution: float = 1.0
    width: float = 1.0

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"epochs: wanted at least 1, found {self.epochs}")
        for name in ("train_share", "resolution", "width"):
            if not 0 < (share := getattr(self, name)) <= 1:
                raise ValueError(f"{name}: wanted a share in (0, 1], found {share}")

    @property
    def surroundings(self) -> tuple[float, float, float]:
        """What a training cannot change while it goes on: all but the epochs."""
        return self.train_share, self.resolution, self.width


def grades_of(axis: Axis, epochs: tuple[int, ...]) -> tuple[Fidelities, Mapping[float, Grade]]:
    """The fidelities of an axis, and what each stands for.

    Values are what a budget counts: epochs, or a share of the full training. A grid pairs its lowest values, then the
    next ones, and so on, and counts their product in epochs. Only more epochs go on with a training that was paused;
    all others begin anew, and are paid in full.

    Args:
        axis: Its name.
        epochs: Fidelities of the axis ``epochs``, increasing; the last is the full training.

    Raises:
        ValueError: Another axis.

    >>> fidelities, grades = grades_of("epochs-train_share", (1, 3, 9))
    >>> fidelities.values, grades[1.5]
    ((0.25, 1.5, 9.0), Grade(epochs=3, train_share=0.5, resolution=1.0, width=1.0))
    """
    full = epochs[-1]
    if axis == "epochs":
        values = tuple(epochs)
        return Fidelities(axis, values, continued=True), {float(value): Grade(value) for value in values}
    if axis == "train_share":
        grades = {share: Grade(full, train_share=share) for share in (0.125, 0.25, 0.5, 1.0)}
    elif axis == "resolution":
        grades = {share: Grade(full, resolution=share) for share in (0.5, 0.75, 1.0)}
    elif axis == "width":
        grades = {share: Grade(full, width=share) for share in (0.25, 0.5, 1.0)}
    elif axis == "epochs-train_share":
        steps = zip(reversed(epochs), (1.0, 0.5, 0.25, 0.125), strict=False)
        grades = {n * share: Grade(n, train_share=share) for n, share in reversed(list(steps))}
    elif axis == "epochs-resolution":
        steps = zip(reversed(epochs), (1.0, 0.75, 0.5), strict=False)
        grades = {n * share: Grade(n, resolution=share) for n, share in reversed(list(steps))}
    else:
        raise ValueError(f"axis: wanted one of {', '.join(AXES)}, found {brief(axis)}")
    return Fidelities(axis, tuple(grades)), grades
