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

from nas_problems.parameter import Categorical, Integer, Ordinal, Parameter
from nas_problems.space import Codes, SearchSpace

try:
    import ConfigSpace
except ImportError as error:
    raise ImportError("ConfigSpace is not installed; pip install ConfigSpace") from error


def to_configspace(space: SearchSpace, *, seed: int | None = None) -> "ConfigSpace.ConfigurationSpace":
    """The same parameters, with their names, values and scales.

    A parameter of one value becomes a constant. A validity test is not carried over: what ConfigSpace draws is
    to be repaired (``optimizers.variation.repair``). Nor are conditions: an inactive parameter has a value, which means
    nothing; ``nas_problems.space_file.space_to_configspace`` writes them.

    Args:
        space: What is searched.
        seed: Of ConfigSpace's own sampling.
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
    return ConfigSpace.UniformFloatHyperparameter(parameter.name, parameter.low, parameter.high, log=parameter.log)


def to_codes(space: SearchSpace, config: Mapping[str, Any]) -> Codes:
    """A configuration of ``to_configspace(space)`` as codes, shape (1, d)."""
    return space.encode([dict(config)])


def to_configuration(there: "ConfigSpace.ConfigurationSpace", space: SearchSpace, z: Codes) -> Any:
    """A code (d,) as a configuration of ``to_configspace(space)``."""
    (config,) = space.decode(z[None])
    return ConfigSpace.Configuration(there, values=dict(config))
