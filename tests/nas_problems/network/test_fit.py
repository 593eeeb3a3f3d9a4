"""Training: against a loop written out, continued, limited, and with every knob."""

import dataclasses
import math

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch
from torch import nn

from nas_problems.datasets.images import ImageSet
from nas_problems.network.augment import crop, cut_out, draw_augmentations
from nas_problems.network.cell201 import CellNetwork
from nas_problems.network.cell201_stack import CellStack
from nas_problems.network.fit import (
    ORDER,
    Part,
    SeparateStack,
    StackTraining,
    TimeLimitError,
    derived_seed,
    initial_state,
)
from nas_problems.network.layer import Dropout
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.session import device_parts
from nas_problems.network.skeleton import CellSkeleton

SKELETON = CellSkeleton(channels=2, n_cells=1, n_stages=2)
PROTOCOL = TrainingProtocol(
    epochs=3, batch_size=8, learning_rate=0.1, nesterov=True, weight_decay=1e-3, schedule="cosine"
)
CODES = [[3, 3, 2, 1, 4, 0], [1, 0, 2, 4, 3, 2]]


def part(n: int = 30) -> Part:
    generator = torch.Generator().manual_seed(7)
    labels = torch.arange(n) % 3
    return Part(torch.randn(n, 1, 6, 6, generator=generator) + labels[:, None, None, None], labels)


def network(code: list[int], **options: float) -> CellNetwork:
    found = CellNetwork(
        code,
        n_channels=1,
        n_classes=3,
        skeleton=SKELETON,
        drop_path=options.get("drop_path", 0.0),
        auxiliary=bool(options.get("auxiliary")),
    )
    initial_state(found, seed=5, key=code[0])
    return found


def training(protocol: TrainingProtocol = PROTOCOL, /, **options: float) -> StackTraining:
    return StackTraining(SeparateStack([network(CODES[0], **options)]), part(), protocol, seeds=(5,))


def weights(module: nn.Module) -> list[torch.Tensor]:
    return [values.detach().clone() for values in module.parameters()]


