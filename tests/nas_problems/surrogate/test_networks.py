"""Networks as surrogates: graphs as the cells have them, rows that do not depend on each other, ensembles as noise."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="networks are trained by torch: pip install torch==2.13.0")

import nas_problems
from nas_problems.cell import graph101, graph201
from nas_problems.space import Categorical, SearchSpace
from nas_problems.surrogate import available_kinds, check_kind, kinds
from nas_problems.surrogate.graph import graph_plan
from nas_problems.table.surrogate import Surrogate, fit_surrogate

CELLS = graph201.SPACE


def test_cells_of_nas_bench_101_are_read_off_their_code() -> None:
    """The used part of each graph has the edges and operations of the pruned cell."""
    space = graph101.SPACE
    Z = space.canonical(space.sample(50, np.random.default_rng(0)))
    plan = graph_plan(space)
    assert plan is not None
    others = np.arange(100.0).reshape(50, 2)
    labels, edges, rest = plan.read(np.concatenate([space.one_hot(Z), others], axis=1))
    assert np.array_equal(rest, others)
    for z, label, edge in zip(Z, labels, edges, strict=True):
        graph = graph101.graph_of_code(z)
        n = len(graph.adjacency)
        used = [*range(n - 1), graph101.N_VERTICES - 1]
        assert np.array_equal(edge[np.ix_(used, used)], graph.adjacency) and edge.sum() == graph.adjacency.sum()
        found = [graph101.OPERATIONS[int(row.argmax())] for row in label[1 : n - 1]]
        assert tuple(found) == graph.operations
        assert label[0].argmax() == 3 and label[-1].argmax() == 4 and (label.sum(axis=1) == 1).all()


def test_edges_of_nas_bench_201_are_vertices() -> None:
    """Each follows those that end where it begins; the output follows the three that end in the last node."""
    plan = graph_plan(CELLS)
    assert plan is not None
    z = np.array([[4, 3, 2, 1, 0, 1]])
    labels, edges, _ = plan.read(CELLS.one_hot(z))
    assert labels[0, 1:-1, :5].argmax(axis=1).tolist() == z[0].tolist()
    for i, (_, end) in enumerate(graph201.EDGES):
        for j, (start, _) in enumerate(graph201.EDGES):
            assert edges[0, i + 1, j + 1] == (end == start)
    assert edges[0, 0].tolist() == [0, 1, 1, 0, 1, 0, 0, 0] and edges[0, :, -1].tolist() == [0, 0, 0, 0, 1, 1, 1, 0]


@pytest.mark.parametrize("kind", ["mlp", "gnn"])
def test_networks_learn_and_their_members_are_noise(kind: str, tmp_path: Path) -> None:
    """Few steps find how many convolutions a cell has; a file gives the same, one row or all of them."""
    problem = nas_problems.make("nb201-cifar10")
    fitted = fit_surrogate(problem, metric="n_parameters", model=kind, n=150, n_trees=12, rng=np.random.default_rng(0))
    assert fitted.record["held_out"]["spearman"] > 0.8
    fitted.save(tmp_path / "s.npz")
    again = Surrogate.load(tmp_path / "s.npz")
    Z = problem.space.sample(30, np.random.default_rng(1))
    predicted = again.predict(problem.space, Z)
    assert np.array_equal(predicted, fitted.predict(problem.space, Z))
    assert [float(again.predict(problem.space, z[None])[0]) for z in Z] == predicted.tolist()
    members = again.predict_members(problem.space, Z)
    assert members.shape == (30, 5) and np.ptp(members, axis=1).min() > 0
    drawn = nas_problems.make(str(tmp_path / "s.npz"), noise="seed-2")
    assert np.array_equal(drawn(Z), members[:, 2])


def test_graph_networks_need_graphs() -> None:
    """A space without cells is not among them, and says so when it is asked for one."""
    space = SearchSpace((Categorical("a", (1, 2)),))
    assert "gnn" not in available_kinds(space) and "mlp" in available_kinds(space)
    with pytest.raises(ValueError, match=r"model: wanted one that suits the space \(.*mlp.*\), found gnn: five graph"):
        check_kind("gnn", space)


def test_arrays_that_are_no_graph_network() -> None:
    """Rounds that do not fit each other, and columns that are not there."""
    X = CELLS.one_hot(CELLS.sample(20, np.random.default_rng(0)))
    kind = kinds["gnn"].factory
    arrays = dict(kind.fit(X, np.arange(20.0), n_trees=1, space=CELLS).arrays)
    with pytest.raises(ValueError, match="read off more than 3 columns"):
        kind.stored.from_arrays({**arrays, "n_columns": np.array([3])})
    with pytest.raises(ValueError, match="inputs where"):
        kind.stored.from_arrays({**arrays, "round_1_weights": arrays["round_1_weights"][:, :5]})
