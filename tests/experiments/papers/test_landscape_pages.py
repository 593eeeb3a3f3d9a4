"""The pages on landscapes: their published numbers, and each page from a tiny budget."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nas_problems
from ela.landscape import Landscape
from experiments.papers import new_page, reproductions
from experiments.papers.footprint.claims import rise_per_step
from experiments.papers.footprint.nas_bench_101 import nas_bench_101_section
from experiments.papers.footprint.numbers import LOCAL_SEARCHES, TABLES_1_2
from experiments.papers.local_search.page import bound
from experiments.papers.local_search.solvers import Work, compare_with_best_other, incumbents
from experiments.papers.local_search.theory import all_preimages, closed_form
from experiments.papers.metric_malfunction.importance import PUBLISHED, main_effects
from experiments.papers.metric_malfunction.page import ACCURACY, LOG_LOSS
from nas_problems.catalog.protocol_search import SPACE
from nas_problems.datasets import nats_bench
from nas_problems.datasets.nas_bench_101 import ACCURACIES
from nas_problems.datasets.yahpo import SCENARIOS

has_yahpo = SCENARIOS["rbv2_xgboost"].at_hand and find_spec("onnxruntime") is not None


def test_published_fits_have_two_parameters() -> None:
    """AIC = 4 - 2 log L holds in every row of tables 1 and 2 (LCZ42: n = 100 gives BIC, too)."""
    table = TABLES_1_2
    assert (4 - 2 * table["log likelihood"]).to_numpy() == pytest.approx(table["AIC"].to_numpy(), rel=3e-4)
    small = table.iloc[3:]
    assert (2 * np.log(100) - 2 * small["log likelihood"]).to_numpy() == pytest.approx(small["BIC"].to_numpy(), abs=0.1)


def test_naive_levels_are_near_the_published_modes() -> None:
    for knowns, tolerance in ((ACCURACY, 3.0), (LOG_LOSS, 0.2)):
        for known in knowns:
            assert np.isnan(known.published) or known.naive == pytest.approx(known.published, abs=tolerance), known


def test_incumbents_are_judged_without_noise() -> None:
    problem = nas_problems.make("nb201-cifar10", noise="sampled")
    values = incumbents("random-search", problem, 30, seed=1)
    assert values["validation"].shape == (30,)
    assert len(np.unique(values["validation"])) < 30  # an incumbent stays until a better one is observed
    assert set(values["validation"]) <= set(problem.variant(noise="mean").tabulate())


@pytest.mark.data
@pytest.mark.skipif(not nats_bench.EPOCHS_12.at_hand, reason="$IOHNAS_DATA has no mini_nasbench201")
def test_solvers_that_take_a_model_have_fewer_trials(tmp_path: Path) -> None:
    """Runs are kept in files, and read from there."""
    work = Work(tmp_path, trials=3, budget=12, seed=1, model_trials=1)
    problem = nas_problems.make("nb201-cifar10")
    assert {what: values.shape for what, values in work.runs("local-search", problem).items()} == {
        "validation": (3, 12),
        "test": (3, 12),
    }
    model = work.runs("optuna-tpe", problem, trials=2)
    assert model["validation"].shape == (1, 12)
    assert len(list(tmp_path.iterdir())) == 2
    np.testing.assert_array_equal(work.runs("optuna-tpe", problem)["validation"], model["validation"])


def test_local_search_stands_compare_with_best_other_solver() -> None:
    curves = {"local-search": np.array([[9.0, 1.0], [9.0, 3.0]]), "a": np.full((4, 2), 5.0), "b": np.full((4, 2), 4.0)}
    other, difference, error = compare_with_best_other(curves)
    assert (other, difference) == ("b", -2.0)
    assert error == pytest.approx(1.0)  # sqrt(2 / 2 + 0)


def test_rise_of_error_per_step() -> None:
    space = nas_problems.make("nb201-cifar10").base_space
    Z = np.array([[0] * 6, [1] + [0] * 5, [1, 1] + [0] * 4])
    assert rise_per_step(Landscape(space, Z, np.array([1.0, 3.0, 5.0]), is_exact=False)) == pytest.approx(2.0)


def test_chebyshev_bounds_the_minima_that_noise_makes() -> None:
    """Without noise the bound is the number of minima; with it no draw has more on average."""
    problem = nas_problems.make("nb201-cifar10")
    landscape = Landscape.enumerate(problem)
    assert bound(landscape, np.zeros(len(landscape))) == landscape.local_search.n_optima == 13
    sd = np.full(len(landscape), 0.05)
    rng = np.random.default_rng(0)
    drawn = [landscape.with_values(landscape.y + 0.05 * rng.normal(size=len(sd))).local_search for _ in range(3)]
    assert np.mean([search.n_optima for search in drawn]) < bound(landscape, sd)


def test_every_start_comes_past_the_node_where_it_ends() -> None:
    """The sizes of the optima's trees add up to all nodes; the closed form is 1 for the worst loss."""
    search = Landscape.enumerate(nas_problems.make("nb201-cifar10")).local_search
    sizes = all_preimages(search)
    assert sizes[search.optima].sum() == len(search.y)
    assert (sizes[search.optima] == search.basin_sizes).all()
    assert closed_form(np.array([1.0, 0.0]), 24).tolist() == pytest.approx([1.0, 1 + 24 * np.e])


