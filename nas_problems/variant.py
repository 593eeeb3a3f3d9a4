"""Problems and their variants as one string, for ``make``, command lines, studies and suites.

>>> Variant.parse("nb201-cifar10[objective=validation_accuracy+n_parameters,fidelity=200]").objective
('validation_accuracy', 'n_parameters')
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from nas_problems.array import brief
from nas_problems.checked import checked

_READ: dict[str, Callable[[str], object]] = {
    "objective": lambda text: tuple(part.strip() for part in text.split("+")),
    "fidelity": float,
    "noise": str,
    "instance": int,
    "dimension": int,
    "split": str,
    "share": float,
    "axis": str,
    "invalid": str,
}


@dataclass(frozen=True, slots=True)
class Variant:
    """A registered problem and what is asked of it; None: as published.

    Args:
        name: Registered name.
        objective: Names of metrics.
        fidelity: See ``nas_problems.make``; as all below.
        noise: A noise mode.
        instance: Number of an instance.
        dimension: Number of variables, of problems that exist in any.
        split: Name of a split of the images, of problems that have several.
        share: Share of the training images that is used, of problems that train.
        axis: Kind of fidelities, of problems that have several.
        invalid: What becomes of codes that are no candidates, of problems that know more than to refuse them.

    >>> Variant.parse("nb201-cifar10[fidelity=12,noise=sampled]").fidelity
    12.0
    >>> str(Variant("nb201-cifar10", objective=("validation_accuracy", "n_parameters")))
    'nb201-cifar10[objective=validation_accuracy+n_parameters]'
    """

    name: str
    objective: tuple[str, ...] | None = None
    fidelity: float | None = None
    noise: str | None = None
    instance: int | None = None
    dimension: int | None = None
    split: str | None = None
    share: float | None = None
    axis: str | None = None
    invalid: str | None = None

    @classmethod
    @checked
    def parse(cls, text: str) -> "Variant":
        """Read ``name``, or ``name[option=value,...]`` with objective (``a+b`` for several), fidelity, noise,
        instance, dimension, split, share, axis, invalid.

        Raises:
            ValueError: Another string, an unknown or repeated option, or a value that is not a number.
        """
        match = re.fullmatch(r"([^\[\]]+)(?:\[([^\[\]]*)\])?", text.strip())
        if match is None:
            raise ValueError(f"problem: wanted name or name[option=value,...], found {text!r}")
        name = match[1].strip()
        given: dict[str, object] = {}
        for part in filter(None, (piece.strip() for piece in (match[2] or "").split(","))):
            key, equals, value = (piece.strip() for piece in part.partition("="))
            if not equals or key in given or key not in _READ:
                wanted = ", ".join(_READ)
                raise ValueError(f"{name}: wanted each of {wanted} at most once, as option=value, found {part!r}")
            try:
                given[key] = _READ[key](value)
            except ValueError:
                raise ValueError(f"{name}: {key}: wanted a number, found {brief(value)}") from None
        return cls(name, **given)  # type: ignore[arg-type]  # read just above

    def __str__(self) -> str:
        """The string that ``parse`` reads back to an equal variant."""
        given = {
            "objective": None if self.objective is None else "+".join(self.objective),
            "fidelity": None if self.fidelity is None else f"{self.fidelity:.17g}",
            "noise": self.noise,
            "instance": self.instance,
            "dimension": self.dimension,
            "split": self.split,
            "share": None if self.share is None else f"{self.share:.17g}",
            "axis": self.axis,
            "invalid": self.invalid,
        }
        options = ",".join(f"{key}={value}" for key, value in given.items() if value is not None)
        return f"{self.name}[{options}]" if options else self.name
