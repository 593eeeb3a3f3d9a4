"""The page on random sampling: its parts, the authors' own runs, and the page from a tiny budget."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from experiments.executors.serial import SerialExecutor
from experiments.page import Page
from experiments.papers import reproductions
from experiments.papers.frustratingly_hard import own_space, published
from experiments.papers.frustratingly_hard.cell_protocols import cell_protocols
from experiments.papers.frustratingly_hard.cells import CONNECTED, without
from experiments.papers.frustratingly_hard.curves import correlation_with_end, kendall_with_end
from experiments.papers.frustratingly_hard.protocols import protocols
from experiments.papers.frustratingly_hard.spread import N_RANKED, Ranking, recorded_twice
from experiments.papers.frustratingly_hard.trainer import Trainer
from nas_problems.catalog.nas_bench_201 import OPERATIONS
from nas_problems.catalog.train import DIGITS_SKELETON
from nas_problems.datasets.image_sets import load_digits
from nas_problems.network.protocol import TrainingProtocol
from optimizers.baseline import relative_improvement

needs_curves = pytest.mark.skipif(not published.CURVES.at_hand, reason="$IOHNAS_DATA has no frustratingly_hard")


def test_sets_of_operations() -> None:
    assert CONNECTED.shape == (4**6, 6)
    assert OPERATIONS.index("none") not in CONNECTED
    fewer = without("avg_pool_3x3")
    assert fewer.shape == (3**6, 6)
    assert not {OPERATIONS.index("none"), OPERATIONS.index("avg_pool_3x3")} & set(fewer.ravel().tolist())


def test_rankings_of_all_architectures_need_no_draw() -> None:
    a = np.array([90.0, 91.0, 92.0, 93.0])
    ranking = Ranking.of(a, a[[1, 0, 2, 3]], n_draws=3, rng=np.random.default_rng(0))
    assert (ranking.low, ranking.tau, ranking.high) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert ranking.change == pytest.approx(0.5)


def test_rankings_of_draws_lie_around_that_of_all() -> None:
    a, b = recorded_twice("nb201-cifar10", CONNECTED)
    assert len(a) > 4000
    ranking = Ranking.of(a, b, n_draws=50, rng=np.random.default_rng(0))
    assert ranking.low < ranking.tau < ranking.high
    assert ranking.tau == pytest.approx(float(kendalltau(a, b)[0]), abs=0.05)


def test_correlation_of_early_with_final_accuracy() -> None:
    curves = np.array([[1.0, 2.0, 3.0], [5.0, 1.0, 3.0], [1.0, 2.0, 4.0]])
    raw = correlation_with_end(curves, 1)
    assert raw[-1] == pytest.approx(1.0)
    assert raw[0] == pytest.approx(np.corrcoef(curves[0], curves[2])[0, 1])
    smooth = correlation_with_end(curves, 2)
    assert smooth.shape == (2,)
    assert smooth[0] == pytest.approx(np.corrcoef(curves[:2].mean(axis=0), curves[2])[0, 1])


def test_protocols_add_what_their_names_say() -> None:
    base = TrainingProtocol(epochs=20)
    found = protocols(base)
    assert found["base"] == (base, DIGITS_SKELETON)
    protocol, skeleton = found["C+D+A+mixup, wider, longer"]
    assert (protocol.cutout, protocol.drop_path, protocol.auxiliary_weight, protocol.mixup) == (4, 0.2, 0.4, 0.2)
    assert (protocol.epochs, skeleton.channels) == (50, 11)


@pytest.mark.usefixtures("torchvision")
def test_protocols_of_darts_cells_have_autoaugment_where_images_have_colours(tmp_path: Path) -> None:
    """All ten for photographs; for digits the last three have mixup in their place."""
    digits = load_digits()
    colours = replace(digits, images=np.repeat(digits.images, 3, axis=1))
    sizes = own_space.SpaceSizes(channels=36, epochs=20)
    found = cell_protocols(own_space.Runner(tmp_path, colours, sizes))
    assert len(found) == 10 and found["base"][0].flip and not found["base"][0].cutout
    protocol, channels = found["C+D+A+AA, wider, longer"]
    assert (protocol.cutout, protocol.drop_path, protocol.auxiliary_weight) == (4, 0.2, 0.4)
    assert (protocol.auto_augment, protocol.epochs, channels) == (True, 50, 50)
    of_digits = cell_protocols(own_space.Runner(tmp_path, digits, sizes))
    assert list(of_digits) == [name.replace("AA", "mixup") for name in found]
    assert of_digits["C+D+A+mixup"][0].mixup and not of_digits["C+D+A+mixup"][0].auto_augment


def test_trained_cells_come_in_the_order_given(tmp_path: Path) -> None:
    cells = CONNECTED[[0, 4095, 77]]
    trainer = Trainer(SerialExecutor(), tmp_path, seed=3)
    together = trainer.curves(cells, TrainingProtocol(epochs=1), DIGITS_SKELETON)
    assert together.shape == (1, 3)
    backwards = trainer.curves(cells[::-1], TrainingProtocol(epochs=1), DIGITS_SKELETON)
    assert backwards[0, ::-1] == pytest.approx(together[0], abs=2.0)  # stacks of others round differently


@needs_curves
def test_the_authors_runs_give_the_printed_numbers() -> None:
    best = published.curves()["n_214_random_architectures"].max(axis=1)
    for name, value in (("mean", best.mean()), ("standard deviation", best.std()), ("best", best.max())):
        assert value == pytest.approx(published.SAMPLED[name], abs=0.006), name
    for pair, tau in ((published.two_seeds(), published.SEED_TAU), (published.two_depths(), published.DEPTH_TAU)):
        assert len(pair[0]) == N_RANKED
        assert kendalltau(*pair)[0] == pytest.approx(tau, abs=0.006)
    means = [values.mean() for _, values in sorted(published.by_depth().items())]
    assert means == sorted(means)
    assert published.protocols().mean().iloc[[0, -1]].tolist() == pytest.approx([94.96, 97.87], abs=0.01)


@needs_curves
def test_the_authors_curves_tell_their_end_better_by_moving_means() -> None:
    """Kendall's tau of an epoch, and of the mean of the 20 up to it, with the last of 600 epochs."""
    curves = published.curves()["n_214_random_architectures"].T
    for epoch, raw, mean in ((50, 0.28, 0.30), (100, 0.27, 0.35), (300, 0.37, 0.49), (500, 0.63, 0.74)):
        assert kendall_with_end(curves, epoch, 1) == pytest.approx(raw, abs=0.006)
        assert kendall_with_end(curves, epoch, 20) == pytest.approx(mean, abs=0.006)


