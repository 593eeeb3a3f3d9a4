"""Multi-branch, hierarchical and meta-architectures: what they contain, and sizes by hand."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch

from nas_problems.cell import hierarchical, meta_architecture, multi_branch
from nas_problems.cell.graph201 import SPACE as CELL_SPACE
from nas_problems.network.hierarchical import HierarchicalNetwork
from nas_problems.network.layer import parameter_count
from nas_problems.network.meta_architecture import MetaNetwork
from nas_problems.network.multi_branch import MultiBranchNetwork
from nas_problems.network.shape import ImageShape
from nas_problems.parameter import Value

SHAPE = ImageShape(1, 8, 8, 10)
STEM = 9 * 8 + 16
"""Weights of a stem of eight channels."""

FAMILIES = {
    "multi-branch": (multi_branch.SPACE, MultiBranchNetwork),
    "hierarchical": (hierarchical.SPACE, HierarchicalNetwork),
    "meta": (meta_architecture.SPACE, MetaNetwork),
}


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_candidate_becomes_a_network_that_learns(name: str) -> None:
    """Twenty drawn configurations give finite logits, and the head has a gradient."""
    space, network = FAMILIES[name]
    images = torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    for config in space.decode(space.sample(20, np.random.default_rng(1))):
        logits = network(config, SHAPE)(images)
        assert logits.shape == (3, 10)
        assert torch.isfinite(logits).all()
        assert logits.requires_grad


@pytest.mark.parametrize("name", ["multi-branch", "hierarchical"])
def test_what_is_inactive_changes_no_network(name: str) -> None:
    """The canonical form of a candidate has the same layers."""
    space, network = FAMILIES[name]
    Z = space.sample(20, np.random.default_rng(2))
    canonical = space.canonical(Z)
    assert (canonical != Z).any()
    for config, same in zip(space.decode(Z), space.decode(canonical), strict=True):
        assert str(network(config, SHAPE)) == str(network(same, SHAPE))


def branch(**changes: Value) -> dict[str, Value]:
    """Three plain convolutions of eight filters in a chain, with changes."""
    config = multi_branch.SPACE.decode(multi_branch.SPACE.lower[None, :])[0]
    return {**config, "n_layers": 3, "filters_1": 8, "filters_2": 8, "filters_3": 8, **changes}


CONV, HEAD = 9 * 8 * 8 + 16, 8 * 10 + 10


def test_special_cases_of_multi_branch_networks_by_hand() -> None:
    """A chain; a residual network, whose sums have no weights; a DenseNet, whose layers see all before them."""
    chain = MultiBranchNetwork(branch(), SHAPE)
    assert parameter_count(chain) == STEM + 3 * CONV + HEAD
    skips: dict[str, Value] = {"skip_0_2": "yes", "skip_0_3": "yes", "skip_1_3": "yes"}
    residual = MultiBranchNetwork(branch(**skips), SHAPE)
    assert parameter_count(residual) == parameter_count(chain)
    assert residual.inputs == [[0], [0, 1], [0, 1, 2]]
    dense = MultiBranchNetwork(branch(**skips, merge_2="concat", merge_3="concat"), SHAPE)
    assert parameter_count(dense) == STEM + CONV + (CONV + 9 * 64) + (CONV + 2 * 9 * 64) + HEAD


def test_sums_of_different_widths_are_projected() -> None:
    """The stem's eight channels are projected to sixteen by a 1x1 convolution."""
    plain, skip = (MultiBranchNetwork(branch(filters_1=16, filters_2=16, skip_0_2=s), SHAPE) for s in ("no", "yes"))
    assert parameter_count(skip) - parameter_count(plain) == 8 * 16 + 32


def test_a_chain_of_motifs_by_hand() -> None:
    """Four motifs of three separable convolutions; an edge that leads nowhere costs nothing."""
    config = dict(hierarchical.motif_chain())
    separable = 9 * 8 + 64 + 16
    assert parameter_count(HierarchicalNetwork(config, SHAPE)) == STEM + 12 * separable + HEAD
    dangling = config | {"motif_1_0_2": "none", "top_0_2": "motif_2"}
    assert parameter_count(HierarchicalNetwork(dangling, SHAPE)) == STEM + 12 * separable + (2 * 64 + 16) + HEAD
    nowhere = hierarchical.SPACE.decode(hierarchical.SPACE.lower[None, :])[0]
    assert parameter_count(HierarchicalNetwork(nowhere, SHAPE)) == STEM + HEAD


def test_a_meta_architecture_by_hand() -> None:
    """Cells of skip connections alone have no weights: what is left is stem, reductions, norm and head."""
    config: dict[str, Value] = dict.fromkeys(CELL_SPACE.names, "skip_connect")
    config |= {"n_cells": 3, "n_stages": 2, "channels": 4, "connection": "chain"}
    reduction = (9 * 4 * 8 + 16) + (9 * 8 * 8 + 16) + 4 * 8
    wanted = (9 * 4 + 8) + reduction + 16 + (8 * 10 + 10)
    networks = [MetaNetwork(config | {"connection": name}, SHAPE) for name in meta_architecture.CONNECTIONS]
    assert {parameter_count(network) for network in networks} == {wanted}
    assert [network.n_seen for network in networks] == [1, 2, 3]
