"""Supernets and stand-alone networks: published sizes, modes, inherited weights."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch

from nas_problems.network.cell201 import CellNetwork
from nas_problems.network.fit import Part, StackTraining
from nas_problems.network.layer import RampedDropPath, parameter_count
from nas_problems.network.protocol import TrainingProtocol, UnknownPartError
from nas_problems.network.shape import ImageShape, ImpossibleShapeError
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.supernet.backbone import inherit, recalibrate, set_drop_path
from nas_problems.supernet.cell import Cell
from nas_problems.supernet.compact import CompactBackbone
from nas_problems.supernet.darts import AuxiliaryHead, DartsBackbone
from nas_problems.supernet.family import BackboneFamily
from nas_problems.supernet.mixture import (
    Mixture,
    dropout_mixture,
    every_candidate,
    gumbel_mixture,
    path_mixture,
    probabilities,
    relaxed_mixture,
    softmax_mixture,
)
from nas_problems.supernet.space import COMPACT, COMPACT_DEPTH, DARTS, NB201, Architecture
from nas_problems.supernet.staged import StagedBackbone
from tests.nas_problems.supernet.architectures import BACKBONES, TINY, images, named

CIFAR = ImageShape(3, 32, 32, 10)

PUBLISHED = named(  # DARTS, second order, as the authors print it
    DARTS,
    [
        ("sep_conv_3x3", 0),
        ("sep_conv_3x3", 1),
        ("sep_conv_3x3", 0),
        ("sep_conv_3x3", 1),
        ("sep_conv_3x3", 1),
        ("skip_connect", 0),
        ("skip_connect", 0),
        ("dil_conv_3x3", 2),
    ],
    [
        ("max_pool_3x3", 0),
        ("max_pool_3x3", 1),
        ("skip_connect", 2),
        ("max_pool_3x3", 1),
        ("max_pool_3x3", 0),
        ("skip_connect", 2),
        ("skip_connect", 2),
        ("max_pool_3x3", 1),
    ],
)


def test_the_darts_supernet_has_the_published_parameters() -> None:
    supernet = DartsBackbone(channels=16, n_cells=8).supernet(CIFAR, every_candidate(DARTS))
    assert parameter_count(supernet) == 1_930_618  # the log of the authors' search


def test_the_darts_network_has_the_published_parameters() -> None:
    network = DartsBackbone(channels=36, n_cells=20, normed=False).stand_alone(CIFAR, PUBLISHED)
    assert parameter_count(network) == 3_349_342  # liu2019, table 1: 3.3 million


def test_an_auxiliary_head_gives_second_logits_while_training() -> None:
    network = DartsBackbone(channels=4, n_cells=3, auxiliary=True).stand_alone(TINY, PUBLISHED)
    logits = network(images())
    assert isinstance(logits, tuple) and [part.shape for part in logits] == [(4, 3), (4, 3)]
    assert isinstance(network.eval()(images()), torch.Tensor)


@pytest.mark.parametrize(("size", "stride"), [(8, 3), (7, 2)])
def test_the_auxiliary_head_pools_windows_of_five_pixels(size: int, stride: int) -> None:
    """Small images have 8 pixels there, those of 224 have 7; both come to 2 x 2. Source: liu2019, released code."""
    x = torch.arange(float(size**2)).reshape(1, 1, size, size)
    by_hand = [[x[0, 0, i : i + 5, j : j + 5].mean() for j in (0, stride)] for i in (0, stride)]
    torch.testing.assert_close(AuxiliaryHead(1, size, 3).pool(x)[0, 0], torch.tensor(by_hand))


def test_large_images_lose_their_size_in_the_stem() -> None:
    shape = ImageShape(3, 64, 64, 5)
    network = DartsBackbone(channels=4, n_cells=3, stem="large").stand_alone(shape, PUBLISHED)
    assert network(images(2, shape)).shape == (2, 5)
    with pytest.raises(ImpossibleShapeError, match="at least 32 pixels, found 8"):
        DartsBackbone(stem="large").stand_alone(TINY, PUBLISHED)


def test_the_stand_alone_network_of_nas_bench_201_is_the_known_one() -> None:
    skeleton = CellSkeleton(channels=4, n_cells=1, n_stages=2)
    code = (3, 1, 2, 0, 4, 3)
    ours = StagedBackbone(skeleton).stand_alone(TINY, Architecture((code,)))
    other = CellNetwork(code, n_channels=1, n_classes=3, skeleton=skeleton)
    renamed = {}
    for name, values in ours.state_dict().items():
        parts = name.split(".")
        renamed[".".join(parts[:4] + parts[5:]) if "edges" in parts else name] = values
    other.load_state_dict(renamed)
    torch.testing.assert_close(other(images()), ours(images()))


def test_compact_networks_have_the_depth_that_the_architecture_says() -> None:
    cells = BACKBONES["compact-depth"].cells
    small, large = (Architecture(cells.sample(np.random.default_rng(0)).choices, depths) for depths in ((1, 1), (2, 3)))
    n_cells = []
    for architecture in (small, large):
        network = BACKBONES["compact-depth"].stand_alone(TINY, architecture)
        n_cells.append(sum(isinstance(module, Cell) for module in network.modules()))
    assert n_cells == [2, 5]


def test_operations_of_compact_cells_cost_a_quarter_of_the_pixels_and_more_channels() -> None:
    macs = CompactBackbone(channels=16).operation_macs(CIFAR)
    sep3 = COMPACT.operations.index("sep_conv_3x3")
    assert macs[0, sep3] == 2 * 32 * 32 * (9 * 16 + 16 * 16)
    assert macs[1, sep3] == 2 * 16 * 16 * (9 * 32 + 32 * 32)
    assert not macs[:, COMPACT.operations.index("none")].any()


def test_costs_are_those_of_as_many_blocks_as_the_network_has() -> None:
    cells = replace(COMPACT_DEPTH, max_depths=(2, 1))
    assert len(CompactBackbone(channels=4, cells=cells).operation_macs(CIFAR)) == 2


# ---- one network, many modes


def _depths(architecture: Architecture, max_depths: tuple[int, ...]) -> torch.Tensor | None:
    if not max_depths:
        return None
    return torch.nn.functional.one_hot(torch.tensor(architecture.depths) - 1, max(max_depths)).float()


@pytest.mark.parametrize("name", BACKBONES)
def test_at_one_hot_weights_the_supernet_is_the_stand_alone_network(name: str) -> None:
    backbone = BACKBONES[name]
    cells = backbone.cells
    torch.manual_seed(0)
    supernet = backbone.supernet(TINY, every_candidate(cells))
    for seed in range(2):
        architecture = cells.sample(np.random.default_rng(seed))
        if cells.max_depths and seed:
            architecture = Architecture(architecture.choices, (1,) * len(cells.max_depths))
        network = inherit(backbone.stand_alone(TINY, architecture), supernet)
        hot = torch.from_numpy(cells.one_hot(architecture)).float()
        depths = _depths(architecture, cells.max_depths)
        summed = supernet(images(), Mixture(softmax_mixture(hot, every_candidate(cells)).active, hot, depths))
        wanted = network(images())
        torch.testing.assert_close(summed, wanted, atol=1e-5, rtol=1e-5)
        path = path_mixture(architecture)
        torch.testing.assert_close(supernet(images(), Mixture(path.active, None, depths)), wanted, atol=1e-5, rtol=1e-5)


def test_inherited_weights_must_exist() -> None:
    backbone = BACKBONES["darts"]
    supernet = backbone.supernet(TINY, every_candidate(DARTS))
    weights = {name: values for name, values in supernet.state_dict().items() if name != "head.bias"}
    network = backbone.stand_alone(TINY, PUBLISHED)
    with pytest.raises(ValueError, match=r"supernet: wanted weights head\.bias of shape \(3,\), found none"):
        inherit(network, weights)


def test_recalibrated_statistics_are_those_of_the_part() -> None:
    backbone = BACKBONES["nb201"]
    supernet = backbone.supernet(TINY, every_candidate(NB201))
    network = inherit(backbone.stand_alone(TINY, NB201.sample(np.random.default_rng(0))), supernet)
    part = Part(images(8), torch.zeros(8, dtype=torch.int64))
    recalibrate(network, part, batch_size=8)
    wanted = network.train()(part.images)
    recalibrate(network, part, batch_size=8)
    with torch.no_grad():  # in evaluation mode, the variance is the unbiased one
        torch.testing.assert_close(network(part.images), wanted, atol=0.1, rtol=0.1)


def test_drop_path_is_set_everywhere_and_spares_skip_connections() -> None:
    network = DartsBackbone(channels=4, n_cells=2, drop_path=0.5).stand_alone(TINY, PUBLISHED)
    before = network.train()(images())
    assert not torch.equal(network(images()), before)
    set_drop_path(network, 0.0)
    torch.testing.assert_close(network(images()), network(images()))


def test_gumbel_weights_are_one_hot_and_as_frequent_as_softmax_says() -> None:
    rng = np.random.default_rng(0)
    alpha = torch.tensor([[[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]]])
    mask = np.array([[[True, True, True], [True, False, True]]])
    counts = np.zeros((1, 2, 3))
    for _ in range(2000):
        mixture = gumbel_mixture(alpha, mask, temperature=5.0, rng=rng)
        assert mixture.weights is not None
        counts += mixture.weights.numpy()
        assert [len(edge) for edge in mixture.active[0]] == [1, 1]
    np.testing.assert_allclose(counts / 2000, probabilities(alpha, mask), atol=0.035)
    assert counts[0, 1, 1] == 0


def test_gumbel_gradients_are_those_of_the_softened_draw() -> None:
    alpha = torch.zeros(1, 1, 3, requires_grad=True)
    mask = np.ones((1, 1, 3), dtype=bool)
    weights = gumbel_mixture(alpha, mask, temperature=2.0, rng=np.random.default_rng(1)).weights
    soft = relaxed_mixture(alpha, mask, temperature=2.0, rng=np.random.default_rng(1)).weights
    assert weights is not None and soft is not None
    (hard_gradient,) = torch.autograd.grad(weights[0, 0, 1], alpha)
    (soft_gradient,) = torch.autograd.grad(soft[0, 0, 1], alpha)
    torch.testing.assert_close(hard_gradient, soft_gradient)


def test_path_dropout_keeps_one_operation_per_edge_at_least() -> None:
    rng = np.random.default_rng(0)
    mask = every_candidate(NB201)
    for rate, expected in ((0.0, 5.0), (0.6, 5 * 0.4)):
        sizes = []
        for _ in range(300):
            mixture = dropout_mixture(mask, rate=rate, rng=rng)
            assert mixture.weights is not None
            sizes += [len(edge) for edge in mixture.active[0]]
            torch.testing.assert_close(mixture.weights.sum(dim=2), torch.ones(1, 6))
        assert min(sizes) >= 1
        assert np.mean(sizes) == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("name", BACKBONES)
def test_nothing_stays_behind_when_a_supernet_moves(name: str) -> None:
    """The device ``meta`` refuses what is not on it; architecture parameters may be on the CPU."""
    backbone = BACKBONES[name]
    cells = backbone.cells
    meta = torch.device("meta")
    supernet = backbone.supernet(TINY, every_candidate(cells)).to(meta)
    softmax = softmax_mixture(torch.zeros(cells.shape), every_candidate(cells))
    path = path_mixture(cells.sample(np.random.default_rng(0)))
    depths = torch.full((len(cells.max_depths), max(cells.max_depths)), 0.5) if cells.max_depths else None
    for mixture in (softmax, path):
        logits = supernet(images().to(meta), Mixture(mixture.active, mixture.weights, depths))
        assert isinstance(logits, torch.Tensor) and logits.device == meta


@pytest.mark.gpu
@pytest.mark.parametrize("name", BACKBONES)
def test_modes_on_a_gpu_give_what_they_give_on_the_cpu(name: str) -> None:
    backbone = BACKBONES[name]
    alpha = torch.randn(backbone.cells.shape, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    supernet = backbone.supernet(TINY, every_candidate(backbone.cells))
    mixture = softmax_mixture(alpha, every_candidate(backbone.cells))
    wanted = supernet(images(), mixture)
    found = supernet.to("cuda")(images().to("cuda"), mixture)
    torch.testing.assert_close(found.cpu(), wanted, atol=1e-3, rtol=1e-3)


def test_drop_path_ramps_up_over_a_training() -> None:
    """Without it in the first epoch, with half of its probability in the second of two."""
    family = BackboneFamily(TINY, DartsBackbone(channels=4, n_cells=2))
    (config,) = DARTS.space.decode(DARTS.encode(PUBLISHED)[None])
    protocol = TrainingProtocol(epochs=2, batch_size=4, drop_path=0.5)
    part = Part(images(8), torch.arange(8) % 3)
    stack = family.stack([config], protocol)
    training = StackTraining(stack, part, protocol, seeds=(0,))
    shares = []
    for epoch in (1, 2):
        training.run_to(epoch)
        shares += [{layer.share for layer in stack.modules() if isinstance(layer, RampedDropPath)}]
    assert shares == [{0.0}, {0.5}]


def test_compact_networks_have_no_auxiliary_head() -> None:
    family = BackboneFamily(TINY, CompactBackbone(channels=4, depths=(1,)))
    (config,) = COMPACT.space.decode(COMPACT.space.sample(1, np.random.default_rng(0)))
    with pytest.raises(UnknownPartError, match=r"auxiliary_weight: wanted 0 for compact networks, found 0\.4"):
        family.plain(config, TrainingProtocol(auxiliary_weight=0.4))
