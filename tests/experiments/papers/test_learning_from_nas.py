"""The parts of the page that need no data, and the page itself where the data is available."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ela.feature.registry import LEARNING_FROM_NAS
from ela.placement import cluster
from experiments.papers import reproductions
from experiments.papers.learning_from_nas.notebook import neighbourhood, read_notebook
from experiments.papers.learning_from_nas.numbers import (
    FEATURES,
    FLACCO_NAMES,
    bounds_of_variables,
    flacco_adjusted_r2,
    kind_of,
)
from experiments.papers.learning_from_nas.place import isolation
from experiments.papers.learning_from_nas.solvers import loss_table
from nas_problems.catalog.chain_cnn import INITIAL
from nas_problems.datasets.chain_cnn import FILES


def test_published_numbers_are_complete() -> None:
    assert tuple(FEATURES) == LEARNING_FROM_NAS == tuple(FLACCO_NAMES)
    low, high = bounds_of_variables()
    assert len(low) == len(high) == 23 and all(np.less(low, high))
    assert kind_of("dense_size_1") == "dense_size_"
    assert [kind_of(name) for name in INITIAL.names].count("k_") == 6


def test_flacco_subtracts_the_coefficients_twice() -> None:
    # R2 = 0.6, n = 800, p = 276: m = 523
    adjusted = 1 - 0.4 * 799 / 523
    expected = 1 - 0.4 / ((523 - 277 - 1) / 522)
    assert flacco_adjusted_r2("ela_meta.lin_w_interact.adj_r2", adjusted, 800) == pytest.approx(expected)
    assert flacco_adjusted_r2("ela_meta.lin_simple.intercept", 0.3, 800) == 0.3


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.skipif(not all(file.at_hand for file in FILES.values()), reason="$IOHNAS_DATA has no learning_from_nas")
def test_the_page(tmp_path: Path) -> None:
    page = reproductions["learning-from-nas"].factory(tmp_path, quick=True)
    text = (tmp_path / "README.md").read_text()
    assert "surrogate" in text and "encoding target" in text
    features = [claim for claim in page.claims if claim.text.startswith("20 features of")]
    assert [claim.ours for claim in features] == ["19 within 2 sd; 20 with flacco's adjusted R2"] * 3
    for name in ("figure-2", "figure-3", "figure-6", "figure-7", "figure-8a", "figure-8b-published-ward"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    pytest.importorskip("torch", reason="networks are trained by torch: pip install torch==2.13.0")
    kept = pd.concat([pd.read_csv(path) for path in (tmp_path / "work-quick").glob("*.csv")])
    assert kept["value"].notna().sum() >= 30 and (kept.loc[kept["value"].notna(), "seconds"] > 0).all()
    assert list(pd.read_csv(tmp_path / "live-place.csv")["task"]) == ["digits, live", "MNIST", "Fashion", "CIFAR-10"]


def test_a_group_is_as_lonely_as_the_height_at_which_it_joins() -> None:
    """Rows 0 and 1 join before the outlier does; alone in the world they would be the last to join."""
    near = isolation(cluster(np.array([[0.0], [0.1], [5.0], [5.1], [20.0]]), method="complete"), 2)
    assert (near.joins, near.lonelier) == (frozenset({2, 3}), 1)
    far = isolation(cluster(np.array([[90.0], [90.1], [5.0], [5.1], [20.0]]), method="complete"), 2)
    assert (far.joins, far.lonelier) == (frozenset({2, 3, 4}), 0)
    assert not isolation(cluster(np.array([[0.0], [9.0], [0.1], [9.1]]), method="complete"), 2).joins


def test_a_notebook_is_read_without_running_it() -> None:
    """Two printed groups of features, with what is not a number in them."""
    text = ['{"basic": {"basic.dim": 26, "basic.minimize_fun": false}}\n', '{"ic": {"ic.m0": NaN}}\n']
    content = json.dumps({"cells": [{"outputs": [{"text": text}]}]}).encode()
    found = read_notebook(content)
    assert found["fashion"] == {"basic.dim": 26.0, "basic.minimize_fun": 0.0}
    assert np.isnan(found["mnist"]["ic.m0"])
    with pytest.raises(ValueError, match="features of 2 tasks, found 1"):
        read_notebook(json.dumps({"cells": [{"outputs": [{"text": text[:1]}]}]}).encode())


def test_distances_know_what_they_are_made_of() -> None:
    """Two columns, one of them about the sample: it is all of the distance, and without it there is none."""
    rng = np.random.default_rng(0)
    bbob = pd.DataFrame({"f": np.repeat([1, 2], 20), "basic.dim": 23.0, "ic.m0": rng.random(40)})
    task = {"basic.dim": 26.0, "ic.m0": float(bbob["ic.m0"][0])}
    found = neighbourhood({"fashion": task, "mnist": task}, bbob, "mnist", all_columns=True)
    assert found.parts["sample"] > 0.9 and found.away.min() == pytest.approx(1.0)
    without = neighbourhood({"fashion": task, "mnist": task}, bbob, "mnist", all_columns=False)
    assert without.n_features == 1 and without.away.min() == 0.0


def test_losses_of_solvers_are_ratios_to_the_best() -> None:
    """A solver without all functions is left out; one that never arrived has an infinite loss."""
    rows = [(s, f, 20, t) for f in range(1, 25) for s, t in (("a", 10.0), ("b", 1000.0 if f > 1 else np.inf))]
    rows.append(("c", 1, 20, 1.0))
    losses = loss_table(pd.DataFrame(rows, columns=["solver", "fid", "dim", "ert"]))
    assert list(losses.index) == ["a", "b"]
    assert losses.loc["b", 2] == 2.0 and np.isinf(losses.loc["b", 1])
