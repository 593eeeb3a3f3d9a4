"""Units of work of the page: searches, and trainings judged by three measures; each is a file once it is done."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score
from torch import nn

from experiments.papers.stored import stored
from nas_problems.array import IntArray
from nas_problems.datasets.images import ImageSet
from nas_problems.network.fit import Part, SeparateStack, StackTraining, initial_state, one_thread
from nas_problems.network.layer import parameter_count
from nas_problems.network.measure import mac_count
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.resnet import ResNet
from nas_problems.network.session import device_parts
from nas_problems.network.shape import ImageShape
from nas_problems.space import Codes
from nas_problems.supernet.compact import CompactBackbone
from nas_problems.supernet.space import COMPACT, COMPACT_DEPTH
from optimizers.one_shot import SearchProtocol, Setting, make
from optimizers.one_shot.search import search

VARIANTS: Mapping[str, tuple[bool, float]] = {
    "S": (False, 0.0),
    "S+C": (False, 0.01),
    "S+D": (True, 0.0),
    "S+C+D": (True, 0.01),
}
"""Whether depth is searched, and the factor of the loss on cost."""

RESNETS = {"ResNet-8": 8, "ResNet-20": 20, "ResNet-110": 110}

PAPERS_CHANNELS = 16
"""Channels of the paper's first block, with which sizes are counted."""

SENTINEL = ImageShape(10, 32, 32, 17)
"""Shape of the paper's images, for which sizes are counted."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is searched and trained.

    By default about half an hour on one core; the paper's search alone takes a hundred times as long.

    Args:
        channels: Of the first block; the paper has 16.
        depth: Cells per block without depth search; the paper has 3.
        max_depth: Largest depth of a block; the paper has 5.
        search_epochs: The paper has 105.
        epochs: Of a training from scratch.
        n_runs: Searches of each variant; the paper has 4.
        resnets: Of ``RESNETS``, those that are trained.
        batch_size: Images per step.
        n_images: Of the set, drawn once; None: all.
    """

    channels: int = 8
    depth: int = 3
    max_depth: int = 5
    search_epochs: int = 10
    epochs: int = 12
    n_runs: int = 2
    resnets: tuple[str, ...] = tuple(RESNETS)
    batch_size: int = 64
    n_images: int | None = 1500


QUICK = Sizes(channels=4, depth=1, max_depth=2, search_epochs=1, epochs=1, n_runs=1, resnets=("ResNet-8",))


def drawn(images: ImageSet, sizes: Sizes) -> ImageSet:
    """A part of the images with the same share of every class; all of them where there are no more."""
    from sklearn.model_selection import train_test_split

    n = sizes.n_images
    if n is None or len(images.labels) <= n:
        return images
    every = np.arange(len(images.labels))
    chosen, _ = train_test_split(every, train_size=n, stratify=images.labels, random_state=0)
    rows = np.sort(chosen)
    return _with_parts(images, np.arange(0, n, 5), 0, rows=rows)


def backbone(variant: str, sizes: Sizes) -> CompactBackbone:
    """The backbone that a variant searches."""
    depths = (sizes.depth,) * 3
    if not VARIANTS[variant][0]:
        return CompactBackbone(sizes.channels, depths, COMPACT)
    cells = replace(COMPACT_DEPTH, name=f"compact-depth-{sizes.max_depth}", max_depths=(sizes.max_depth,) * 3)
    return CompactBackbone(sizes.channels, depths, cells)


def group_split(images: ImageSet, *, n_groups: int = 10, n_test: int = 2, seed: int = 0) -> ImageSet:
    """The images split by groups that look alike, so that test images come from elsewhere (d1).

    Groups are clusters of the images' mean colours in four quarters; So2Sat has cities in their place. The groups
    for the test are the smallest ones whose classes also occur elsewhere; of the others, half is for validation.

    Args:
        images: A set; its own split is not used.
        n_groups: Clusters.
        n_test: Of them for the test.
        seed: Of the clustering and the halves.

    Raises:
        ValueError: No such groups.
    """
    _, channels, height, width = images.images.shape
    quarters = images.images[:, :, : height // 2 * 2, : width // 2 * 2].reshape(
        len(images.labels), channels, 2, height // 2, 2, width // 2
    )
    looks = quarters.mean(axis=(3, 5)).reshape(len(images.labels), -1)
    groups = KMeans(n_groups, n_init=4, random_state=seed).fit_predict(looks)
    chosen: list[int] = []
    n_classes = images.shape.n_classes
    for group in np.argsort(np.bincount(groups, minlength=n_groups), kind="stable"):
        left = ~np.isin(groups, [*chosen, group])
        if len(chosen) < n_test and np.bincount(images.labels[left], minlength=n_classes).min() >= 4:
            chosen.append(int(group))
    if len(chosen) < n_test:
        raise ValueError(f"groups: wanted {n_test} without which every class has four images, found {len(chosen)}")
    return _with_parts(images, np.flatnonzero(np.isin(groups, chosen)), seed)


