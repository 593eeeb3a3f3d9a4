"""The meta-architecture as variables: how many cells, how wide, and how they are connected.

Six operations are those of a NAS-Bench-201 cell; what its benchmark fixes is chosen as well.

Source: elsken2019, section 2.
"""

from nas_problems.cell.graph201 import SPACE as CELL_SPACE
from nas_problems.space import Categorical, Integer, Ordinal, SearchSpace

CONNECTIONS = ("chain", "two-before", "dense")
"""What a cell sees: the cell before it; the sum of the two before it; the sum of all before it in its stage."""

SPACE = SearchSpace(
    (
        *CELL_SPACE.parameters,
        Integer("n_cells", 1, 4),
        Integer("n_stages", 1, 3),
        Ordinal("channels", (4, 8, 16)),
        Categorical("connection", CONNECTIONS),
    )
)
"""The cell, cells per stage, stages, channels of the first stage, and the connection of the cells."""
