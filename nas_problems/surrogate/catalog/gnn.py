"""Graph neural networks on cells, trained by torch, as an ensemble."""

from nas_problems.array import FloatArray
from nas_problems.space import SearchSpace
from nas_problems.surrogate.graph import graph_plan, has_graph
from nas_problems.surrogate.kind import register
from nas_problems.surrogate.network import GraphEnsemble, graph_network

_HIDDEN = 32
_N_ROUNDS = 3


@register(
    "gnn",
    stored=GraphEnsemble,
    summary="five graph networks on cells of NAS-Bench-101 and NAS-Bench-201, by torch",
    family="networks",
    library="torch",
    install="torch==2.13.0",
    suits=has_graph,
)
def fit_gnn(X: FloatArray, y: FloatArray, *, n_trees: int, space: SearchSpace) -> GraphEnsemble:
    """Five graph networks of three rounds that sum messages of predecessors and of successors separately.

    Source: wen2020, section 3.2 (graphs of cells with both directions); lakshminarayanan2017, section 2.4.
    """
    from nas_problems.surrogate.training import fit_members

    plan = graph_plan(space)
    assert plan is not None
    labels, edges, others = plan.read(X)
    shapes: dict[str, tuple[int, ...]] = {}
    size = labels.shape[2]
    for k in range(_N_ROUNDS):
        shapes |= {f"round_{k}_weights": (3 * size, _HIDDEN), f"round_{k}_offsets": (_HIDDEN,)}
        size = _HIDDEN
    shapes |= {"mean_weights": (size, _HIDDEN), "mean_offsets": (_HIDDEN,), "output_weights": (size, _HIDDEN)}
    shapes |= {"others_weights": (others.shape[1], _HIDDEN), "last_weights": (_HIDDEN, 1), "last_offsets": (1,)}
    trained, mean, scale = fit_members(graph_network, shapes, [labels, edges, others], y, n_trees=n_trees)
    return GraphEnsemble(trained, plan, mean, scale)
