"""What can be refused is refused before evaluation 1, and what cannot end is ended."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, Fidelities, Integer, Metric, SearchSpace, from_function
from nas_problems.datasets import nats_bench
from nas_problems.evaluation import fidelity_text
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.parameter import Config, check_file_name
from nas_problems.problem import Problem

SPACE = SearchSpace((Integer("x", 1, 9),))


class Counter:
    """A function that says how often it was called."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, config: Config) -> float:
        self.n += 1
        return float(config["x"])


def empty_link(folder: Path) -> Path:
    (folder / "target").mkdir()
    (folder / "link").symlink_to(folder / "target")
    return folder / "link"


def dangling_link(folder: Path) -> Path:
    (folder / "link").symlink_to(folder / "nothing")
    return folder / "link"


def not_utf8(folder: Path) -> Path:
    return folder / "caf\udce9"


def with_files(folder: Path) -> Path:
    (folder / "notes").write_text("mine")
    return folder


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "run"


@pytest.mark.parametrize("place", [empty_link, dangling_link, not_utf8, with_files, below_a_file])
def test_folders_that_cannot_be_are_found_before_the_first_evaluation(
    place: Callable[[Path], Path], tmp_path: Path
) -> None:
    function = Counter()
    with pytest.raises((ValueError, OSError)):
        optimizers.run(
            "random-search", from_function(function, SPACE, name="f"), budget=3, seed=1, folder=place(tmp_path)
        )
    assert function.n == 0


@pytest.mark.parametrize("folder", [".", "", "..", "../here", "/"])
def test_the_working_directory_is_never_removed(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    function = Counter()
    with pytest.raises(ValueError, match="found the working directory, or one around it"):
        optimizers.run("random-search", from_function(function, SPACE, name="f"), budget=3, seed=1, folder=folder)
    assert function.n == 0 and Path.cwd() == tmp_path / "here"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o500)
    function = Counter()
    with pytest.raises(PermissionError):
        optimizers.run(
            "random-search", from_function(function, SPACE, name="f"), budget=3, seed=1, folder=tmp_path / "run"
        )
    assert function.n == 0


