"""The page on compact networks: splits, measures, and the page from a tiny budget."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

from experiments.papers import reproductions
from experiments.papers.compact import published, work
from nas_problems.datasets.image_sets import load_digits


def test_groups_are_kept_apart() -> None:
    images = load_digits()
    split = work.group_split(images)
    assert len(split.train) + len(split.validation) + len(split.test) == 1797
    assert abs(len(split.train) - len(split.validation)) <= 1
    test, others = (images.images[rows].mean(axis=(0, 1)) for rows in (split.test, split.train))
    apart = np.abs(test - others).mean()
    random = work.random_split(images)
    assert len(random.test) == 359
    test, others = (images.images[rows].mean(axis=(0, 1)) for rows in (random.test, random.train))
    assert apart > 3 * np.abs(test - others).mean()


def test_a_part_of_the_images_has_every_class_alike() -> None:
    """As many as wanted, each class with its share, in three parts; all where there are no more."""
    images = load_digits()
    part = work.drawn(images, work.Sizes(n_images=200))
    assert len(part.labels) == 200
    assert np.abs(np.bincount(part.labels) / 200 - np.bincount(images.labels) / 1797).max() < 0.005
    assert len(part.train) + len(part.validation) + len(part.test) == 200
    assert work.drawn(images, work.Sizes(n_images=2000)) is images


def test_measures_by_hand() -> None:
    found = work.measures(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    expected_by_chance = (3 * 2 + 1 * 2) / 16
    assert found == pytest.approx(
        {"OA": 75.0, "AA": 100 * (2 / 3 + 1) / 2, "kappa": (0.75 - expected_by_chance) / (1 - expected_by_chance)}
    )


def test_published_sizes_are_in_reach_of_shallow_cells() -> None:
    """Networks of one cell per block, of skip connections alone and of the largest convolutions alone."""
    place = work.backbone("S", work.Sizes(channels=work.PAPERS_CHANNELS, depth=1))
    sizes = []
    for name in ("skip_connect", "sep_conv_5x5"):
        scores = np.zeros(place.cells.shape)
        scores[..., place.cells.operations.index(name)] = 1.0
        sizes.append(work.counts(work.compact(place, place.cells.encode(place.cells.strongest(scores)))))
    for (low, high), column in zip(zip(*sizes, strict=True), ("parameters (M)", "MACs (M)"), strict=True):
        assert low < published.TABLE.loc["S+D", column] < high


@pytest.mark.slow
def test_the_page_from_a_tiny_budget(tmp_path: Path) -> None:
    page = reproductions["compact"].factory(tmp_path, quick=True)
    assert page.claims[0].verdict == "holds"
    assert len(page.claims) == 5
    table = pd.read_csv(tmp_path / "table-5-3.csv")
    assert table["method"].tolist() == ["ResNet-8", "S", "S+C", "S+D", "S+C+D"]
