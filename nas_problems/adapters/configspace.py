"""Search spaces as those of ConfigSpace, the format of SMAC, DEHB and their relatives.

    pip install ConfigSpace

>>> from nas_problems import Categorical, Real, SearchSpace
>>> space = SearchSpace((Categorical("op", ("conv", "pool")), Real("rate", 1e-4, 1.0, log=True)))
>>> to_configspace(space)["rate"].log
True
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nas_problems.parameter import Categorical, Integer, Ordinal, Parameter, Real
from nas_problems.space import Codes, SearchSpace

try:
    import ConfigSpace
except ImportError as error:
    raise ImportError("ConfigSpace is not installed; pip install ConfigSpace") from error

_DECIMALS = 13  # of ConfigSpace's real numbers


def to_configspace(space: SearchSpace, *, seed: int | None = None) -> "ConfigSpace.ConfigurationSpace":
    """The same parameters, with their names, values and scales.

    ConfigSpace rounds real numbers to 13 decimals; bounds with more are moved outwards, and ``to_codes`` moves what is
    beyond them back. A parameter of one value becomes a constant. A validity test is not carried over: what ConfigSpace
    draws is to be repaired (``optimizers.variation.repair``). Nor are conditions: an inactive parameter has a value,
    which means nothing; ``nas_problems.space_file.space_to_configspace`` writes them.

    Args:
        space: What is searched.
        seed: Of ConfigSpace's own sampling.

    Raises:
        ValueError: A logarithmic range that begins below 1e-13.
    """
    there = ConfigSpace.ConfigurationSpace(seed=seed)
    there.add([_hyperparameter(parameter) for parameter in space.parameters])
    return there


def _hyperparameter(parameter: Parameter) -> Any:
    if parameter.n_choices == 1:
        return ConfigSpace.CategoricalHyperparameter(parameter.name, parameter.decode(np.zeros(1, dtype=np.int64)))
    if isinstance(parameter, Categorical):
        return ConfigSpace.CategoricalHyperparameter(parameter.name, list(parameter.choices))
    if isinstance(parameter, Ordinal):
        return ConfigSpace.OrdinalHyperparameter(parameter.name, list(parameter.values))
    if isinstance(parameter, Integer):
        return ConfigSpace.UniformIntegerHyperparameter(
            parameter.name, parameter.low, parameter.high, log=parameter.log
        )
    low, high = _outwards(parameter.low, -1), _outwards(parameter.high, 1)
    if parameter.log and low <= 0:
        raise ValueError(
            f"{parameter.name}: ConfigSpace has {_DECIMALS} decimals, wanted a bound of at least 1e-{_DECIMALS} on a "
            f"log scale, found {parameter.low}"
        )
    return ConfigSpace.UniformFloatHyperparameter(parameter.name, low, high, log=parameter.log)


def _outwards(bound: float, direction: int) -> float:
    """A bound that ConfigSpace, which rounds it to some decimals, does not move into the range."""
    rounded, step = float(np.round(bound, _DECIMALS)), max(10.0**-_DECIMALS, float(np.spacing(abs(bound))))
    n_steps = 0
    while (rounded - bound) * direction < 0:
        n_steps += 1
        rounded = float(np.round(bound + direction * n_steps * step, _DECIMALS))
    return rounded


def to_codes(space: SearchSpace, config: Mapping[str, Any]) -> Codes:
    """A configuration of ``to_configspace(space)`` as codes, shape (1, d)."""
    values = dict(config)
    for parameter in space.parameters:
        if isinstance(parameter, Real):
            values[parameter.name] = min(max(values[parameter.name], parameter.low), parameter.high)
    return space.encode([values])


def to_configuration(there: "ConfigSpace.ConfigurationSpace", space: SearchSpace, z: Codes) -> Any:
    """A code (d,) as a configuration of ``to_configspace(space)``."""
    (config,) = space.decode(z[None])
    return ConfigSpace.Configuration(there, values=dict(config))
