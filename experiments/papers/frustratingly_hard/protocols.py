"""Section 4 and figure 3: training protocols next to each other, by training on digits."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import PALETTE
from experiments.page import Claim, Page
from experiments.papers.frustratingly_hard import published
from experiments.papers.frustratingly_hard.trainer import Trainer
from nas_problems.array import FloatArray
from nas_problems.catalog.train import DIGITS_SKELETON
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.space import Codes

AUXILIARY = {"auxiliary_weight": 0.4}
DROP_PATH = {"drop_path": 0.2}
CUTOUT = {"cutout": 4}
"""As in section 4.1; a square of half the images' width."""

MIXUP = {"mixup": 0.2}
"""In place of AutoAugment, the policies of which are for photographs."""

CHANNELS, LONGER = 50 / 36, 1500 / 600

_NAMED = {
    "Base": "base",
    "Auxiliary": "A",
    "DropPath": "D",
    "Cutout": "C",
    "CD": "C+D",
    "CDA": "C+D+A",
    "CDA 50 Channels": "C+D+A, wider",
    "CDA AutoAugment": "C+D+A+AA",
    "CDAAA 1500 Epochs": "C+D+A+AA, longer",
    "CDAAA1500E50C": "C+D+A+AA, wider, longer",
}
"""The published protocols, in the authors' file and by our names; AA is AutoAugment."""


def protocols(base: TrainingProtocol) -> dict[str, tuple[TrainingProtocol, CellSkeleton]]:
    """Training protocols by name, from the simplest to all tricks; C is cutout, D drop path, A the auxiliary head."""
    cda = CUTOUT | DROP_PATH | AUXILIARY
    wide = replace(DIGITS_SKELETON, channels=round(DIGITS_SKELETON.channels * CHANNELS))
    long = {"epochs": round(base.epochs * LONGER)}
    named = {
        "base": {},
        "A": AUXILIARY,
        "D": DROP_PATH,
        "C": CUTOUT,
        "C+D": CUTOUT | DROP_PATH,
        "C+D+A": cda,
        "C+D+A, wider": cda,
        "C+D+A+mixup": cda | MIXUP,
        "C+D+A+mixup, longer": cda | MIXUP | long,
        "C+D+A+mixup, wider, longer": cda | MIXUP | long,
        "longer": long,
    }
    return {
        name: (replace(base, **options), wide if "wider" in name else DIGITS_SKELETON)  # type: ignore[arg-type]
        for name, options in named.items()
    }


def write_protocols(page: Page, trainer: Trainer, cells: Codes, base: TrainingProtocol, *, gain: float) -> None:
    """Train the same cells under every protocol.

    Args:
        page: Written to.
        trainer: Trains.
        cells: The cells, (n, 6).
        base: The simplest protocol.
        gain: The largest gain of a search over the average cell, percentage points.
    """
    accuracies = {
        name: trainer.curves(cells, protocol, skeleton)[-1] for name, (protocol, skeleton) in protocols(base).items()
    }
    page.heading("Section 4: training protocols")
    rows = [[name, values.mean(), values.std(), values.min(), values.max()] for name, values in accuracies.items()]
    page.table(
        pd.DataFrame(rows, columns=["training protocol", "mean", "standard deviation", "worst", "best"]),
        name="protocols",
        caption=f"Test accuracy (%) of {len(cells)} random cells without `none` on digits, {base.epochs} epochs. "
        "C: cutout of 4 x 4 of 8 x 8 pixels, D: drop path 0.2, A: auxiliary head of weight 0.4; wider: 50/36 times the "
        "channels, longer: 2.5 times the epochs.",
    )
    write_ranges(page, accuracies, images="digits", name="figure-3")
    best = max(accuracies, key=lambda name: float(accuracies[name].mean()))
    between, within = accuracies[best].mean() - accuracies["base"].mean(), accuracies["base"].std()
    page.claim(
        Claim(
            "How a network is trained matters more than which one is found (NAS-Bench-201 cells on digits)",
            "3 points between best and simplest protocol, at most 0.69 between search and sampling (CIFAR-10)",
            f"{between:.2f} points between best ({best}) and simplest protocol, {gain:.2f} between search and sampling",
            "holds" if between > gain else "does not hold",
            f"under the simplest protocol the standard deviation between cells is {within:.2f} points",
            "the gain of the best protocol over the simplest exceeds the largest gain of a search over the average "
            "cell, both on digits",
        )
    )


def write_ranges(page: Page, accuracies: Mapping[str, FloatArray], *, images: str, name: str) -> None:
    """Draw figure 3 with our accuracies, next to the published ones where these are available.

    Args:
        page: Written to.
        accuracies: Protocol -> test accuracies of the architectures, percent.
        images: Image set, the title of our panel.
        name: Name of the figure.
    """
    shown = {images: accuracies}
    if published.PROTOCOLS.at_hand:
        theirs = published.protocols()
        shown["CIFAR-10 (published)"] = {ours: theirs[name].to_numpy() for name, ours in _NAMED.items()}
    page.figure(
        _ranges(shown),
        name=name,
        caption="Test accuracy by training protocol: dots are the mean, lines go from the worst to the best cell.",
    )


def _ranges(shown: Mapping[str, Mapping[str, FloatArray]]) -> Figure:
    """Data set -> protocol -> accuracies in percent, as dots and lines; one panel for each data set."""
    figure = Figure(figsize=(5.6 * len(shown), 3.8), layout="constrained")
    for axes, (title, accuracies) in zip(np.atleast_1d(figure.subplots(1, len(shown))), shown.items(), strict=True):
        for place, values in enumerate(accuracies.values()):
            axes.plot((values.min(), values.max()), (place, place), color=PALETTE[0], linewidth=2, alpha=0.5)
            axes.plot(values.mean(), place, "o", color=PALETTE[0])
        axes.set(yticks=range(len(accuracies)), yticklabels=list(accuracies), xlabel="test accuracy (%)", title=title)
        axes.invert_yaxis()
        axes.grid(axis="x", alpha=0.3)
    return figure
