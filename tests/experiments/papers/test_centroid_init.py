"""The page of the centroid paper, and its verdicts on made-up results."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nas_problems
import optimizers
from experiments.page import Page
from experiments.papers import reproductions
from experiments.papers.centroid_init import searches101
from experiments.papers.centroid_init.claims import final_claims, initial_gap_claim
from experiments.papers.centroid_init.plan import FULL, QUICK, searches
from experiments.papers.centroid_init.searches101 import LONG
from experiments.papers.centroid_init.sections.nas_bench_101 import as_authors_draw, centroids_of
from experiments.papers.centroid_init.work import SOLVERS, Fit, Search, accuracy, populations
from nas_problems.cell.graph101 import SPACE
from nas_problems.datasets.nas_bench_101 import ACCURACIES
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.parameter import Value
from optimizers.initializers.centroid import Recipe


@pytest.fixture(scope="module")
def has_nas_bench_101() -> bool:
    """Whether the page can have its values: from the file, or from the cache of a run that had the file."""
    try:
        nas_problems.make("nb101-cifar10")
    except DataUnavailableError:
        return False
    return True


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    yield reproductions["centroid-init"].factory(tmp_path_factory.mktemp("page"), quick=True, seed=3)


def test_the_page_has_every_part(page: Page) -> None:
    text = (page.folder / "README.md").read_text()
    for figure in ("3-4", "5", "6", "7", "8-mean", "8-sampled", "9", "12", "13"):
        assert f"](figure-{figure}.png)" in text
        assert (page.folder / f"figure-{figure}.png").stat().st_size > 5000
        assert (page.folder / f"figure-{figure}.pdf").exists()
    for table in ("initial-fitness", "relabelled", "searches", "rank-sum", "transfer", "charged", "methods"):
        assert len(pd.read_csv(page.folder / f"{table}.csv")) > 1
    assert text.rstrip().endswith(".")
    assert "iohnas reproduce centroid-init" in text


def test_every_claim_has_numbers_of_ours_and_a_verdict(has_nas_bench_101: bool, page: Page) -> None:
    n = 16 + 11 * has_nas_bench_101  # clusterings, short code, long code
    assert len(page.claims) == n
    for claim in page.claims:
        assert claim.ours
        assert "nan" not in claim.ours
    assert len({claim.text for claim in page.claims}) == n


def test_starts_as_the_authors_draw_them() -> None:
    """At most nine edges; about a fifth has no path from input to output."""
    Z = as_authors_draw(SPACE, 2000, np.random.default_rng(0))
    assert Z[:, :21].sum(axis=1).max() == 9 and set(Z[:, 21:].ravel().tolist()) == {0, 1, 2}
    assert 0.15 < 1 - SPACE.is_valid(Z).mean() < 0.3


@pytest.mark.data
@pytest.mark.skipif(not ACCURACIES.at_hand, reason="$IOHNAS_DATA has no nas_bench_101")
def test_the_head_start_on_nas_bench_101_is_validity(page: Page) -> None:
    starts = pd.read_csv(page.folder / "nb101-starts.csv").set_index("start")["mean accuracy (%)"]
    assert starts["invalid = 0"] < starts["centroids"] - 10 and abs(starts["valid ones"] - starts["centroids"]) < 6
    for name in ("searches", "long-searches"):  # three solvers from four starts, and random search
        assert len(pd.read_csv(page.folder / f"nb101-{name}.csv")) == 13
    text = (page.folder / "README.md").read_text()
    for name in ("figure-3-4", "figure-5", "figure-6", "figure-7", "populations", "best", "matrices"):
        assert f"](nb101-{name}.png)" in text
    for name in ("populations", "best", "matrices"):
        assert f"](nb101-long-{name}.png)" in text


@pytest.mark.data
@pytest.mark.skipif(not ACCURACIES.at_hand, reason="$IOHNAS_DATA has no nas_bench_101")
def test_long_code_is_clustered_and_short_code_searched(tmp_path: Path) -> None:
    """Thirteen individuals and clusters; every generation has thirteen."""
    problem = nas_problems.make("nb101-cifar10")
    fit = centroids_of(problem, LONG, np.random.default_rng(0))
    assert fit.recipe.encoding == "long" and len(fit) <= 13
    setting = replace(LONG, budget=40)
    found = searches101.searches(
        tmp_path, "108 epochs", {"centroids": (problem, [fit])}, setting=setting, n_runs=1, seed=5
    )
    assert set(found) == {(solver, "centroids") for solver in ("GA", "EA", "AE")}
    runs = found["EA", "centroids"]
    assert runs.cells.shape == (1, 26) and runs.population.shape == (40 // 13,)
    log = optimizers.run(
        optimizers.make("deap-mu-plus-lambda", **{**SOLVERS["EA"][1], "population_size": 13, "n_offspring": 13}),
        problem,
        budget=40,
        seed=5,
        initializer=fit,
    )
    assert runs.best[0] == pytest.approx(100 - log.y.min())
    assert runs.initial[0] == pytest.approx(100 - log.y[:13].mean())


def test_every_run_is_in_the_file_and_the_table_is_its_mean(page: Page) -> None:
    runs = pd.read_csv(page.folder / "runs.csv")
    planned = searches(QUICK, 3, {name: [] for name in QUICK.problems})
    assert len(runs) == sum(len(search.seeds) for search in planned)
    assert runs["best"].between(0, 100).all()
    table = pd.read_csv(page.folder / "searches.csv")
    row = table.iloc[0]
    same = runs[
        (runs[["problem", "noise", "solver", "start"]] == row[["problem", "noise", "solver", "start"]]).all(axis=1)
    ]
    assert same["best"].mean() == pytest.approx(row["best"])


def test_no_two_runs_of_the_full_page_share_a_seed() -> None:
    planned = searches(FULL, 1, {name: [] for name in FULL.problems})
    seeds = [seed for search in planned for seed in search.seeds]
    assert len(seeds) == len(set(seeds))
    assert sum(len(search.seeds) * search.budget for search in planned) > 10_000_000


def test_a_search_is_a_plain_run() -> None:
    found = Search("nb201-cifar10", "sampled", "EA", "uniform", 57, (8,))()
    problem = nas_problems.make("nb201-cifar10", noise="sampled")
    log = optimizers.run(optimizers.make(SOLVERS["EA"][0], **SOLVERS["EA"][1]), problem, budget=57, seed=8)
    assert np.array_equal(found.incumbents, log.Z[[log.best]])
    assert found.initial[0] == pytest.approx(accuracy(problem, log.Z[:19]).mean())
    assert found.population[0, 0] == pytest.approx(100 - log.y[:19].mean())
    assert found.population[2, -1] == pytest.approx(100 - log.y.min())


def test_a_charged_sample_is_no_part_of_the_population() -> None:
    options: dict[str, Value] = {"sizes": "30", "charged": True, "rest": "uniform", "method": "k-means"}
    found = Search("nb201-cifar10", "mean", "EA", "charged", 90, (8,), (), "centroid", options)()
    assert found.population.shape == (3, 3)  # (90 - 30) // 19


def test_populations_are_worked_out_by_hand() -> None:
    y = np.r_[np.full(19, 5.0), np.full(18, 7.0), 1.0, 4.0]
    assert populations(y, survivors=False).mean(axis=1) == pytest.approx([5.0, (18 * 7 + 1) / 19])
    assert populations(y, survivors=True).mean(axis=1) == pytest.approx([5.0, (18 * 5 + 1) / 19])


def test_both_decodings_of_a_fit_are_of_the_same_clusters() -> None:
    fit = Fit("nb201-cifar10", Recipe("150", method="k-means"), 4)()
    assert np.array_equal(fit["nearest"].labels, fit["rounded"].labels)
    assert fit["nearest"].configs != fit["rounded"].configs


def test_verdicts_follow_the_numbers() -> None:
    gaps = pd.DataFrame({"start": ["centroid", "centroid rounded"], "problem": "p", "gap": [0.5, 2.0]})
    gaps["population gap"] = [0.1, 1.9]
    relabelled = pd.DataFrame({"decoding": ["nearest", "nearest"], "gap": [1.0, 2.0]})
    assert initial_gap_claim(gaps, relabelled).verdict == "holds"
    assert initial_gap_claim(gaps.assign(gap=[-0.5, 2.0]), relabelled).verdict == "does not hold"
    tests = pd.DataFrame(
        {"solver": "EA", "start": "centroid", "p": [0.01, 0.01, 0.2], "difference": [1.0, 1.0, 1.0], "rival": "uniform"}
    ).assign(problem=["a", "b", "c"], noise="mean")
    tests = pd.concat([tests, tests.assign(start="centroid rounded", p=0.5)])
    tests = pd.concat([tests, tests.assign(solver="GA", difference=-1.0)])
    claims = final_claims(tests)
    assert [claim.verdict for claim in claims] == ["a weaker form holds", "does not hold"]
    assert final_claims(tests.assign(p=0.01, difference=1.0))[0].verdict == "holds"
    assert "3 image sets x 1 noise modes x 1 rival starts" in claims[0].why