def test_nothing_stays_of_a_run_that_fails(tmp_path: Path) -> None:
    def fails(task: optimizers.Task) -> Any:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        optimizers.run(fails, "nb201-cifar10", budget=3, seed=1, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def at_fidelities(values: tuple[float, ...]) -> Problem:
    metric = Metric("error", penalty=1.0)
    records = {"error": np.zeros((len(values), 9, 1))}
    evaluator = TableEvaluator(SPACE, records, {"error": metric}, Fidelities("steps", values))
    return Problem("f", 30_000, SPACE, evaluator, (metric,), "own")


@pytest.mark.parametrize(
    "values",
    [(1e5, 1e6, 2e6), (1e15, 1e16, 1e17), (0.3333333, 0.3333334, 1.0), (1e-7, 1e-6, 1.0), (123456.7, 1234567.8, 1e7)],
)
def test_every_fidelity_has_a_label_and_an_id(values: tuple[float, ...], tmp_path: Path) -> None:
    problem = at_fidelities(values)
    variants = [problem.variant(fidelity=value) for value in values]
    assert len({variant.label for variant in variants}) == len({variant.log_id for variant in variants}) == 3
    for i, variant in enumerate(variants):
        optimizers.run("random-search", variant, budget=2, seed=1, folder=tmp_path / str(i))


def test_fidelities_of_labels_are_short() -> None:
    assert [fidelity_text(value) for value in (3, 0.5, 0.25, 0.1)] == ["3", "0.5", "0.25", "0.1"]


@pytest.mark.data
@pytest.mark.skipif(not nats_bench.EPOCHS_12.at_hand, reason="$IOHNAS_DATA has no mini_nasbench201")
def test_labels_of_before_stay() -> None:
    assert nas_problems.make("nb201-cifar10[fidelity=12]").label == "nb201-cifar10.epochs-12"


@pytest.mark.parametrize("name", ["con", "NUL", "a.", "aux.csv", "Com1", "lpt9.x.y", "prn"])
def test_names_that_windows_cannot_hold(name: str) -> None:
    with pytest.raises(ValueError, match="wanted a name that Windows can hold"):
        check_file_name(name, "name")
    with pytest.raises(ValueError, match="wanted a name that Windows can hold"):
        from_function(lambda config: 1.0, SPACE, name=name)


@pytest.mark.parametrize("name", ["console", "com10", "a.con", "nul-1", "com0"])
def test_names_that_look_like_them(name: str) -> None:
    check_file_name(name, "name")


@pytest.mark.parametrize("name", ["cma-es", "bipop-cma-es"])
def test_populations_of_one_are_refused(name: str) -> None:
    for size in (1, -1):
        with pytest.raises(ValueError, match=r"population_size: wanted 0 or an integer in .2, 1000000., found"):
            optimizers.make(name, population_size=size)
    for size in (0, 2, 7):
        optimizers.run(optimizers.make(name, population_size=size), "nb201-cifar10", budget=20, seed=1)


# ---- loops that catch everything


def catches_all(problem: Any) -> None:
    while True:
        try:  # noqa: SIM105  # as users write
            problem([0] * problem.meta_data.n_variables)
        except:  # noqa: E722
            pass


def catches_base(problem: Any) -> None:
    while True:
        try:
            problem([0] * problem.meta_data.n_variables)
        except BaseException:
            continue


def catches_twice(problem: Any) -> None:
    """Goes on for a while, and then ends by itself."""
    for _ in range(100):
        try:
            problem([0] * problem.meta_data.n_variables)
        except BaseException:
            continue


@pytest.mark.parametrize("loop", [catches_all, catches_base])
def test_a_loop_that_catches_the_end_of_its_budget_is_ended(loop: Callable[..., None]) -> None:
    with pytest.raises(RuntimeError, match=f"{loop.__name__}: went on after the end of the budget"):
        optimizers.run(loop, "nb201-cifar10", budget=5, seed=1)


def asks_for_what_cannot_be(problem: Any) -> None:
    while True:
        try:  # noqa: SIM105  # as users write
            problem([99] * problem.meta_data.n_variables)
        except Exception:
            pass


def asks_for_batches_that_cannot_be(problem: Any) -> None:
    while True:
        try:  # noqa: SIM105  # as users write
            problem(np.full((2, problem.meta_data.n_variables), np.nan))
        except ValueError:
            pass


@pytest.mark.parametrize("loop", [asks_for_what_cannot_be, asks_for_batches_that_cannot_be])
def test_a_loop_whose_every_call_is_refused_is_ended(
    loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizers.ioh_algorithm.MAX_IN_VAIN", 200)
    with pytest.raises(RuntimeError, match=f"{loop.__name__}: went on after 200 calls in a row .* ValueError: x"):
        optimizers.run(loop, "nb201-cifar10", budget=5, seed=1)


def test_a_loop_that_tries_until_a_candidate_is_valid_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizers.ioh_algorithm.MAX_IN_VAIN", 200)

    def tries(problem: Any) -> None:
        for n in range(2000):
            try:  # noqa: SIM105  # as users write
                problem([0 if n % 150 == 149 else 99] * problem.meta_data.n_variables)
            except ValueError:
                pass

    assert len(optimizers.run(tries, "nb201-cifar10", budget=9, seed=1)) == 9


def test_a_loop_that_ends_by_itself_has_its_run() -> None:
    assert len(optimizers.run(catches_twice, "nb201-cifar10", budget=5, seed=1)) == 5


def test_what_a_loop_raises_comes_through() -> None:
    def breaks(problem: Any) -> None:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        optimizers.run(breaks, "nb201-cifar10", budget=5, seed=1)


# ---- costs


@pytest.mark.parametrize("cost", [-1.0, -1e-9, float("-inf"), float("nan"), float("inf")])
def test_costs_that_cannot_be_are_failed_evaluations(cost: float) -> None:
    metrics = (Metric("loss", penalty=9.0), Metric("train_seconds", "s", penalty=1e6))
    problem = from_function(lambda config: {"loss": 1.0, "train_seconds": cost}, SPACE, name="f", metric=metrics)
    found = problem.evaluate([[0]])
    assert found.failed[0] and ("cost" in found.reason[0] or "finite" in found.reason[0])
    assert 0 <= found.cost_seconds[0] < 100


def test_a_table_with_negative_costs_is_refused() -> None:
    metrics = {"error": Metric("error"), "seconds": Metric("seconds", "s")}
    values = {"error": np.zeros((1, 2, 1)), "seconds": np.array([[[1.0], [-1.0]]])}
    space = SearchSpace((Categorical("a", ("x", "y")),))
    with pytest.raises(ValueError, match="cost_metric: wanted costs of at least 0, found -1"):
        TableEvaluator(space, values, metrics, Fidelities("epochs", (1,)), cost_metric="seconds")
