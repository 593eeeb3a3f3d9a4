"""Section 4 and figure 3 on their own ground: the ten training protocols, on random cells of DARTS."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from experiments.page import Claim, Page, graded
from experiments.papers.frustratingly_hard.own_space import Runner
from experiments.papers.frustratingly_hard.protocols import CHANNELS, LONGER, MIXUP, write_ranges
from nas_problems.array import FloatArray
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.shape import ImageShape
from nas_problems.supernet.space import DARTS

_RULE = (
    "Holds: the mean of the best protocol is farther above that of the simplest than the best architecture is above "
    "the worst under the best protocol. A weaker form: it is farther above than the standard deviation between "
    "architectures under the best protocol."
)


def cell_protocols(runner: Runner) -> Mapping[str, tuple[TrainingProtocol, int]]:
    """Protocols by the paper's names, from the simplest to all tricks, each with its channels.

    For images that do not have three channels, and without torchvision, mixup takes the place of AutoAugment (AA).
    """
    tricks, base, channels = runner.tricks(), runner.base_protocol(), runner.sizes.channels
    wide, long = round(channels * CHANNELS), {"epochs": round(base.epochs * LONGER)}
    cda = tricks["C"] | tricks["D"] | tricks["A"]
    name, policy = ("AA", {"auto_augment": True}) if _has_policy(runner.images.shape) else ("mixup", MIXUP)
    named: dict[str, tuple[Mapping[str, float], int]] = {
        "base": ({}, channels),
        "A": (tricks["A"], channels),
        "D": (tricks["D"], channels),
        "C": (tricks["C"], channels),
        "C+D": (tricks["C"] | tricks["D"], channels),
        "C+D+A": (cda, channels),
        "C+D+A, wider": (cda, wide),
        f"C+D+A+{name}": (cda | policy, channels),
        f"C+D+A+{name}, longer": (cda | policy | long, channels),
        f"C+D+A+{name}, wider, longer": (cda | policy | long, wide),
    }
    return {
        name: (replace(base, **options), width)  # type: ignore[arg-type]  # integers and truth values are numbers
        for name, (options, width) in named.items()
    }


def _has_policy(shape: ImageShape) -> bool:
    from nas_problems.network.augment import check_auto_augment

    try:
        check_auto_augment(shape)
    except (ImportError, ValueError):
        return False
    return True


def write_cell_protocols(page: Page, runner: Runner, *, seed: int) -> None:
    """Train the same cells under every protocol.

    Args:
        page: Written to.
        runner: Trains, and stores.
        seed: Of the first cell's training.
    """
    codes = runner.sampled(DARTS, seed, runner.sizes.n_compared)
    found: dict[str, FloatArray] = {
        name: runner.accuracies_by(name, protocol, codes, seed, channels=channels)
        for name, (protocol, channels) in cell_protocols(runner).items()
    }
    page.heading("Section 4 on its own ground: training protocols on cells of DARTS")
    rows = [[name, values.mean(), values.std(ddof=1), values.min(), values.max()] for name, values in found.items()]
    page.table(
        pd.DataFrame(rows, columns=["training protocol", "mean", "standard deviation", "worst", "best"]),
        name="cell-protocols",
        digits=4,
        caption=f"Test accuracy (%) of the same {len(codes)} random architectures on `{runner.images.name}`, "
        f"{runner.sizes.epochs} epochs. C: cutout of half the images' width, D: drop path 0.2, A: auxiliary head of "
        "weight 0.4, mixup in place of AutoAugment (AA), which is for photographs and needs torchvision; wider: 50/36 "
        "times the channels, longer: 2.5 times the epochs.",
    )
    write_ranges(page, found, images=runner.images.name, name="figure-3-own-space")
    best = max(found, key=lambda name: float(found[name].mean()))
    between, inside = float(found[best].mean() - found["base"].mean()), found[best]
    spread, deviation = float(inside.max() - inside.min()), float(inside.std(ddof=1))
    page.claim(
        Claim(
            "On cells of DARTS, how a network is trained matters more than which one is found",
            "2.91 points between the simplest and the best protocol; under the best, 0.70 from the worst to the best",
            f"{between:.2f} points between the simplest and the best protocol ({best}); under the best, {spread:.2f} "
            "from the worst to the best",
            graded(between > spread, weaker=between > deviation),
            f"the standard deviation between {len(codes)} architectures under the best protocol is {deviation:.2f}",
            _RULE,
        )
    )