def random_split(images: ImageSet, *, share: float = 0.2, seed: int = 0) -> ImageSet:
    """A random share for the test (d2); of the others, half is for validation."""
    rows = np.random.default_rng(seed).permutation(len(images.labels))
    return _with_parts(images, np.sort(rows[: round(share * len(rows))]), seed)


def _with_parts(images: ImageSet, test: IntArray, seed: int, *, rows: IntArray | None = None) -> ImageSet:
    """The images, or some rows of them, with these for the test, and half of the others for validation."""
    from sklearn.model_selection import train_test_split

    pixels, labels = (images.images, images.labels) if rows is None else (images.images[rows], images.labels[rows])
    others = np.setdiff1d(np.arange(len(labels)), test)
    train, validation = train_test_split(others, test_size=0.5, stratify=labels[others], random_state=seed)
    return replace(
        images, images=pixels, labels=labels, train=np.sort(train), validation=np.sort(validation), test=test
    )


def found(folder: Path, variant: str, images: ImageSet, seed: int, sizes: Sizes) -> Codes:
    """Code of the architecture that a search on d2 finds, computed or read."""
    place = backbone(variant, sizes)
    stem = f"{images.name}-{variant}-{sizes.channels}-{sizes.depth}-{sizes.search_epochs}-{seed}"

    def compute() -> pd.DataFrame:
        split = random_split(images)
        rate = _alpha_rate(len(split.train), sizes)
        protocol = SearchProtocol(epochs=sizes.search_epochs, batch_size=sizes.batch_size, alpha_rate=rate)
        setting = Setting.of(place, split, protocol=protocol, seed=seed)
        method = make("compact", complexity=VARIANTS[variant][1])
        log = search(
            method,
            setting,
            checkpoint=folder / f"{stem}.checkpoint",
            derive_every=sizes.search_epochs,
            clock=time.process_time,
        )
        return pd.DataFrame({"code": log.answer, "seconds": log.seconds[-1]})

    return np.asarray(stored(folder / f"search-{stem}.csv", compute)["code"], dtype=np.int64)


def _alpha_rate(n_images: int, sizes: Sizes) -> float:
    """Steps times rate as in 50 epochs of DARTS on CIFAR-10."""
    steps = sizes.search_epochs * -(-n_images // sizes.batch_size)
    return min(max(5.85 / steps, 3e-4), 0.05)


def judged(
    folder: Path, name: str, build: Callable[[ImageShape], nn.Module], images: ImageSet, seed: int, sizes: Sizes
) -> Mapping[str, float]:
    """OA and AA in percent and kappa on the test part after a training from scratch on all other images.

    Args:
        folder: Of the files.
        name: Of the network and the split, for the file.
        build: Shape of the images to a network.
        images: With the split.
        seed: Of the training.
        sizes: Its length.
    """
    path = folder / f"train-{images.name}-{name}-{sizes.channels}-{sizes.epochs}-{seed}.csv"
    frame = stored(path, lambda: pd.DataFrame([_judge(build, images, seed, sizes)]))
    return {str(column): float(frame[column].iloc[0]) for column in frame}


def _judge(build: Callable[[ImageShape], nn.Module], images: ImageSet, seed: int, sizes: Sizes) -> dict[str, float]:
    train, validation, test = device_parts(images, "cpu")
    whole = Part(torch.cat([train.images, validation.images]), torch.cat([train.labels, validation.labels]))
    protocol = TrainingProtocol(
        epochs=sizes.epochs,
        batch_size=sizes.batch_size,
        learning_rate=0.025,
        weight_decay=3e-4,
        schedule="cosine",
    )
    network = build(images.shape)
    initial_state(network, seed=seed, key=0)
    training = StackTraining(SeparateStack([network]), whole, protocol, seeds=(seed,))
    with one_thread():
        training.run_to(protocol.epochs)
        network.eval()
        with torch.no_grad():
            logits = [network(part) for part in torch.split(test.images, 100)]
    return measures(test.labels.numpy(), torch.cat(logits).argmax(dim=1).numpy())


def measures(labels: IntArray, answers: IntArray) -> dict[str, float]:
    """Overall accuracy, mean recall over the classes that occur, both in percent, and Cohen's kappa."""
    return {
        "OA": 100.0 * float((labels == answers).mean()),
        "AA": 100.0 * float(balanced_accuracy_score(labels, answers)) if len(labels) else float("nan"),
        "kappa": float(cohen_kappa_score(labels, answers)),
    }


def counts(build: Callable[[ImageShape], nn.Module]) -> tuple[float, float]:
    """Million parameters and million multiply-accumulates for the paper's images."""
    network = build(SENTINEL)
    return parameter_count(network) / 1e6, mac_count(network, SENTINEL) / 1e6


def resnet(depth: int) -> Callable[[ImageShape], nn.Module]:
    """Shape of the images to a residual network."""
    return lambda shape: ResNet(depth, n_channels=shape.n_channels, n_classes=shape.n_classes)


def compact(place: CompactBackbone, code: Codes) -> Callable[[ImageShape], nn.Module]:
    """Shape of the images to the network of an architecture."""
    architecture = place.cells.decode(code)
    return lambda shape: place.stand_alone(shape, architecture)
