"""Zero-cost proxies: worked by hand on small networks, and against the values of NAS-Bench-Suite-Zero."""

import csv
import gzip
import io
import math
import os
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="proxies need torch: pip install torch==2.13.0")

import torch
from torch import nn

from ela.correlation import spearman
from nas_problems.array import FloatArray
from nas_problems.cell.graph201 import SPACE
from nas_problems.network.cell201 import CellNetwork
from nas_problems.network.family import CellFamily
from nas_problems.network.fit import Part, initial_state
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.proxy import names, proxies

PUBLISHED = {"synflow": "synflow", "snip": "snip", "grad_norm": "grad_norm", "jacob_cov": "jacov"}


def two_layers(*, activation: type = nn.ReLU) -> "nn.Sequential":
    """Two pixels, two hidden units, two classes; units 0 and 1 see the difference of the pixels with both signs."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False), activation(), nn.Linear(2, 2, bias=False))
    with torch.no_grad():
        for layer, weight in ((1, [[1.0, -1.0], [-1.0, 1.0]]), (3, [[2.0, 0.0], [0.0, -3.0]])):
            next(network[layer].parameters()).copy_(torch.tensor(weight))
    return network


def batch(*images: tuple[float, float]) -> Part:
    return Part(torch.tensor(images).reshape(-1, 1, 1, 2), torch.arange(len(images)) % 2)


def measured(name: str, network: "nn.Module", images: Part) -> float:
    return proxies[name].factory.measure(network, images)


def test_registered() -> None:
    assert names() == ("grad_norm", "jacob_cov", "n_flops", "n_parameters", "nwot", "snip", "synflow")
    assert all(entry.factory.metric.name == entry.name and entry.factory.metric.zero_cost for entry in proxies)


def test_synflow_counts_every_path_once_per_layer() -> None:
    """With |weights|, each of the four paths of two weights carries 1 x 2 or 1 x 3, and each layer sums them all."""
    assert measured("synflow", two_layers(), batch((5.0, 7.0))) == pytest.approx(math.log1p(2 * (4 + 6)))


def test_snip_and_grad_norm_by_hand() -> None:
    """Image (1, 0) of class 0: hidden (1, 0), logits (2, 0), so the loss falls with the first logit by q = 1 - p."""
    q = 1.0 - math.exp(2.0) / (math.exp(2.0) + 1.0)
    first, second = 2.0 * q, q  # |d loss / d first pre-activation|, |d loss / d first logit|
    snip = abs(1.0 * first) + abs(2.0 * second)  # the gradient of the second pixel's weights is 0
    norm = first + math.hypot(second, q)
    assert measured("snip", two_layers(), batch((1.0, 0.0))) == pytest.approx(snip, rel=1e-5)
    assert measured("grad_norm", two_layers(), batch((1.0, 0.0))) == pytest.approx(norm, rel=1e-5)


def test_jacob_cov_of_opposite_and_of_equal_gradients() -> None:
    """Images on either side of a ReLU have opposite gradients, which correlate as fully as equal ones."""
    one_value = -(math.log(2 + 1e-5) + 1 / (2 + 1e-5) + math.log(1e-5) + 1e5)
    for images in (batch((1.0, 0.0), (0.0, 1.0)), batch((1.0, 0.0), (2.0, 0.0))):
        assert measured("jacob_cov", two_layers(), images) == pytest.approx(one_value, rel=1e-6)


@pytest.mark.parametrize("activation", [nn.ReLU, nn.ReLU6, nn.Tanh])
def test_nwot_counts_units_that_agree(activation: type) -> None:
    """Two images that switch on the one and the other of two units agree in none, so that K is twice the identity."""
    differ = measured("nwot", two_layers(activation=activation), batch((1.0, 0.0), (0.0, 1.0)))
    assert differ == pytest.approx(2 * math.log(2), abs=1e-4)
    agree = measured("nwot", two_layers(activation=activation), batch((1.0, 0.0), (3.0, 1.0)))
    assert agree == pytest.approx(math.log(4 * 1e-5), rel=1e-3)


@pytest.mark.parametrize("name", [*sorted(PUBLISHED), "nwot"])
def test_a_network_without_a_path_is_the_worst(name: str) -> None:
    """A cell of which all edges are none gives the same logits for all images; its values are finite."""
    images = Part(torch.randn(8, 1, 6, 6, generator=torch.Generator().manual_seed(1)), torch.arange(8) % 3)

    def value(code: list[int]) -> float:
        skeleton = CellSkeleton(channels=4, n_cells=1, n_stages=2)
        network = CellNetwork(code, n_channels=1, n_classes=3, skeleton=skeleton)
        initial_state(network, seed=0, key=0)
        return measured(name, network, images)

    assert np.isfinite(value([0] * 6)) and value([3, 3, 1, 3, 1, 3]) > value([0] * 6)


def published_cells(n: int) -> list[dict[str, str]]:
    """The first cells of NAS-Bench-Suite-Zero on CIFAR-10, next to ``$IOHNAS_DATA``; else skip."""
    folder = Path(os.environ.get("IOHNAS_DATA") or Path(__file__).parents[4] / "shared" / "data" / "upstream")
    path = folder.parent / "nas_suite_zero_samples" / "nb201_491x3_zcp_valacc.csv.gz"
    if not path.is_file():
        pytest.skip("no nas_suite_zero_samples next to $IOHNAS_DATA")
    with gzip.open(path, "rt", newline="") as file:
        return [row for row in csv.DictReader(file) if row["dataset"] == "cifar10"][:n]


def photographs(n: int) -> torch.Tensor:
    """Images of CIFAR-10, standardized, (n, 3, 32, 32), from what lies next to ``$IOHNAS_DATA``; else skip."""
    folder = Path(os.environ.get("IOHNAS_DATA") or Path(__file__).parents[4] / "shared" / "data" / "upstream")
    path = folder.parent / "images_cifar10_subset" / "cifar10_jpeg_6000.parquet"
    if not path.is_file():
        pytest.skip("no images_cifar10_subset next to $IOHNAS_DATA")
    polars, pillow = pytest.importorskip("polars"), pytest.importorskip("PIL.Image")
    jpegs = polars.read_parquet(path).filter(polars.col("split") == "train").sample(n, seed=0)["jpeg"]
    images = np.stack([np.asarray(pillow.open(io.BytesIO(jpeg)).convert("RGB")) for jpeg in jpegs]) / 255.0
    images = (images - images.mean(axis=(0, 1, 2))) / images.std(axis=(0, 1, 2))
    return torch.tensor(images.transpose(0, 3, 1, 2), dtype=torch.float32)


def on_cells(name: str, rows: list[dict[str, str]], images: torch.Tensor | None = None, *, seed: int = 0) -> FloatArray:
    """A proxy of the published networks; on noise where there are no images."""
    family = CellFamily(ImageShape(3, 32, 32, 10), CellSkeleton())
    if images is None:
        images = torch.randn(32, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    values = []
    for key, row in enumerate(rows):
        config = dict(zip(SPACE.names, re.findall(r"(\w+)~\d", row["arch_str"]), strict=True))
        network = family.plain(config, TrainingProtocol())
        initial_state(network, seed=seed, key=key)
        values.append(measured(name, network, Part(images, torch.arange(len(images)) % 10)))
    return np.array(values)


@pytest.mark.data
def test_parameters_are_the_published_ones() -> None:
    rows = published_cells(16)
    assert np.array_equal(on_cells("n_parameters", rows), np.round([float(row["params"]) * 1e6 for row in rows]))


@pytest.mark.data
def test_flops_are_the_published_ones_but_for_what_only_they_count() -> None:
    """NASLib counts normalisation and pooling as well: a fixed number per operation of a cell."""
    rows = published_cells(9)
    ours = on_cells("n_flops", rows) / 2
    rest = np.array([float(row["flops"]) * 1e6 for row in rows]) - ours
    counts = np.array([[row["arch_str"].count(name) for name in ("conv", "pool")] + [1] for row in rows])
    found, *_ = np.linalg.lstsq(counts, rest, rcond=None)
    assert np.abs(counts @ found - rest).max() < 1.0 and (found > 0).all()


@pytest.mark.data
def test_synflow_orders_cells_as_published() -> None:
    rows = published_cells(12)
    published = np.array([float(row["synflow"]) for row in rows])
    ours = on_cells("synflow", rows)
    assert spearman(ours, published) > 0.97
    assert np.abs(ours - published).max() < 2.0  # they draw other weights


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(("name", "least"), [("snip", 0.9), ("grad_norm", 0.9), ("jacob_cov", 0.6)])
def test_others_order_cells_as_published(name: str, least: float) -> None:
    """Photographs have other gradients than noise, which matters for the covariance of the Jacobian most."""
    rows = published_cells(30)
    assert spearman(on_cells(name, rows), np.array([float(row[PUBLISHED[name]]) for row in rows])) > least


@pytest.mark.slow
@pytest.mark.data
def test_jacob_cov_on_photographs_agrees_with_the_published_values_as_far_as_with_itself() -> None:
    """Two draws of the weights: values close to -32 say that the published batches have 32 images as well."""
    rows, images = published_cells(40), photographs(32)
    published = np.array([float(row["jacov"]) for row in rows])
    first, second = (on_cells("jacob_cov", rows, images, seed=seed) for seed in (0, 1))
    assert np.median(np.abs(first - published)) < 0.5
    with_itself = spearman(first, second)
    with_published = np.mean([spearman(first, published), spearman(second, published)])
    assert with_published > 0.75 and abs(with_published - with_itself) < 0.1