@needs_curves
def test_the_authors_runs_give_table_1() -> None:
    apart = set()
    printed = published.IMPROVEMENT.to_dict()
    for data_set in published.RUNS:
        for method, (searched, sampled) in published.runs(data_set).items():
            if len(searched):
                found = relative_improvement(float(searched.mean()), float(sampled.mean()))
                if abs(found - printed[data_set][method]) > 0.02:
                    apart.add((data_set, method))
    # one printed number is another, and two have changed places
    assert apart == {("CIFAR-100", "PDARTS"), ("FLOWERS102", "DARTS"), ("FLOWERS102", "PDARTS")}


@pytest.mark.slow
def test_the_page(tmp_path: Path) -> None:
    page = reproductions["frustratingly-hard"].factory(tmp_path, quick=True)
    assert len(page.claims) == 12
    table = pd.read_csv(tmp_path / "two-seeds.csv")
    assert {"nb201-cifar10", "CIFAR-10 (published)"} <= set(table["problem"])
    for name in (
        "figure-1",
        "figure-1-published",
        "figure-2-published",
        "figure-6-published",
        "figure-3",
        "figure-4",
        "figure-4-histogram",
        "figure-5",
        "figure-7",
        "figure-8",
        "figure-9",
    ):
        assert (tmp_path / f"{name}.png").is_file(), name


def test_own_space_runs_once_and_compares_with_the_same_space(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")
    sizes = own_space.SpaceSizes(methods=("DARTS", "CNAS"), n_cells=1, other_cells=2, n_runs=2, n_random=2, n_ranked=4)
    made_up(tmp_path, sizes)
    page = Page(tmp_path / "page", "Page", "command")
    own_space.write_own_space(page, tmp_path, load_digits(), sizes, seed=1)
    page.write()
    table = pd.read_csv(tmp_path / "page" / "table-1-own-space.csv")
    assert table["space"].tolist() == ["darts", "cnas"]
    assert table["RI (%)"].tolist() == pytest.approx([100 * (92 - 80) / 80, 100 * (60 - 64) / 64])
    assert [claim.verdict for claim in page.claims] == ["does not hold"] * 4
    ranking = pd.read_csv(tmp_path / "page" / "ranking-own-space.csv")
    assert ranking["Kendall's tau"].tolist() == [1.0, 1.0] and ranking["architectures"].tolist() == [4, 4]


def made_up(folder: Path, sizes: own_space.SpaceSizes) -> None:
    """Files of all searches and trainings, so that nothing is trained."""
    runner = own_space.Runner(folder, load_digits(), sizes)
    accuracies = {"darts": (92.0, 80.0), "cnas": (60.0, 64.0)}
    for label in sizes.methods:
        cells = own_space.METHODS[label][0]
        random = runner.sampled(cells, 1, sizes.n_ranked)
        found = cells.space.sample(sizes.n_runs, np.random.default_rng(99))
        for k in range(sizes.n_runs):
            path = runner.search_path(label, 1 + k)
            pd.DataFrame({"code": found[k], "seconds": 1.0}).to_csv(path, index=False)
        for codes, accuracy in zip((found, random), accuracies[cells.name], strict=True):
            for k, code in enumerate(codes):
                for seed, n_cells in ((1 + k, sizes.n_cells), (1001 + k, sizes.n_cells), (1 + k, sizes.other_cells)):
                    best = accuracy + (-1, 1, -2, 2)[k]
                    path = runner.training_path(cells, code, seed, n_cells)
                    pd.DataFrame({"accuracy": [best - 1, best]}).to_csv(path, index=False)
