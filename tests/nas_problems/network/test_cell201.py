"""NAS-Bench-201 networks: sizes as published and by hand, and the stack against plain networks."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch

from nas_problems.catalog.nas_bench_201 import N_CLASSES, SPACE, n_parameters
from nas_problems.datasets.hpo_bench import NASBENCH201
from nas_problems.network.cell201 import Cell, CellNetwork
from nas_problems.network.cell201_stack import CellStack
from nas_problems.network.fit import initial_state
from nas_problems.network.layer import parameter_count
from nas_problems.network.skeleton import CellSkeleton

SMALL = CellSkeleton(channels=4, n_cells=1, n_stages=2)
CODES = [[3, 3, 2, 1, 4, 0], [0, 1, 2, 3, 4, 1], [3, 1, 4, 1, 2, 3], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]]


@pytest.mark.parametrize("dataset", N_CLASSES)
def test_parameters_are_those_of_the_closed_form(dataset: str) -> None:
    """Also where the published table has another cell's."""
    n_classes = N_CLASSES[dataset]
    recorded = np.rint(NASBENCH201[dataset].load((5,) * 6)["model_size"][:, 0] * 1e6)
    computed = n_parameters(SPACE.from_index(np.arange(5**6)), n_classes=n_classes)
    wrong = SPACE.from_index(np.flatnonzero(recorded != computed)[:3])
    for code in [*np.random.default_rng(0).integers(0, 5, (3, 6)), *wrong]:
        network = CellNetwork(code.tolist(), n_channels=3, n_classes=n_classes, skeleton=CellSkeleton())
        assert parameter_count(network) == n_parameters(code[None], n_classes=n_classes)[0]


def test_parameters_by_hand() -> None:
    network = CellNetwork([3, 0, 0, 0, 2, 0], n_channels=1, n_classes=10, skeleton=CellSkeleton(4, 1, 1))
    stem, conv3, conv1, last, head = 9 * 4 + 8, 9 * 16 + 8, 16 + 8, 8, 4 * 10 + 10
    assert parameter_count(network) == stem + conv3 + conv1 + last + head


def test_a_cell_of_skips_multiplies_its_input() -> None:
    """Node 1 is x, node 2 is x + x, node 3 is x + x + 2 x."""
    x = torch.randn(2, 3, 4, 4)
    assert torch.equal(Cell([1] * 6, 3)(x), 4 * x)
    assert not Cell([0] * 6, 3)(x).any()


@pytest.mark.parametrize("skeleton", [SMALL, CellSkeleton(4, 2, 1, stem_stride=2), CellSkeleton(2, 1, 3)])
def test_a_stack_gives_what_its_networks_give(skeleton: CellSkeleton) -> None:
    networks = [CellNetwork(code, n_channels=2, n_classes=3, skeleton=skeleton, auxiliary=True) for code in CODES]
    states = [initial_state(network, seed=1, key=k) for k, network in enumerate(networks)]
    stack = CellStack(CODES, n_channels=2, n_classes=3, skeleton=skeleton, auxiliary=True)
    stack.load(states)
    images = torch.randn(6, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    own = torch.randn(6, len(CODES), 2, 8, 8, generator=torch.Generator().manual_seed(1))
    stack.train()
    together = stack(images)
    for k, network in enumerate(networks):
        network.train()
        for found, wanted in zip(together, network(images), strict=True):
            torch.testing.assert_close(found[:, k], wanted, atol=1e-5, rtol=1e-4)
    stack.eval()
    separately = stack(own)
    for k, network in enumerate(networks):  # running statistics, too, are equal after one batch
        torch.testing.assert_close(separately[:, k], network.eval()(own[:, k]), atol=1e-5, rtol=1e-4)


def test_drop_path_drops_paths_of_images() -> None:
    cell = Cell([0, 0, 0, 4, 0, 0], 2, drop_path=0.5).train()  # one path: pooling from input to output
    cell.drop_path.generator = torch.Generator().manual_seed(0)
    x = torch.ones(200, 2, 3, 3)
    dropped = cell(x).flatten(1)
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert (dropped.std(dim=1) == 0).all() and 0.3 < (dropped[:, 0] > 0).float().mean() < 0.7
    assert torch.equal(cell.eval()(x), x)


def test_skeletons_have_numbers_above_zero() -> None:
    with pytest.raises(ValueError, match="n_cells: wanted at least 1, found 0"):
        CellSkeleton(n_cells=0)
    assert CellSkeleton().last_channels == 64 and len(CellSkeleton().layers) == 17
