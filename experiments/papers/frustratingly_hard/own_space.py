"""Table 1 on its own ground: what one-shot searches gain over random architectures of the same space, by training.

Searches and trainings are files once they are done; the page goes on where it was stopped.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, sem

from experiments.page import Claim, Page
from experiments.papers.frustratingly_hard import published
from experiments.papers.stored import stored
from nas_problems.array import FloatArray
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.parameter import Value
from nas_problems.space import Codes
from nas_problems.supernet.space import CNAS, DARTS, NSGANET, CellSpace
from optimizers.baseline import relative_improvement
from optimizers.one_shot import SearchProtocol, Setting, make

if TYPE_CHECKING:
    from nas_problems.datasets.images import ImageSet
    from nas_problems.supernet.darts import DartsBackbone

METHODS: dict[str, tuple[CellSpace, str, dict[str, Value]]] = {
    "DARTS": (DARTS, "darts", {}),
    "PDARTS": (DARTS, "p-darts", {}),
    "NSGANET": (NSGANET, "nsganet", {"population": 8, "offspring": 4, "train_epochs": 5}),
    "ENAS": (DARTS, "enas", {"controller_steps": 30}),
    "CNAS": (CNAS, "cnas", {}),
    "MANAS": (DARTS, "manas", {}),
    "StacNAS": (DARTS, "stacnas", {}),
    "NAO": (DARTS, "nao", {"n_seeds": 100, "n_top": 30, "n_new": 50, "n_random": 20, "predictor_epochs": 100}),
}
"""The paper's methods, each with the space that it searches; populations and steps are smaller than published."""


@dataclass(frozen=True, slots=True)
class SpaceSizes:
    """How much is searched and trained.

    Args:
        methods: Keys of ``METHODS``.
        channels: Of the first cells.
        n_cells: Cells; the paper has 8 in searches and 20 in trainings.
        other_cells: Cells of the networks whose ranking is compared.
        search_epochs: Of a search.
        epochs: Of a training from scratch; the paper has 600.
        n_runs: Searches of a method, and random architectures of a space; the paper has 8.
        batch_size: Images per step.
    """

    methods: tuple[str, ...] = tuple(METHODS)
    channels: int = 8
    n_cells: int = 4
    other_cells: int = 2
    search_epochs: int = 10
    epochs: int = 20
    n_runs: int = 8
    batch_size: int = 64


QUICK_SPACE = SpaceSizes(
    methods=("DARTS", "ENAS"), channels=2, n_cells=2, other_cells=3, search_epochs=1, epochs=1, n_runs=2
)


