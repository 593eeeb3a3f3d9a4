"""Problems from a function that builds networks, and published networks on other images."""

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch
from torch import nn

from nas_problems import (
    Categorical,
    ImageSet,
    Integer,
    Ordinal,
    Problem,
    Real,
    SearchSpace,
    TrainingProtocol,
    from_network,
)
from nas_problems.catalog import train
from nas_problems.network.family import NetworkFamily
from nas_problems.network.shape import ImageShape
from nas_problems.parameter import Config
from nas_problems.testing import check_problem

SPACE = SearchSpace(
    (
        Categorical("norm", ("group", "layer", "none")),
        Integer("width", 1, 3),
        Real("learning_rate", 0.01, 0.2, log=True),
        Ordinal("cutout", (0, 2)),
    )
)
PROTOCOL = TrainingProtocol(epochs=2, batch_size=10)


def load() -> ImageSet:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    return ImageSet.from_arrays("noise", rng.random((60, 6, 6)) + labels[:, None, None], labels)


def build(config: Config, shape: ImageShape) -> nn.Module:
    """Layers of torch that draw for themselves; as users write them, without care for seeds."""
    n = 4 * int(config["width"])
    norm = {"group": nn.GroupNorm(2, n), "layer": nn.LayerNorm((n, 6, 6)), "none": nn.Identity()}[str(config["norm"])]
    convolution = nn.Conv2d(shape.n_channels, n, 3, padding=1)
    return nn.Sequential(
        convolution, norm, nn.PReLU(), nn.Dropout(0.3), nn.Flatten(), nn.Linear(36 * n, shape.n_classes)
    )


def build_lazily(config: Config, shape: ImageShape) -> nn.Module:
    """A layer that has no shape before it has seen an image."""
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(shape.n_classes))


class Scaled(nn.Module):
    """A network with numbers of its own that no layer resets."""

    def __init__(self, shape: ImageShape) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.randn(shape.n_channels * 36))
        self.head = nn.Linear(shape.n_channels * 36, shape.n_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(batch, channels, 6, 6) -> (batch, classes)."""
        logits: torch.Tensor = self.head(images.flatten(1) * self.scale)
        return logits


def build_by_hand(config: Config, shape: ImageShape) -> nn.Module:
    """Raises for some."""
    if config["norm"] == "none":
        raise KeyError("no such norm")
    return Scaled(shape)


def problem(builder: Callable[[Config, ImageShape], nn.Module] = build_by_hand) -> Problem:
    return from_network(builder, SPACE, load, name="mine", protocol=PROTOCOL, epochs=(1, 2), device="cpu")


def test_a_network_of_ones_own_is_a_problem() -> None:
    check_problem(problem(), n_candidates=3)


@pytest.mark.parametrize("builder", [build, build_by_hand])
def test_values_do_not_depend_on_what_torch_has_drawn_before(
    builder: Callable[[Config, ImageShape], nn.Module],
) -> None:
    Z = SPACE.encode([{"norm": "group", "width": 2, "learning_rate": 0.1, "cutout": 2}])
    found = []
    for chance in (1, 2):
        torch.manual_seed(chance)
        live = problem(builder)
        found.append([live.variant(noise=f"seed-{k}", fidelity=1)(Z)[0] for k in range(5)])
    assert found[0] == found[1] and len(set(found[0])) > 1


def test_a_network_is_measured() -> None:
    assert problem().evaluate(SPACE.lower[None]).metrics["n_parameters"].tolist() == [36 + 36 * 3 + 3]


def test_a_builder_that_raises_is_a_failed_evaluation() -> None:
    Z = SPACE.encode([{"norm": "none", "width": 1, "learning_rate": 0.1, "cutout": 0}])
    assert problem().evaluate(Z).reason == {0: "KeyError: no such norm"}


def test_lazy_layers_are_refused_with_their_reason() -> None:
    (reason,) = problem(build_lazily).variant(noise="seed-0").evaluate(SPACE.lower[None]).reason.values()
    assert "uninitialized" in reason.lower()


def test_parameters_named_like_the_protocol_set_it() -> None:
    family = NetworkFamily(ImageShape(1, 6, 6, 3), build)
    (config,) = SPACE.decode(SPACE.upper[None])
    found = family.protocol(config, PROTOCOL)
    assert found.learning_rate == pytest.approx(0.2) and (found.cutout, found.epochs) == (2, 2)


@pytest.mark.parametrize("kind", ["mlp", "nb201"])
def test_published_networks_on_images_of_ones_own(kind: str) -> None:
    made = train.evaluator(kind, load)
    assert made.load_images is load and made.fidelities.full == made.protocol.epochs
    with pytest.raises(KeyError, match="unknown kind of network 'nb202'"):
        train.evaluator("nb202", load)
