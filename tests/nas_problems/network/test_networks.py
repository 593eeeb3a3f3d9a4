"""NAS-Bench-101, NAS-Bench-Macro, chain CNNs and perceptrons: sizes as published, and by hand."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch

from nas_problems.catalog import macro
from nas_problems.cell.cost101 import vertex_channels
from nas_problems.cell.graph101 import Graph101
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.network.cell101 import Network101
from nas_problems.network.chain_cnn import ChainNetwork
from nas_problems.network.fit import initial_state
from nas_problems.network.layer import parameter_count
from nas_problems.network.macro import MacroNetwork
from nas_problems.network.measure import flop_count, latency, training_bytes
from nas_problems.network.mlp import MlpNetwork, MlpStack
from nas_problems.network.shape import ImageShape, ImpossibleShapeError
from nas_problems.network.skeleton import GraphSkeleton

CIFAR = ImageShape(3, 32, 32, 10)


@pytest.mark.data
def test_macro_parameters_and_flops_are_the_published_ones() -> None:
    if not macro.FILE.at_hand:
        pytest.skip(f"{macro.FILE.name} is not available")
    table = json.loads(macro.FILE.read())
    keys = np.random.default_rng(0).choice(sorted(table), 6, replace=False).tolist()
    for key in ["00000000", "22222222", *keys]:
        network = MacroNetwork([int(digit) for digit in key], n_channels=3, n_classes=10)
        assert parameter_count(network) == table[key]["params"]
        assert flop_count(network, CIFAR) == 2 * table[key]["flops"]  # published are multiplications


def test_macro_parameters_by_hand() -> None:
    network = MacroNetwork([0] * 8, n_channels=3, n_classes=10)
    stem, head = 27 * 32 + 64, 256 * 1280 + 2 * 1280 + 1280 * 10 + 10
    shortcuts = 32 * 64 + 128 + 64 * 128 + 256 + 128 * 256 + 512
    assert parameter_count(network) == stem + shortcuts + head == 387_882
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 10)


SAMPLES = ConvertedFile("nas_suite_zero_samples/nb101_500_zcp_valacc.csv.gz", "NAS-Bench-Suite-Zero", "", "Apache-2.0")


@pytest.mark.data
def test_nas_bench_101_parameters_are_the_published_ones() -> None:
    if not SAMPLES.at_hand:
        pytest.skip(f"{SAMPLES.name} is not available")
    rows = list(csv.DictReader(gzip.decompress(Path(SAMPLES.path()).read_bytes()).decode().splitlines()))
    for row in rows[:12]:
        adjacency = np.array([int(bit) for bit in row["adjacency"]]).reshape(7, 7)
        graph = Graph101.pruned(adjacency, row["ops"].split(",")[1:-1])
        network = Network101(graph, n_channels=3, n_classes=10)
        assert parameter_count(network) / 1e6 == pytest.approx(float(row["params"]), abs=1e-9)


CONV3, CONV1 = "conv3x3-bn-relu", "conv1x1-bn-relu"


def test_nas_bench_101_by_hand() -> None:
    """Input -> conv3x3 -> output, a dangling vertex, one stack of one cell."""
    adjacency = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    graph = Graph101.pruned(adjacency, [CONV3, CONV1])
    assert graph.operations == (CONV3,) and graph.adjacency.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    network = Network101(graph, n_channels=1, n_classes=10, skeleton=GraphSkeleton(4, 1, 1))
    stem, projection, conv, head = 9 * 4 + 8, 16 + 8, 9 * 16 + 8, 50
    assert parameter_count(network) == stem + projection + conv + head


def test_channels_of_nas_bench_101() -> None:
    adjacency = np.array([[0, 1, 1, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0] * 5])
    assert vertex_channels(8, 8, adjacency) == [8, 3, 3, 2, 8]  # 8 = 3 + 3 + 2
    inner = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0] * 4])
    assert vertex_channels(4, 6, inner) == [4, 6, 6, 6]
    direct = Network101(
        Graph101.pruned([[0, 1], [0, 0]], []), n_channels=3, n_classes=2, skeleton=GraphSkeleton(width=4)
    )
    assert direct(torch.zeros(2, 3, 8, 8)).shape == (2, 2)


def chain(**changes: float) -> dict[str, int | float | str]:
    config: dict[str, int | float | str] = {f"s_{i}": 1 for i in range(3)}
    config |= {f"filters_{i}": 2 for i in range(3)}
    config |= {f"k_{i}": 2 for i in range(6)} | {f"dropout_{i}": 0.5 for i in range(7)}
    return config | {"dense_size_0": 5, "dense_size_1": 0} | changes


def test_chain_parameters_by_hand() -> None:
    network = ChainNetwork(chain(), ImageShape(1, 16, 16, 3))
    first, other = 4 * 1 * 2 + 2, 4 * 2 * 2 + 2
    assert parameter_count(network) == first + 5 * other + (2 * 2 * 2 * 5 + 5) + (5 * 3 + 3)
    assert network(torch.zeros(4, 1, 16, 16)).shape == (4, 3)


def test_chains_start_from_glorots_weights_so_that_images_differ_in_the_end() -> None:
    """By torch's rule, eight layers without normalisation leave a signal of 1e-4, and nothing is learned."""
    network = ChainNetwork(chain(), ImageShape(1, 16, 16, 3)).eval()
    initial_state(network, seed=0, key=0)
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            bound = (6.0 / (layer.weight[0].numel() + layer.weight[:, 0].numel())) ** 0.5
            assert 0.5 * bound < float(layer.weight.detach().abs().max()) <= bound
            assert layer.bias is None or not layer.bias.any()
    images = torch.rand(50, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        by_glorot = float(network(images).std(dim=0).mean())
        network.initialization = "torch"
        initial_state(network, seed=0, key=0)
        by_torch = float(network(images).std(dim=0).mean())
    assert by_glorot > 3 * by_torch


def test_impossible_chains_are_found_before_they_are_built() -> None:
    shape = ImageShape(1, 8, 8, 3)
    ChainNetwork(chain(s_0=4), ImageShape(1, 32, 32, 3))
    with pytest.raises(ImpossibleShapeError, match=r"k_2: wanted at most 4, what is left.* in stack 1, found 5"):
        ChainNetwork(chain(k_2=5), shape)
    with pytest.raises(ImpossibleShapeError, match="s_2: wanted at most 2"):
        ChainNetwork(chain(s_2=3), shape)


MLP: dict[str, int | float | str] = {
    "n_layers": 2,
    "n_units_0": 5,
    "n_units_1": 4,
    "activation": "tanh",
    "dropout": 0.0,
}


def test_a_stack_of_perceptrons_gives_what_they_give() -> None:
    shape = ImageShape(1, 3, 3, 2)
    networks = [MlpNetwork(MLP, shape) for _ in range(3)]
    assert parameter_count(networks[0]) == 9 * 5 + 5 + 5 * 4 + 4 + 4 * 2 + 2
    stack = MlpStack(MLP, shape, n_networks=3)
    stack.load([network.state_dict() for network in networks])
    images, own = torch.randn(4, 1, 3, 3), torch.randn(4, 3, 1, 3, 3)
    for k, network in enumerate(networks):
        torch.testing.assert_close(stack(images)[:, k], network(images))
        torch.testing.assert_close(stack(own)[:, k], network(own[:, k]))


def test_measures_by_hand() -> None:
    shape = ImageShape(1, 3, 3, 2)
    network = MlpNetwork(MLP, shape)
    assert flop_count(network, shape) == 2 * (9 * 5 + 5 * 4 + 4 * 2)
    n_weights = parameter_count(network)
    assert training_bytes(network, shape, 100) > 3 * 4 * n_weights + 4 * 100 * (9 + 5 + 4)
    assert training_bytes(network, shape, 200) > training_bytes(network, shape, 100)
    assert 0 < latency(network, torch.zeros(10, 1, 3, 3), n_repeats=2) < 60
