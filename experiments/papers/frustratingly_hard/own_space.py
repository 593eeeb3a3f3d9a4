"""Table 1 on its own ground: what one-shot searches gain over random architectures of the same space, by training.

Searches and trainings are files once they are done; the page goes on where it was stopped.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, sem

from experiments.page import Claim, Page, graded
from experiments.papers.frustratingly_hard import published
from experiments.papers.stored import stored
from experiments.steps import step
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
    "NSGANET": (NSGANET, "nsganet", {"population": 6, "offspring": 3, "train_epochs": 3}),
    "ENAS": (DARTS, "enas", {"controller_steps": 30}),
    "CNAS": (CNAS, "cnas", {}),
    "MANAS": (DARTS, "manas", {}),
    "StacNAS": (DARTS, "stacnas", {}),
    "NAO": (DARTS, "nao", {"n_seeds": 100, "n_top": 30, "n_new": 50, "n_random": 20, "predictor_epochs": 100}),
}
"""The paper's methods, each with the space that it searches; populations and steps are smaller than published."""


@dataclass(frozen=True, slots=True)
class SpaceSizes:
    """How much is searched and trained: by default about half an hour on one core.

    Args:
        methods: Keys of ``METHODS``.
        channels: Of the first cells of a network that is trained; the paper has 36.
        n_cells: Its cells; the paper has 20.
        other_cells: Cells of the networks whose ranking is compared.
        search_channels: Of the first cells of a supernet; the paper has 16.
        search_cells: Its cells; the paper has 8.
        search_epochs: Of a search; the paper has 50.
        epochs: Of a training from scratch; the paper has 600.
        n_runs: Searches of a method; the paper has 8.
        n_random: Random architectures of a space that searches are compared with; the paper has 8.
        n_ranked: Random architectures of DARTS's space that are trained in several ways; the paper has 32.
        n_compared: Of these, those under each training protocol; the paper has 8.
        batch_size: Images per step.
        learning_rate: Of trainings at the start; the paper's .025 is for 75 times as many epochs.
    """

    methods: tuple[str, ...] = tuple(METHODS)
    channels: int = 8
    n_cells: int = 4
    other_cells: int = 2
    search_channels: int = 4
    search_cells: int = 3
    search_epochs: int = 6
    epochs: int = 8
    n_runs: int = 3
    n_random: int = 8
    n_ranked: int = 12
    n_compared: int = 4
    batch_size: int = 50
    learning_rate: float = 0.1


QUICK_SPACE = SpaceSizes(
    methods=("DARTS", "ENAS"),
    channels=2,
    n_cells=2,
    other_cells=3,
    search_channels=2,
    search_cells=2,
    search_epochs=1,
    epochs=1,
    n_runs=2,
    n_random=2,
    n_ranked=3,
    n_compared=2,
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
        sizes, path = self.sizes, self.search_path(label, seed)

        def compute() -> pd.DataFrame:
            steps = sizes.search_epochs * math.ceil(len(self.train_part) / sizes.batch_size)
            protocol = SearchProtocol(
                epochs=sizes.search_epochs,
                batch_size=sizes.batch_size,
                alpha_rate=min(max(5.85 / steps, 3e-4), 0.05),  # steps * rate as in the published search
            )
            setting = Setting(
                self._backbone(cells, sizes.search_cells, sizes.search_channels),
                self.images.shape,
                self.train_part,
                self.validation,
                protocol,
                seed,
            )
            step(f"{label}, search {seed}")
            log = search(
                make(name, **options),
                setting,
                checkpoint=path.with_suffix(".checkpoint"),
                derive_every=sizes.search_epochs,
                clock=time.process_time,
            )
            return pd.DataFrame({"code": log.answer, "seconds": log.seconds[-1]})

        return np.asarray(stored(path, compute)["code"], dtype=np.int64)

    def search_path(self, label: str, seed: int) -> Path:
        """File of what a search of a method finds."""
        sizes = self.sizes
        shape = f"{sizes.search_channels}-{sizes.search_cells}-{sizes.search_epochs}"
        return self.folder / f"{self.images.name}-{label}-{shape}-{seed}.csv"

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

    def sampled(self, cells: CellSpace, seed: int, n: int) -> Codes:
        """Codes of random architectures of a space, (n, variables); fewer of them are the first of more."""
        return np.concatenate([cells.space.sample(1, np.random.default_rng([seed, k])) for k in range(n)])

    def base_protocol(self) -> TrainingProtocol:
        """The paper's training without its tricks: crops and flips of photographs only."""
        is_photograph = self.images.shape.n_channels == 3
        return TrainingProtocol(
            epochs=self.sizes.epochs,
            batch_size=self.sizes.batch_size,
            learning_rate=self.sizes.learning_rate,
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
        f"The paper's protocol at a small scale: {sizes.n_runs} searches of each method and {sizes.n_random} random "
        "architectures of the *same* space, all trained from scratch with the same seeds, with cutout, drop path and "
        f"auxiliary head, on `{images.name}` ({len(images.train)} images of {images.shape.width} x "
        f"{images.shape.height} pixels to train on). Trainings have {sizes.epochs} epochs, {sizes.n_cells} cells and "
        f"{sizes.channels} channels (600, 20 and 36 in the paper), searches {sizes.search_epochs} epochs, "
        f"{sizes.search_cells} cells and {sizes.search_channels} channels (50, 8 and 16). The best test accuracy over "
        "the epochs counts, as in the paper."
    )
    baselines: dict[str, FloatArray] = {}
    rows = []
    for label in sizes.methods:
        cells = METHODS[label][0]
        if cells.name not in baselines:
            codes = runner.sampled(cells, seed, sizes.n_random)
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
        caption=f"Test accuracy (%) of what was found, mean of {sizes.n_runs} searches, and of {sizes.n_random} random "
        "architectures of the same space, and relative improvement.",
    )
    page.text(
        f"At this size, what a method gains is known to about {2 * frame['its s.e.'].median():.1f} % (two standard "
        "errors, median over methods). That is enough to see whether gains are large, and too coarse to order the "
        "methods, or to tell gains of the published size from none."
    )
    low, high = published.IMPROVEMENT.to_numpy().min(), published.IMPROVEMENT.to_numpy().max()
    clear = [m for m, row in frame.iterrows() if abs(row["RI (%)"]) > 2 * row["its s.e."]]
    page.claim(
        Claim(
            "On cells of DARTS, improvements over random architectures of the same space are small",
            f"{low:g} to {high:g} %",
            f"{frame['RI (%)'].min():.2f} to {frame['RI (%)'].max():.2f} % on {images.name}",
            "holds" if frame["RI (%)"].max() <= high else "does not hold",
            f"{len(clear)} of {len(frame)} differ from nothing by two standard errors ({sizes.n_runs} searches)",
            "no improvement exceeds the largest published one",
        )
    )
    _write_rankings(page, runner, seed=seed)
    return runner


