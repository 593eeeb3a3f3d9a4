"""What is measured of a candidate, and how it is minimised."""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from nas_problems.array import LONGEST_FILE_NAME, FloatArray, brief
from nas_problems.checked import check_fields
from nas_problems.notebook import short

V = TypeVar("V", float, FloatArray)

_MOST_NEAR = 3  # names that have in them what was asked for
_MOST_SHOWN = 12  # names in a message, of dozens that there may be
_NOT_NEGATIVE = frozenset({"s", "ms", "bytes", "kB", "MB", "GB"})
"""Units of which nothing can have less than 0."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured quantity.

    Args:
        name: The field's term with its unit where it has one, e.g. ``train_seconds``.
        unit: Unit as printed on an axis: ``%``, ``s``, ``""`` for none.
        maximize: Whether larger is better. In percent it is minimised as ``100 - value``
            (accuracy becomes error), otherwise as ``-value``.
        penalty: Minimised value given to a failed evaluation; finite.
        range: Good and bad raw value, which scale hypervolumes where no exact front is known; None: 0 and 100
            in percent, else 0 and what the penalty stands for.
        lower_bound: A minimised value that no candidate can beat, from which regret is measured where no optimum is
            known; None: 0 for what is maximized in percent and for times and sizes, else none is known, and none is
            assumed.
        zero_cost: Whether it is known of a candidate without training it, so that a solver may look at it, see
            ``optimizers.Task.measure``.

    Raises:
        ValueError: A name or unit that is not printable, ``penalty`` is not finite or below ``lower_bound``, the good
            value of ``range`` is not better than the bad one, or ``lower_bound`` is not finite.

    >>> accuracy = Metric("validation_accuracy", "%", maximize=True)
    >>> accuracy.label, accuracy.minimised(np.array([93.5, np.nan]))
    ('validation error (%)', array([  6.5, 100. ]))
    >>> accuracy.in_words(6.5)
    'validation accuracy (%) 93.5'
    """

    name: str
    unit: str = ""
    maximize: bool = False
    penalty: float = 100.0
    range: tuple[float, float] | None = None
    lower_bound: float | None = None
    zero_cost: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        for name, text in (("name", self.name), ("unit", self.unit)):
            if not text.isprintable() or (name == "name" and not text):
                raise ValueError(f"metric: wanted a printable {name}, found {brief(text)}")
            if len(text) > LONGEST_FILE_NAME:
                raise ValueError(
                    f"metric: wanted a {name} of at most {LONGEST_FILE_NAME} characters, found {len(text)}"
                )
        if not math.isfinite(self.penalty):
            raise ValueError(f"{self.name}: wanted a finite penalty, found {self.penalty}")
        is_natural = (self.unit == "%") if self.maximize else self.unit in _NOT_NEGATIVE
        if self.lower_bound is None and is_natural:
            object.__setattr__(self, "lower_bound", 0.0)
        if self.lower_bound is not None and not math.isfinite(self.lower_bound):
            raise ValueError(f"{self.name}: wanted a finite lower_bound or None, found {self.lower_bound}")
        if self.lower_bound is not None and self.penalty < self.lower_bound:
            raise ValueError(
                f"{self.name}: wanted a penalty >= the lower_bound {self.lower_bound}, found {self.penalty}"
            )
        low, high = self.minimised_range
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(f"{self.name}: wanted a range from a good to a bad value, found {self.range}")

    @property
    def minimised_range(self) -> tuple[float, float]:
        """Good and bad minimised value, see ``range``."""
        if self.range is not None:
            low, high = self.minimised(np.array(self.range)).tolist()
            return low, high
        if self.unit == "%":
            return 0.0, 100.0
        if self.penalty > 0:
            return 0.0, self.penalty
        return self.penalty - max(1.0, 1e-12 * abs(self.penalty)), self.penalty

    @property
    def label(self) -> str:
        """What the minimised value is called in tables and on axes, e.g. ``validation error (%)``."""
        name = self._words
        if self.maximize:
            of_percent = name.replace("accuracy", "error") if "accuracy" in name else f"{name} shortfall"
            name = of_percent if self.unit == "%" else f"negative {name}"  # what ``minimised`` makes of it
        return self._with_unit(name)

    @property
    def measured_label(self) -> str:
        """What the value is called as it was measured, e.g. ``validation accuracy (%)``; see ``measured``."""
        return self._with_unit(self._words)

    @property
    def _words(self) -> str:
        name = self.name.removesuffix("_seconds").removesuffix("_milliseconds").removesuffix("_bytes")
        return {"train": "training time", "predict": "prediction time"}.get(name, name).replace("_", " ")

    def _with_unit(self, words: str) -> str:
        return words + (f" ({self.unit})" if self.unit else "")

    def minimised(self, values: FloatArray) -> FloatArray:
        """Values as they are minimised; what is not finite becomes the penalty.

        Args:
            values: Raw values, any shape.

        Returns:
            Finite values of the same shape.
        """
        if self.maximize:
            values = 100.0 - values if self.unit == "%" else -values
        return np.where(np.isfinite(values), values, self.penalty)

    def measured(self, y: V) -> V:
        """Minimised values as they were measured: what ``minimised`` has been given, if it was finite.

        Args:
            y: A number, or any shape.
        """
        if not self.maximize:
            return y
        return (100.0 if self.unit == "%" else 0.0) - y

    def in_words(self, y: float, shown: Callable[[float], str] = short) -> str:
        """A minimised value as users read it, as it was measured: ``validation accuracy (%) 93.5``.

        Args:
            y: The minimised value.
            shown: Makes text of the number.
        """
        return f"{self.measured_label} {shown(self.measured(y))}"


def known_metrics(known: Mapping[str, Metric], names: object, owner: str) -> tuple[str, ...]:
    """Names of metrics, if all of them are known.

    Args:
        known: The metrics that there are, by name.
        names: What was asked for.
        owner: Argument and problem, which begin the message.

    Raises:
        KeyError: Not a sequence of known names; the message has all, or of many those nearest to what was asked for.
    """
    if isinstance(names, Sequence) and not isinstance(names, (str, bytes)):
        metrics = tuple(name for name in names if isinstance(name, str) and name in known)
        if len(metrics) == len(names):
            return metrics
    raise KeyError(f"{owner} has {_shown(known, names)}, found {brief(names)}")


def _shown(known: Mapping[str, Metric], names: object) -> str:
    listed = sorted(known)
    if len(listed) <= _MOST_SHOWN:
        return str(listed)
    wanted = list(map(str, names)) if isinstance(names, Sequence) else [str(names)]
    missing = [name for name in wanted if name not in known]
    near = [other for name in missing for other in listed if name and name in other][:_MOST_NEAR]
    near += [match for name in missing for match in difflib.get_close_matches(name, listed, n=3)]
    words = ", ".join(dict.fromkeys([*near, *listed[: _MOST_SHOWN - len(near)]]))
    return f"{words}, ... ({len(listed)} in all)"
