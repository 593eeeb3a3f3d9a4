"""Hierarchical networks: motifs of primitives, and a motif of motifs.

Level one has six primitive operations, level two six motifs of four nodes whose edges are primitives, level three one
motif of five nodes whose edges are level-two motifs: 46 variables. An edge may be absent.

Source: liu2018hierarchical, sections 2 and 4.
"""

from dataclasses import dataclass
from itertools import combinations

from nas_problems.parameter import Config, Value
from nas_problems.space import Categorical, Codes, SearchSpace

PRIMITIVES = ("conv_1x1", "depthwise_3x3", "separable_3x3", "max_pool_3x3", "avg_pool_3x3", "identity")
ABSENT = "none"
N_MOTIFS = 6
MOTIF_EDGES = tuple(combinations(range(4), 2))
"""Of a level-two motif: from an earlier node to a later one."""

TOP_EDGES = tuple(combinations(range(5), 2))
"""Of the level-three motif."""

_PARAMETERS = (
    *(Categorical(f"motif_{m}_{i}_{j}", (ABSENT, *PRIMITIVES)) for m in range(1, N_MOTIFS + 1) for i, j in MOTIF_EDGES),
    *(Categorical(f"top_{i}_{j}", (ABSENT, *(f"motif_{m}" for m in range(1, N_MOTIFS + 1)))) for i, j in TOP_EDGES),
)


@dataclass(frozen=True, slots=True)
class _UnusedMotifsAbsent:
    """Canonical form: the edges of a motif that the top level has nowhere are absent."""

    def __call__(self, Z: Codes) -> Codes:
        n_edges = len(MOTIF_EDGES)
        top = Z[:, N_MOTIFS * n_edges :]
        canonical = Z.copy()
        for m in range(N_MOTIFS):
            canonical[~(top == m + 1).any(axis=1), m * n_edges : (m + 1) * n_edges] = 0
        return canonical


SPACE = SearchSpace(_PARAMETERS, canonical_form=_UnusedMotifsAbsent())
"""Codes of edges: 0 is an absent one."""


def motif_chain() -> Config:
    """The chain of four times the first motif, itself a chain of separable convolutions: where searches may start."""
    config: dict[str, Value] = dict.fromkeys(SPACE.names, ABSENT)
    config |= {f"motif_1_{i}_{i + 1}": "separable_3x3" for i in range(3)}
    config |= {f"top_{i}_{i + 1}": "motif_1" for i in range(4)}
    return config