def test_l2_is_a_penalty_on_kernels_in_the_loss() -> None:
    """Equal to a loop whose loss has the sum of squares of all weights of convolutions and dense layers."""
    protocol = dataclasses.replace(PROTOCOL, weight_decay=0.0, l2=0.01)
    code = [3, 3, 2, 1, 4, 3]  # the loss depends on every edge
    found = StackTraining(SeparateStack([network(code)]), part(), protocol, seeds=(5,))
    found.run_to(1)
    plain, data = network(code).train(), part()
    kernels = [layer.weight for layer in plain.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    optimizer = torch.optim.SGD(plain.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(derived_seed(ORDER, 5, 0)))
    for rows in torch.split(order, 8):
        optimizer.zero_grad()
        penalty = torch.stack([kernel.square().sum() for kernel in kernels]).sum()
        loss = nn.functional.cross_entropy(plain(data.images[rows]), data.labels[rows]) + 0.01 * penalty
        torch.autograd.backward(loss)
        optimizer.step()
    for ours, theirs in zip(weights(found.stack), weights(plain), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


def test_training_equals_a_loop_written_out() -> None:
    found = training()
    found.run_to(2)
    plain, data = network(CODES[0]).train(), part()
    optimizer = torch.optim.SGD(plain.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3)
    for epoch in range(2):
        optimizer.param_groups[0]["lr"] = 0.05 * (1 + math.cos(math.pi * epoch / 3))
        order = torch.randperm(30, generator=torch.Generator().manual_seed(derived_seed(ORDER, 5, epoch)))
        for start in range(0, 30, 8):
            rows = order[start : start + 8]
            optimizer.zero_grad()
            torch.autograd.backward(nn.functional.cross_entropy(plain(data.images[rows]), data.labels[rows]))
            optimizer.step()
    for ours, theirs in zip(weights(found.stack), weights(plain), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("seeds", "l2"), [((5,), 0.0), ((5, 6), 0.0), ((5,), 0.01)])
def test_a_stack_trains_as_its_networks_do(seeds: tuple[int, ...], l2: float) -> None:
    """Together as one by one, up to rounding."""
    protocol = dataclasses.replace(PROTOCOL, l2=l2)
    networks = [network(code) for code in CODES]
    stack = CellStack(CODES, n_channels=1, n_classes=3, skeleton=SKELETON)
    stack.load([one.state_dict() for one in networks])
    together = StackTraining(stack, part(), protocol, seeds=seeds)
    together.run_to(2)
    found = together.accuracy(part())
    for k, one in enumerate(networks):
        alone = StackTraining(SeparateStack([one]), part(), protocol, seeds=(seeds[min(k, len(seeds) - 1)],))
        alone.run_to(2)
        assert alone.accuracy(part())[0] == pytest.approx(found[k], abs=4)
        np.testing.assert_allclose(
            [loss[k] for loss in together.curve.train_loss], np.ravel(alone.curve.train_loss), rtol=1e-2
        )


KNOBS = {
    "plain": PROTOCOL,
    "all": dataclasses.replace(
        PROTOCOL, cutout=3, mixup=0.5, label_smoothing=0.1, drop_path=0.3, auxiliary_weight=0.4, schedule="constant"
    ),
}


@pytest.mark.parametrize("knobs", KNOBS)
def test_a_continued_training_is_the_uninterrupted_one(knobs: str) -> None:
    options = {"drop_path": 0.3, "auxiliary": 1.0} if knobs == "all" else {}
    once, twice = training(KNOBS[knobs], **options), training(KNOBS[knobs], **options)
    once.run_to(3)
    for epoch in (1, 1, 3):
        twice.run_to(epoch)
        twice.accuracy(part())
    assert all(torch.equal(a, b) for a, b in zip(weights(once.stack), weights(twice.stack), strict=True))
    assert len(once.curve.train_loss) == len(once.curve.train_accuracy) == 3
    assert once.curve.train_loss[-1] < once.curve.train_loss[0]


@pytest.mark.parametrize(
    "change",
    [
        {"cutout": 3},
        {"mixup": 1.0},
        {"label_smoothing": 0.2},
        {"auxiliary_weight": 0.5},
        {"drop_path": 0.5},
        {"crop": 2},
        {"flip": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_knob_changes_the_weights(change: dict[str, float]) -> None:
    options: dict[str, float] = {"auxiliary": 1.0} if "auxiliary_weight" in change else {**change}
    protocol = dataclasses.replace(PROTOCOL, **change)  # type: ignore[arg-type]  # the knobs have different types
    plain = training(PROTOCOL, **{**options, "drop_path": 0.0})
    changed = training(protocol, **options)
    plain.run_to(1)
    changed.run_to(1)
    pairs = zip(weights(plain.stack), weights(changed.stack), strict=True)
    assert not all(torch.equal(a, b) for a, b in pairs)


def test_cutout_sets_squares_to_zero() -> None:
    images = torch.ones(50, 2, 8, 8)
    centres = torch.from_numpy(np.random.default_rng(0).integers(0, 8, (50, 2)))
    cut = cut_out(images, 3, centres)
    for k, (row, column) in enumerate(centres.tolist()):
        assert not cut[k, :, row, column].any()
    n_zeros = (cut == 0).sum(dim=(2, 3))
    assert torch.equal(n_zeros[:, 0], n_zeros[:, 1]) and n_zeros.max() == 9 and n_zeros.min() >= 4
    assert bool((images == 1).all())


def test_crops_are_parts_of_padded_images() -> None:
    images = torch.arange(1.0, 17.0).reshape(1, 1, 4, 4).expand(3, 2, 4, 4)
    found = crop(images, 1, torch.tensor([[1, 1], [0, 0], [2, 1]]))
    assert torch.equal(found[0], images[0])
    assert torch.equal(found[1, 0, 1:, 1:], images[0, 0, :3, :3]) and not found[1, :, 0].any()
    assert torch.equal(found[2, 1, :3], images[0, 1, 1:]) and not found[2, :, 3].any()
    assert torch.equal(crop(images[:, None], 1, torch.zeros(3, 2, dtype=torch.int64))[0, 0], found[1])


def test_half_of_the_images_are_mirrored_and_crops_differ() -> None:
    protocol = dataclasses.replace(PROTOCOL, crop=2, flip=True)
    (change,) = draw_augmentations(protocol, [400], 6, 6, np.random.default_rng(0), torch.device("cpu"))
    assert change.flipped is not None and 160 < int(change.flipped.sum()) < 240
    assert sorted(set(change.offsets.flatten().tolist())) == [0, 1, 2, 3, 4]
    images = torch.randn(400, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    still = change.offsets.eq(2).all(dim=1) & ~change.flipped
    mirrored = change.offsets.eq(2).all(dim=1) & change.flipped
    assert torch.equal(change(images)[still], images[still])
    assert torch.equal(change(images)[mirrored], images[mirrored].flip(3))


def test_mixup_adds_another_image_of_the_batch() -> None:
    rng, cpu = np.random.default_rng(0), torch.device("cpu")
    changes = draw_augmentations(dataclasses.replace(PROTOCOL, mixup=1.0), [5, 3], 6, 6, rng, cpu)
    assert [change.partners.sort()[0].tolist() for change in changes] == [[0, 1, 2, 3, 4], [0, 1, 2]]
    images = torch.arange(5.0)[:, None, None, None].expand(5, 1, 6, 6)
    share, partners = changes[0].share, changes[0].partners
    assert 0 < share < 1
    wanted = share * torch.arange(5.0) + (1 - share) * partners
    torch.testing.assert_close(changes[0](images)[:, 0, 0, 0], wanted)


class Foreign(nn.Module):
    """A network of layers that draw from torch's own generators."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.PReLU(), nn.BatchNorm2d(4, affine=False), nn.Flatten()
        )
        self.attention = nn.MultiheadAttention(8, 2, dropout=0.2, batch_first=True)
        self.drop, self.head = nn.Dropout(0.5), nn.Linear(64, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(batch, 1, 6, 6) -> (batch, 3)."""
        x = self.layers(images).unflatten(1, (8, 8))
        found: torch.Tensor = self.head(self.drop(self.attention(x, x, x)[0].flatten(1)))
        return found


def test_layers_of_torch_are_as_repeatable_as_ours() -> None:
    trainings = []
    for _ in range(2):
        network = Foreign()
        initial_state(network, seed=1, key=2)
        trainings.append(StackTraining(SeparateStack([network]), part(), PROTOCOL, seeds=(1,)))
    once, twice = trainings
    before = torch.random.get_rng_state()
    once.run_to(3)
    assert torch.equal(torch.random.get_rng_state(), before)
    for epoch in (1, 3):
        torch.rand(7)  # what others draw does not matter
        twice.run_to(epoch)
    assert all(torch.equal(a, b) for a, b in zip(weights(once.stack), weights(twice.stack), strict=True))


def test_dropout_keeps_the_mean() -> None:
    layer = Dropout(0.25).train()
    layer.generator = torch.Generator().manual_seed(0)
    x = torch.ones(100, 100)
    dropped = layer(x)
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3]) and dropped.mean() == pytest.approx(1, abs=0.05)
    assert torch.equal(layer.eval()(x), x)


def test_limits_and_divergence() -> None:
    ticks = iter(range(1000))
    slow = StackTraining(
        SeparateStack([network(CODES[0])]),
        part(),
        PROTOCOL,
        seeds=(5,),
        clock=lambda: float(next(ticks)),
        limit_seconds=3,
    )
    with pytest.raises(TimeLimitError, match="exceeded the time limit of 3 s"):
        slow.run_to(3)
    wild = training(dataclasses.replace(PROTOCOL, learning_rate=1e30, schedule="constant"))
    wild.run_to(2)
    assert np.isnan(wild.accuracy(part())).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs: wanted a number in"),
        ({"momentum": 1.0}, "momentum"),
        ({"momentum": 0.0, "nesterov": True}, "momentum: wanted more than 0 with nesterov=True, found 0"),
        ({"drop_path": float("nan")}, "drop_path"),
        ({"schedule": "step"}, "schedule: wanted one of"),
    ],
)
def test_protocols_that_cannot_be(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingProtocol(**change)  # type: ignore[arg-type]  # that is the test


@pytest.mark.gpu
def test_the_same_code_runs_on_a_gpu() -> None:
    device = torch.device("cuda")
    data = part()
    on_device = Part(data.images.to(device), data.labels.to(device))
    found = StackTraining(SeparateStack([network(CODES[0]).to(device)]), on_device, KNOBS["all"], seeds=(5,))
    found.run_to(2)
    assert np.isfinite(found.accuracy(on_device)).all()


def test_channels_are_standardised_and_constant_ones_are_zero() -> None:
    pixels = np.random.default_rng(0).random((40, 4, 4, 2))
    pixels[..., 1] = 0.5
    images = ImageSet.from_arrays("constant", pixels, np.arange(40) % 2)
    train, validation, test = device_parts(images, "cpu")
    assert max(float(part.images[:, 1].abs().max()) for part in (train, validation, test)) < 1e-6
    values = train.images[:, 0]
    assert float(values.mean()) == pytest.approx(0, abs=1e-5) and float(values.std()) == pytest.approx(1, abs=1e-5)
