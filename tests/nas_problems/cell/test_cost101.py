"""Parameters and FLOPs of NAS-Bench-101 in closed form."""

import numpy as np
import pytest

from nas_problems.cell.cost101 import Costs101, costs
from nas_problems.cell.graph101 import Graph101, codes_of
from nas_problems.cell.hash101 import hash_order
from nas_problems.cell.index101 import N_CELLS, cell_index
from nas_problems.cell.published101 import published_graph
from nas_problems.datasets.nas_bench_101 import PARAMETERS, read_column


@pytest.fixture(scope="module")
def found() -> Costs101:
    return costs(cell_index())


def test_by_hand(found: Costs101) -> None:
    """The smallest cell: input -> output, one projection in each of nine cells."""
    (row,) = cell_index().rows_of(codes_of([Graph101.pruned([[0, 1], [0, 0]], ())]))
    cells = [(128, 128, 1024)] * 3 + [(128, 256, 256)] + [(256, 256, 256)] * 2 + [(256, 512, 64)] + [(512, 512, 64)] * 2
    assert found.n_parameters[row] == 27 * 128 + 256 + sum(a * b + 2 * b for a, b, _ in cells) + 513 * 10
    assert found.flops[row] == 2 * (27 * 128 * 1024 + sum(a * b * n for a, b, n in cells) + 5120)


@pytest.mark.data
@pytest.mark.skipif(not PARAMETERS.at_hand, reason="$IOHNAS_DATA has no nas_bench_101")
def test_parameters_of_all_cells_are_the_published_ones(found: Costs101) -> None:
    """Proves the order of hashes as well: a wrong one would give other cells' numbers."""
    published = np.rint(1e6 * read_column(PARAMETERS.read(), "params", N_CELLS))
    assert np.array_equal(found.n_parameters[hash_order()], published)


def test_flops_are_those_counted_in_torch(found: Costs101) -> None:
    pytest.importorskip("torch", reason="counting needs torch: pip install torch==2.13.0")
    from nas_problems.network.cell101 import Network101
    from nas_problems.network.measure import flop_count
    from nas_problems.network.shape import ImageShape

    for row in np.random.default_rng(0).integers(0, N_CELLS, size=2).tolist():
        network = Network101(published_graph(cell_index(), row), n_channels=3, n_classes=10)
        assert flop_count(network, ImageShape(3, 32, 32, 10)) == found.flops[row]
        assert sum(weights.numel() for weights in network.parameters()) == found.n_parameters[row]
