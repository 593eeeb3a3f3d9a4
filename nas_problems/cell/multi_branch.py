"""Multi-branch networks: chains of layers with extra inputs from any earlier layer.

A layer's input is g(the layer before, and those chosen among all earlier ones), summed or concatenated. Without extra
inputs this is a chain, with sums a residual network, with all inputs and concatenation a DenseNet.

Source: elsken2019, section 2.
"""

from nas_problems.condition import Condition, inactive_to_lowest
from nas_problems.space import Categorical, Integer, Ordinal, Parameter, SearchSpace

MAX_LAYERS = 5
OPERATIONS = ("conv", "separable", "dilated", "pool")
_WITH_KERNEL = OPERATIONS[:-1]


def _layer(i: int) -> tuple[Parameter, ...]:
    """Operation, kernel and filters of layer ``i``, and a bit for every layer before the last one."""
    bits = tuple(Categorical(f"skip_{j}_{i}", ("no", "yes")) for j in range(i - 1))
    merge = (Categorical(f"merge_{i}", ("sum", "concat")),) if i > 1 else ()
    return (
        Categorical(f"op_{i}", OPERATIONS),
        Ordinal(f"kernel_{i}", (3, 5)),
        Ordinal(f"filters_{i}", (4, 8, 16)),
        *merge,
        *bits,
    )


_PARAMETERS: tuple[Parameter, ...] = (
    Integer("n_layers", 1, MAX_LAYERS),
    *(parameter for i in range(1, MAX_LAYERS + 1) for parameter in _layer(i)),
)


def _conditions() -> list[Condition]:
    """What a layer has matters where there is the layer; its kernel, where its operation has one."""
    conditions = []
    for i in range(2, MAX_LAYERS + 1):
        deep_enough = tuple(range(i, MAX_LAYERS + 1))
        conditions += [Condition(parameter.name, "n_layers", deep_enough) for parameter in _layer(i)]
    return conditions + [Condition(f"kernel_{i}", f"op_{i}", _WITH_KERNEL) for i in range(1, MAX_LAYERS + 1)]


SPACE = SearchSpace(_PARAMETERS, canonical_form=inactive_to_lowest(_PARAMETERS, _conditions()))
"""Layer 0 is the stem; 30 variables, many of them conditional."""