class Runner:
    """Searches and trainings on one image set, stored in a folder.

    Args:
        folder: Of the files.
        images: The image set.
        sizes: How much.
    """

    def __init__(self, folder: Path, images: "ImageSet", sizes: SpaceSizes) -> None:
        from nas_problems.network.session import device_parts

        self.folder, self.images, self.sizes = folder, images, sizes
        self.train_part, self.validation, self.test = device_parts(images, "cpu")

    def _backbone(self, cells: CellSpace, n_cells: int, channels: int | None = None) -> "DartsBackbone":
        from nas_problems.supernet.darts import DartsBackbone

        return DartsBackbone(channels=channels or self.sizes.channels, n_cells=n_cells, cells=cells)

    def found(self, label: str, seed: int) -> Codes:
        """Code of what a search of a method finds."""
        from optimizers.one_shot.search import search

        cells, name, options = METHODS[label]
        sizes = self.sizes
        stem = f"{self.images.name}-{label}-{sizes.channels}-{sizes.n_cells}-{sizes.search_epochs}-{seed}"

        def compute() -> pd.DataFrame:
            steps = sizes.search_epochs * math.ceil(len(self.train_part) / sizes.batch_size)
            protocol = SearchProtocol(
                epochs=sizes.search_epochs,
                batch_size=sizes.batch_size,
                alpha_rate=min(max(5.85 / steps, 3e-4), 0.05),  # steps * rate as in the published search
            )
            setting = Setting(
                self._backbone(cells, sizes.n_cells),
                self.images.shape,
                self.train_part,
                self.validation,
                protocol,
                seed,
            )
            checkpoint = self.folder / f"{stem}.checkpoint"
            log = search(make(name, **options), setting, checkpoint=checkpoint, derive_every=sizes.search_epochs)
            return pd.DataFrame({"code": log.answer, "seconds": log.seconds[-1]})

        return np.asarray(stored(self.folder / f"{stem}.csv", compute)["code"], dtype=np.int64)

    def accuracy(self, cells: CellSpace, code: Codes, seed: int, n_cells: int) -> float:
        """Best test accuracy in percent over the epochs of a training from scratch, as the paper reports it."""
        path = self.training_path(cells, code, seed, n_cells)
        frame = stored(path, lambda: pd.DataFrame({"accuracy": self._train(cells, code, seed, n_cells)}))
        return float(frame["accuracy"].max())

    def training_path(self, cells: CellSpace, code: Codes, seed: int, n_cells: int) -> Path:
        """File of a training's test accuracies."""
        name = "".join(np.base_repr(number, 36) for number in code.tolist())
        sizes = self.sizes
        stem = f"{self.images.name}-{cells.name}-{name}-{sizes.channels}-{n_cells}-{sizes.epochs}-{seed}"
        return self.folder / f"train-{stem}.csv"

    def sampled(self, cells: CellSpace, seed: int) -> Codes:
        """Codes of random architectures of a space, (n_runs, variables)."""
        return cells.space.sample(self.sizes.n_runs, np.random.default_rng([seed, self.sizes.n_runs]))

    def base_protocol(self) -> TrainingProtocol:
        """The paper's training without its tricks: crops and flips of photographs only."""
        is_photograph = self.images.shape.n_channels == 3
        return TrainingProtocol(
            epochs=self.sizes.epochs,
            batch_size=self.sizes.batch_size,
            learning_rate=0.025,
            weight_decay=3e-4,
            schedule="cosine",
            crop=self.images.shape.width // 8 if is_photograph else 0,
            flip=is_photograph,
        )

    def tricks(self) -> dict[str, dict[str, float]]:
        """Options of the protocol by the letters of the paper's figure 3; cutout of half the images' width."""
        return {"C": {"cutout": self.images.shape.width // 2}, "D": {"drop_path": 0.2}, "A": {"auxiliary_weight": 0.4}}

    def accuracies_by(
        self, name: str, protocol: TrainingProtocol, codes: Codes, seed: int, *, channels: int
    ) -> FloatArray:
        """Best test accuracy in percent over the epochs of trainings by another protocol, (n,).

        Args:
            name: Of the protocol, for the files.
            protocol: How to train.
            codes: Cells of DARTS, (n, variables).
            seed: Of the first training; the others follow.
            channels: Of the first cells.
        """
        backbone = self._backbone(DARTS, self.sizes.n_cells, channels)
        found = []
        for k, code in enumerate(codes):
            place = self.training_path(DARTS, code, seed + k, self.sizes.n_cells)
            path = place.with_name(f"{name.replace(', ', '-')}-{place.name}")
            frame = stored(path, partial(self._frame, protocol, backbone, code, seed + k))
            found.append(float(frame["accuracy"].max()))
        return np.array(found)

    def _frame(self, protocol: TrainingProtocol, backbone: "DartsBackbone", code: Codes, seed: int) -> pd.DataFrame:
        return pd.DataFrame({"accuracy": self._run(protocol, backbone, code, seed)})

    def _train(self, cells: CellSpace, code: Codes, seed: int, n_cells: int) -> list[float]:
        options = {name: value for trick in self.tricks().values() for name, value in trick.items()}
        protocol = replace(self.base_protocol(), **options)  # type: ignore[arg-type]  # integers are numbers
        return self._run(protocol, self._backbone(cells, n_cells), code, seed)

    def _run(self, protocol: TrainingProtocol, backbone: "DartsBackbone", code: Codes, seed: int) -> list[float]:
        from nas_problems.evaluators.training import candidate_key
        from nas_problems.network.fit import StackTraining, initial_state, one_thread
        from nas_problems.supernet.family import BackboneFamily

        cells = backbone.cells
        family = BackboneFamily(self.images.shape, backbone)
        stack = family.stack(cells.space.decode(code[None]), protocol)
        initial_state(stack, seed=seed, key=candidate_key(cells.space, code))
        training = StackTraining(stack, self.train_part, protocol, seeds=(seed,))
        curve = []
        with one_thread():
            for epoch in range(1, protocol.epochs + 1):
                training.run_to(epoch)
                curve.append(float(training.accuracy(self.test)[0]))
        return curve


def write_own_space(page: Page, folder: Path, images: "ImageSet", sizes: SpaceSizes, *, seed: int) -> Runner:
    """Relative improvement of each method over random architectures of its space, and two rankings.

    Args:
        page: Written to.
        folder: Of the searches and trainings.
        images: The image set.
        sizes: How much.
        seed: Of the first search and the first random architecture.

    Returns:
        What searched and trained.
    """
    page.heading("Table 1 on its own ground: cells of DARTS, trained")
    runner = Runner(folder, images, sizes)
    page.text(
        f"The paper's protocol at a small scale: {sizes.n_runs} searches of each method and {sizes.n_runs} random "
        f"architectures of the *same* space, all trained from scratch with the same seeds ({sizes.epochs} epochs, "
        f"{sizes.n_cells} cells, {sizes.channels} channels, cutout, drop path, auxiliary head) on `{images.name}` "
        f"({len(images.train)} images of {images.shape.width} x {images.shape.height} pixels to train on); the "
        "best test accuracy over the epochs counts, as in the paper."
    )
    baselines: dict[str, FloatArray] = {}
    rows = []
    for label in sizes.methods:
        cells = METHODS[label][0]
        if cells.name not in baselines:
            codes = runner.sampled(cells, seed)
            baselines[cells.name] = _accuracies(runner, cells, codes, seed, sizes.n_cells)
        codes = np.array([runner.found(label, seed + k) for k in range(sizes.n_runs)])
        searched, sampled = _accuracies(runner, cells, codes, seed, sizes.n_cells), baselines[cells.name]
        rows.append(
            {
                "method": label,
                "space": cells.name,
                "searched": searched.mean(),
                "random": sampled.mean(),
                "RI (%)": relative_improvement(float(searched.mean()), float(sampled.mean())),
                "its s.e.": 100 * float(np.hypot(sem(searched), sem(sampled))) / float(sampled.mean()),
                "published RI, CIFAR-10 (%)": published.IMPROVEMENT.loc[label, "CIFAR-10"],
            }
        )
    frame = pd.DataFrame(rows).set_index("method")
    page.table(
        frame,
        name="table-1-own-space",
        digits=3,
        caption=f"Test accuracy (%) of what was found and of random architectures of the same space, and relative "
        f"improvement; {sizes.n_runs} runs each.",
    )
    low, high = published.IMPROVEMENT.to_numpy().min(), published.IMPROVEMENT.to_numpy().max()
    clear = [m for m, row in frame.iterrows() if abs(row["RI (%)"]) > 2 * row["its s.e."]]
    page.claim(
        Claim(
            "On cells of DARTS, improvements over random architectures of the same space are small",
            f"{low:g} to {high:g} %",
            f"{frame['RI (%)'].min():.2f} to {frame['RI (%)'].max():.2f} % on {images.name}",
            "holds" if frame["RI (%)"].max() <= high else "does not hold",
            f"{len(clear)} of {len(frame)} differ from nothing by two standard errors ({sizes.n_runs} runs)",
            "no improvement exceeds the largest published one",
        )
    )
    _write_rankings(page, runner, seed=seed)
    return runner


def _accuracies(runner: Runner, cells: CellSpace, codes: Codes, seed: int, n_cells: int) -> FloatArray:
    return np.array([runner.accuracy(cells, code, seed + k, n_cells) for k, code in enumerate(codes)])


def _write_rankings(page: Page, runner: Runner, *, seed: int) -> None:
    """Random cells of DARTS trained with another seed, and with another number of cells."""
    sizes = runner.sizes
    codes = runner.sampled(DARTS, seed)
    usual = _accuracies(runner, DARTS, codes, seed, sizes.n_cells)
    others = {
        "another seed": (_accuracies(runner, DARTS, codes, seed + 1000, sizes.n_cells), published.SEED_TAU),
        f"{sizes.other_cells} cells instead of {sizes.n_cells}": (
            _accuracies(runner, DARTS, codes, seed, sizes.other_cells),
            published.DEPTH_TAU,
        ),
    }
    rows = [
        [name, len(codes), _tau(usual, other), tau, float(np.abs(usual - other).mean())]
        for name, (other, tau) in others.items()
    ]
    columns = ["compared with", "architectures", "Kendall's tau", "published tau (32)", "mean change (points)"]
    page.table(
        pd.DataFrame(rows, columns=columns),
        name="ranking-own-space",
        digits=3,
        caption="Random cells of DARTS, trained twice.",
    )


def _tau(a: Sequence[float] | FloatArray, b: Sequence[float] | FloatArray) -> float:
    return float(kendalltau(a, b)[0])