def _accuracies(runner: Runner, cells: CellSpace, codes: Codes, seed: int, n_cells: int) -> FloatArray:
    return np.array([runner.accuracy(cells, code, seed + k, n_cells) for k, code in enumerate(codes)])


def _write_rankings(page: Page, runner: Runner, *, seed: int) -> None:
    """Sections 5.1 and 5.3 on random cells of DARTS: their range, another seed, another number of cells."""
    sizes = runner.sizes
    codes = runner.sampled(DARTS, seed, sizes.n_ranked)
    usual = _accuracies(runner, DARTS, codes, seed, sizes.n_cells)
    again = _accuracies(runner, DARTS, codes, seed + 1000, sizes.n_cells)
    shallow = _accuracies(runner, DARTS, codes, seed, sizes.other_cells)
    depths = f"{sizes.other_cells} cells instead of {sizes.n_cells}"
    rows = [
        [name, len(codes), _tau(usual, other), tau, float(np.abs(usual - other).mean())]
        for name, other, tau in (
            ("another seed", again, published.SEED_TAU),
            (depths, shallow, published.DEPTH_TAU),
        )
    ]
    columns = ["compared with", "architectures", "Kendall's tau", "published tau (32)", "mean change (points)"]
    page.table(
        pd.DataFrame(rows, columns=columns),
        name="ranking-own-space",
        digits=3,
        caption=f"Random cells of DARTS, trained twice; with {len(codes)} of them, the standard error of tau is about "
        f"{_tau_error(len(codes)):.2f}.",
    )
    deviation = float(usual.std(ddof=1))
    page.claim(
        Claim(
            "On cells of DARTS, random architectures lie in a very narrow range",
            f"standard deviation {published.SAMPLED['standard deviation']} percentage points, CIFAR-10",
            f"{deviation:.2f} percentage points on {runner.images.name}",
            "holds" if deviation <= 1 else "does not hold",
            f"{len(codes)} random architectures, from {usual.min():.1f} to {usual.max():.1f} %",
            "a standard deviation of at most one percentage point",
        )
    )
    seeds, deep, error = _tau(usual, again), _tau(usual, shallow), _tau_error(len(codes))
    page.claim(
        Claim(
            "On cells of DARTS, the seed has a considerable impact on the ranking",
            f"Kendall's tau {published.SEED_TAU} of 32 architectures",
            f"{seeds:.2f} of {len(codes)} architectures",
            graded(seeds <= published.SEED_TAU, weaker=seeds <= published.SEED_TAU + error),
            f"trained on {runner.images.name} with two seeds",
            "Kendall's tau is at most the published one; weaker: at most a standard error above it",
        )
    )
    page.claim(
        Claim(
            "On cells of DARTS, the number of cells changes the ranking more than the seed does",
            f"Kendall's tau {published.DEPTH_TAU} between 8 and 20 cells, {published.SEED_TAU} between two seeds",
            f"{deep:.2f} between {sizes.n_cells} and {sizes.other_cells} cells, {seeds:.2f} between two seeds",
            graded(deep < seeds - error, weaker=deep < seeds),
            "in the authors' own runs, seeds change it at least as much",
            f"tau is lower between depths than between seeds by more than its standard error ({error:.2f}); weaker: "
            "lower",
        )
    )


def _tau(a: Sequence[float] | FloatArray, b: Sequence[float] | FloatArray) -> float:
    return float(kendalltau(a, b)[0])


def _tau_error(n: int) -> float:
    """Standard deviation of Kendall's tau of n independent pairs; about that of other pairs, too."""
    return math.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)))
