"""OTMANN's distance, next to a linear program, to paths listed one by one, and to cells worked out by hand."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.cell.graph201 import SPACE
from nas_problems.space import Codes, SearchSpace
from optimizers.cell import read_cell
from optimizers.otmann import Layers, Transport

NONE, SKIP, CONV1, CONV3, POOL = range(5)


def transport(space: SearchSpace = SPACE, structural: float = 0.5) -> Transport:
    return Transport(read_cell(space), structural=structural)


def cell(*code: int) -> Codes:
    return np.array([code])


def solved(transport: Transport, a: Layers, b: Layers, names: tuple[str, ...], structural: float) -> float:
    """The transport problem with a place for what is not matched, as a linear program, ends included."""

    def masses(layers: Layers) -> FloatArray:
        n = len(layers.operations)
        return np.array([1.0] * n + [0.1 * n] * 2)

    def labels(layers: Layers) -> list[str]:
        return [names[operation] for operation in layers.operations] + ["input", "output"]

    cost = structural * np.abs(a.lengths[:, None] - b.lengths[None]).mean(axis=2)
    for i, one in enumerate(labels(a)):
        for j, other in enumerate(labels(b)):
            if one != other:
                cost[i, j] += 0.2 if "conv" in one and "conv" in other else 1e4
    supply, demand = masses(a), masses(b)
    n, m = cost.shape
    costs = np.zeros((n + 1, m + 1))
    costs[:n, :m], costs[n, :m], costs[:n, m] = cost, 1.0, 1.0
    equal = np.zeros((n + m + 2, (n + 1) * (m + 1)))
    for i in range(n + 1):
        equal[i, i * (m + 1) : (i + 1) * (m + 1)] = 1
    for j in range(m + 1):
        equal[n + 1 + j, j :: m + 1] = 1
    total = np.concatenate([supply, [demand.sum()], demand, [supply.sum()]])
    return float(linprog(costs.ravel(), A_eq=equal, b_eq=total).fun)


@pytest.mark.parametrize("structural", [0.1, 1.5])
@pytest.mark.parametrize("name", ["nb201-cifar10", "nb101-digits"])
def test_distances_solve_the_transport_problem(name: str, structural: float) -> None:
    space = nas_problems.make(name).space
    compared = transport(space, structural)
    names = read_cell(space).operations
    Z = space.sample(12, np.random.default_rng(5))
    for a, b in pairwise(Z):
        one, other = compared.layers(a), compared.layers(b)
        assert compared.distance(one, other) == pytest.approx(solved(compared, one, other, names, structural), abs=1e-6)


def test_path_lengths_are_those_of_all_paths() -> None:
    """conv3 0-1, pool 1-3 and conv1 0-2, skip 2-3: from input to output one path of two layers, one of one."""
    lengths = transport().layers(cell(CONV3, CONV1, NONE, NONE, POOL, SKIP)[0]).lengths
    to_output = lengths[-2, 9:].reshape(3, 3)  # of the input: shortest, longest, random walk; all, conv, pool
    assert to_output.tolist() == [[2, 1, 0], [3, 1, 1], [2.5, 1, 0.5]]
    assert np.array_equal(lengths[-1, :9].reshape(3, 3)[:, 1:], to_output[:, 1:])  # the same, counted from the output


def test_cells_that_compute_the_same_are_not_apart() -> None:
    """A branch that ends nowhere, and the order of two branches."""
    compared = transport()
    Z = np.concatenate(
        [
            cell(CONV3, NONE, NONE, SKIP, POOL, NONE),
            cell(CONV3, CONV1, NONE, SKIP, POOL, NONE),
            cell(NONE, CONV3, NONE, SKIP, NONE, POOL),
        ]
    )
    distances, shares = compared.distances(Z, Z)
    assert not distances.any() and not shares.any()


def test_one_layer_more_costs_its_mass_and_a_share_of_the_ends() -> None:
    one, two = cell(NONE, NONE, NONE, CONV3, NONE, NONE), cell(NONE, NONE, NONE, NONE, NONE, NONE)
    distances, shares = transport(structural=0.0).distances(one, two)
    assert distances[0, 0] == pytest.approx(1.2) and shares[0, 0] == pytest.approx(1.0)
    kernels, _ = transport(structural=0.0).distances(one, cell(NONE, NONE, NONE, CONV1, NONE, NONE))
    assert kernels[0, 0] == pytest.approx(0.2)
    kinds, _ = transport(structural=0.0).distances(one, cell(NONE, NONE, NONE, POOL, NONE, NONE))
    assert kinds[0, 0] == pytest.approx(2.0)


def test_distances_are_symmetric_and_zero_of_a_cell_to_itself() -> None:
    Z = SPACE.sample(20, np.random.default_rng(2))
    distances, shares = transport().distances(Z, Z)
    assert np.array_equal(distances, distances.T) and not np.diag(distances).any()
    assert (shares <= 1 + 1e-12).all()