@pytest.mark.slow
def test_local_search(tmp_path: Path) -> None:
    page = reproductions["local-search"].factory(tmp_path, quick=True)
    verdicts = {claim.text: claim for claim in page.claims}
    table = pd.read_csv(tmp_path / "table-1.csv")
    assert {"denoised", "standard", "random"} <= set(table["version"])
    if nats_bench.EPOCHS_12.at_hand:
        first = table.iloc[0]
        assert first["# local min"] == 21
        assert first["# iters"] == pytest.approx(5.48, abs=0.005)
        assert first["% reached global min"] == pytest.approx(49.0, abs=0.1)
        assert verdicts["Denoised: iterations, local minima, % to the global one"].verdict == "holds"
    assert (tmp_path / "figure-4-1.png").is_file()


@pytest.mark.slow
def test_footprint(tmp_path: Path) -> None:
    reproductions["footprint"].factory(tmp_path, quick=True)
    table = pd.read_csv(tmp_path / "footprints.csv", index_col="measure")
    assert table.loc["n_optima", "nb201-cifar10"] == 13
    assert table.loc["ruggedness", "nb101-cifar10 (published)"] == 1.93
    assert (tmp_path / "radar.png").is_file()


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.skipif(not has_yahpo, reason="$IOHNAS_DATA has no yahpo, or onnxruntime is not installed")
def test_metric_malfunction(tmp_path: Path) -> None:
    reproductions["metric-malfunction"].factory(tmp_path, quick=True)
    table = pd.read_csv(tmp_path / "data-sets.csv")
    assert len(table) == 16
    assert table["naive share"].between(0, 1).all()
    assert (tmp_path / "neutrality-log-loss.png").is_file()
    if find_spec("torch") is None:
        return
    live = pd.read_csv(tmp_path / "live-sets.csv")
    assert len(live) == 5 and (live["best error (%)"] <= live["naive error (%)"]).all()
    assert (tmp_path / "live-fdc.png").is_file() and (tmp_path / "live-locality.png").is_file()
    assert len(pd.read_csv(tmp_path / "live-places.csv")) == 5
    kept = {path: path.read_bytes() for path in (tmp_path / "work-quick").iterdir()}
    assert len(kept) == 5


def test_main_effects_are_shares_of_variance() -> None:
    """Of a sum of two independent effects each has its share, and what does not matter has none."""
    Z = SPACE.sample(600, np.random.default_rng(0))
    X = SPACE.to_box(Z)
    names = [parameter.name for parameter in SPACE.parameters]
    shuffle, momentum = X[:, names.index("shuffle")], X[:, names.index("momentum")]
    found = main_effects(SPACE, Z, 2 * shuffle / shuffle.std() + momentum / momentum.std(), n_trees=60, seed=1)
    assert found.keys() == PUBLISHED.keys()
    assert found["shuffle"] == pytest.approx(0.8, abs=0.08) and found["momentum"] == pytest.approx(0.2, abs=0.08)
    assert sum(found.values()) < 1.05 and max(v for k, v in found.items() if k not in ("shuffle", "momentum")) < 0.02


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.skipif(not ACCURACIES.at_hand, reason="$IOHNAS_DATA has no nas_bench_101")
def test_nas_bench_101_whole(tmp_path: Path) -> None:
    page = new_page(tmp_path, "NAS-Bench-101", "footprint", quick=True, seed=1)
    nas_bench_101_section(page, seed=1)
    page.write()
    verdicts = {claim.text: claim for claim in page.claims}
    assert "exactly 106,958 by bit flips, 2,345 by edits" in verdicts["NAS-Bench-101 has about 6,373 local optima"].ours
    assert verdicts["A local search on NAS-Bench-101 takes few steps"].verdict == "holds"
    measures = pd.read_csv(tmp_path / "nb101-measures.csv", index_col=0)
    assert measures.loc["mean accuracy (%)", "edits"] == pytest.approx(89.6798, abs=1e-4)


def test_published_cardinalities_follow_from_first_repeats() -> None:
    """Equation 5 gives every printed number, without its decimals."""
    k = LOCAL_SEARCHES["first repeat"]
    assert (np.floor(k**2 / (2 * np.log(2))) == LOCAL_SEARCHES["cardinality"]).all()
