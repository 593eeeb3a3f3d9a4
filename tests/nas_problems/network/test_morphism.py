"""Network morphisms: what a network computes stays, what it can learn grows."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="morphisms need torch: pip install torch==2.13.0")

import torch
from torch import Tensor
from torch.nn import functional

from nas_problems.network.layer import parameter_count
from nas_problems.network.lineage import Architecture, Block, Kind, Lineage, Morphism
from nas_problems.network.morphism import GrownNetwork, grown
from nas_problems.testing import check_space

LINEAGE = Lineage(n_generations=3, n_steps=2, width=4, max_width=16, max_blocks=6, max_sources=3)


def images(n: int = 12) -> Tensor:
    return torch.randn(n, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def trained(architecture: Architecture, n_steps: int = 5) -> GrownNetwork:
    """A network after a few steps, so that batch normalization has statistics and weights of its own."""
    torch.manual_seed(1)
    network = GrownNetwork(architecture, n_channels=1, n_classes=3).train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(n_steps):
        optimizer.zero_grad()
        torch.autograd.backward(functional.cross_entropy(network(images()), torch.arange(12) % 3))
        optimizer.step()
    return network.eval()


def child_of(network: GrownNetwork, morphism: Morphism) -> GrownNetwork:
    return grown(network, morphism, torch.Generator().manual_seed(2), images()).eval()


@pytest.mark.parametrize("kind", ["deeper", "wider", "skip", "keep"])
def test_every_morphism_keeps_the_function_at_every_place(kind: Kind) -> None:
    """Of a network with skip connections across resolutions."""
    architecture = LINEAGE.root.after(Morphism("skip", 2, 0)).after(Morphism("deeper", 1)).after(Morphism("wider", 0))
    network = trained(architecture)
    wanted = network(images())
    places = LINEAGE.places(architecture, kind) or [Morphism("keep")]
    assert len(places) >= (1 if kind == "keep" else 2)
    for morphism in places:
        child = child_of(network, morphism)
        assert (child(images()) - wanted).abs().max() < 1e-5
        assert (parameter_count(child) > parameter_count(network)) == (kind != "keep")


def test_many_morphisms_in_a_row_keep_the_function() -> None:
    rng = np.random.default_rng(0)
    network = trained(LINEAGE.root)
    wanted, start = network(images()), parameter_count(network)
    for _ in range(12):
        kind: Kind = ("deeper", "wider", "skip")[rng.integers(3)]
        if places := LINEAGE.places(network.architecture, kind):
            network = child_of(network, places[rng.integers(len(places))])
    assert (network(images()) - wanted).abs().max() < 1e-5 and parameter_count(network) > 3 * start


def test_a_deeper_network_is_the_same_also_while_training_on_the_batch_of_its_statistics() -> None:
    """Batch normalization takes the batch's statistics then, which those of the new block are."""
    network = trained(LINEAGE.root)
    child = child_of(network, Morphism("deeper", 0))
    new = child.layers[1].train()
    before = network.outputs(images())[0]
    assert (new(before) - before).abs().max() < 0.05  # the variance of a sample differs from that of a batch


def test_copies_of_a_channel_learn_differently() -> None:
    child = child_of(trained(LINEAGE.root), Morphism("wider", 0)).train()
    torch.autograd.backward(functional.cross_entropy(child(images()), torch.arange(12) % 3))
    gradients = child.layers[0].conv.weight.grad
    rows = child.layers[0].conv.weight.detach()
    pairs = [(i, j) for i in range(4) for j in range(4, 8) if torch.equal(rows[i], rows[j])]
    assert gradients is not None and len(pairs) == 4
    assert all(not torch.allclose(gradients[i], gradients[j]) for i, j in pairs)


def test_architectures_by_hand() -> None:
    root = LINEAGE.root
    assert root.blocks == (Block(4, (-1,), 0), Block(4, (0,), 1), Block(4, (1,), 2))
    assert root.after(Morphism("deeper", 0)).blocks == (
        Block(4, (-1,), 0),
        Block(4, (0,), 0),
        Block(4, (1,), 1),
        Block(4, (2,), 2),
    )
    assert root.after(Morphism("wider", 1)).blocks[1] == Block(8, (0,), 1)
    assert LINEAGE.places(root, "skip") == [Morphism("skip", 2, 0)]
    assert root.after(Morphism("skip", 2, 0)).blocks[2] == Block(4, (1, 0), 2)


def test_the_space_is_one_and_its_canonical_codes_say_what_they_do() -> None:
    space = LINEAGE.space
    check_space(space)
    Z = space.canonical(space.sample(40, np.random.default_rng(1)))
    for code in Z:
        parent = LINEAGE.parent(code)
        generations = list(LINEAGE.generations(code))
        assert list(LINEAGE.generations(parent)) == generations[:-1]
        assert np.array_equal(space.canonical(parent[None])[0], parent)
    assert not space.canonical(space.lower[None]).any()  # the first network has no generations


def test_limits_are_kept() -> None:
    for code in LINEAGE.space.sample(40, np.random.default_rng(2)):
        architecture = LINEAGE.root
        for generation in LINEAGE.generations(code):
            for morphism in generation:
                architecture = architecture.after(morphism)
        assert len(architecture.blocks) <= 6
        assert all(block.width <= 16 and len(block.sources) <= 3 for block in architecture.blocks)
