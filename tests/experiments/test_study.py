"""Studies and their plans."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nas_problems
from experiments.study import Study, derived_seed
from optimizers import solvers

SIMPLE = Study(problems=("nb201-cifar10",), solvers=("random-search",), budget=10)


def changed(**fields: Any) -> Study:
    return dataclasses.replace(SIMPLE, **fields)


def test_the_plan_covers_every_combination_once(study: Study) -> None:
    runs = changed_plan = study.plan()
    assert len(runs) == 2 * 2 * 2 * 2
    assert len({run.key for run in runs}) == len({run.seed for run in runs}) == len(runs)
    assert runs[0].key == "tiny-table/random-search/i1-s1"
    assert {run.key for run in runs if run.repetition == 1} == {run.key for run in changed_plan[:8]}
    variants = {run.key.split("/")[1] for run in runs}
    assert variants == {"random-search", "local-search.variant-query-until-lower"}


def test_noise_fidelity_and_initializers_are_part_of_the_key(plugin: Path) -> None:
    study = Study(("tiny-table",), ("random-search",), 5, noise=("mean", "sampled"), fidelity=3.0)
    assert [run.key for run in study.plan()] == [
        "tiny-table.epochs-3/random-search/i1-s1",
        "tiny-table.sampled.epochs-3/random-search/i1-s1",
    ]


def test_seeds_depend_on_identity_alone() -> None:
    """The value itself is kept here: it must never change, or studies could not be extended."""
    (run,) = SIMPLE.plan()
    assert run.seed == derived_seed(1, "nb201-cifar10/random-search/i1-s1") == SEED
    larger = changed(problems=("nb201-cifar100", "nb201-cifar10"), solvers=("local-search", "random-search"), runs=3)
    assert {other.seed for other in larger.plan() if other.key == run.key} == {run.seed}
    assert changed(budget=20).plan()[0].seed == run.seed
    assert changed(seed=2).plan()[0].seed != run.seed


SEED = 1878157029491893


@given(st.integers(0, 2**63), st.text())
def test_seeds_fit_a_double(study_seed: int, key: str) -> None:
    assert 0 <= derived_seed(study_seed, key) < 2**53


def test_a_study_is_read_back_from_its_file(tmp_path: Path) -> None:
    study = changed(
        noise=("scaled:0.5", "mean"), instances=(1, 3), fidelity=200, suite="nas201", solvers=("cma-es[a=1]", "b")
    )
    path = tmp_path / "study.toml"
    path.write_text(study.to_toml())
    assert Study.read(path) == study
    assert Study.from_toml('problems = ["a"]\nsolvers = ["b"]\nbudget = 3').runs == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("budget = ", "not TOML"),
        ('problems = ["a"]', r"found no \['solvers', 'budget'\]"),
        ('problems = ["a"]\nsolvers = ["b"]\nbudget = 1\ncolour = 1', r"unknown \['colour'\]"),
        ('problems = "a"\nsolvers = ["b"]\nbudget = 1', "problems: wanted a list"),
        ('problems = [1]\nsolvers = ["b"]\nbudget = 1', "problems: wanted a list of str"),
        ('problems = []\nsolvers = ["b"]\nbudget = 1', "problems: wanted a list of str"),
        ('problems = ["a", "a"]\nsolvers = ["b"]\nbudget = 1', "each one once"),
        ('problems = ["a"]\nsolvers = ["b"]\nbudget = 1.5', "budget: wanted an integer"),
        ('problems = ["a"]\nsolvers = ["b"]\nbudget = true', "budget: wanted an integer"),
    ],
)
def test_files_that_are_no_studies(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        Study.read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"budget": 0}, "budget: wanted an integer >= 1"),
        ({"runs": 0}, "runs: wanted an integer >= 1"),
        ({"seed": -1}, "seed: wanted an integer >= 0"),
        ({"seed": 2**64}, "seed: wanted an integer"),
        ({"runs": 16**5000}, "runs: wanted an integer >= 1, found <int>"),
        ({"fidelity": 16**5000}, "fidelity: wanted a finite number, found <int>"),
        ({"noise": ("loud",)}, "noise: wanted"),
        ({"noise": ("scaled:1", "scaled:1.0")}, "each one once"),
        ({"instances": (0.5,)}, "instances: wanted a list of int"),
        ({"fidelity": "full"}, "fidelity: wanted a number"),
        ({"suite": "my suite"}, "suite name"),
    ],
)
def test_fields_that_cannot_be(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        changed(**fields)


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"problems": ("nb201-cifar1",)}, KeyError, "nb201-cifar10"),
        ({"solvers": ("random-serch",)}, KeyError, "random-search"),
        ({"solvers": ("local-search[n_starts=0]",)}, ValueError, "n_starts"),
        ({"initializers": ("uniforn",)}, KeyError, "uniform"),
        ({"instances": (0,)}, ValueError, "instance: wanted"),
        ({"fidelity": 7.0}, ValueError, "fidelity: nb201-cifar10 knows"),
        ({"problems": ("knn-wine",), "noise": ("scaled:1",)}, ValueError, "noise: knn-wine knows"),
    ],
)
def test_plans_that_cannot_be(fields: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        changed(**fields).plan()


def test_one_solver_written_twice_runs_once() -> None:
    assert len(changed(solvers=("local-search", "local-search[n_starts=1]")).plan()) == 1


def test_two_solvers_with_one_label_are_refused() -> None:
    name = "local-search.n_starts-5"
    solvers.register(name, summary="for tests", family="tests")(solvers["random-search"].factory)
    try:
        with pytest.raises(ValueError, match=f"two of them have the label '{name}'"):
            changed(solvers=(name, "local-search[n_starts=5]")).plan()
    finally:
        solvers.unregister(name)


def test_two_problems_with_one_id_are_refused(plugin: Path) -> None:
    twin = dataclasses.replace(nas_problems.make("tiny-table"), name="tiny-twin")
    nas_problems.register("tiny-twin", summary="for tests", family="tiny")(lambda: twin)
    try:
        with pytest.raises(ValueError, match="tiny-table and tiny-twin have the same id 901"):
            changed(problems=("tiny-table", "tiny-twin")).plan()
    finally:
        nas_problems.problems.unregister("tiny-twin")


def test_what_extends_a_study_and_what_does_not() -> None:
    larger = changed(problems=("a", "nb201-cifar10"), runs=9, noise=("sampled", "mean"), instances=(2, 1))
    assert SIMPLE.differences(larger) == []
    assert larger.differences(SIMPLE) == [
        "problems: a would be lost",
        "noise: sampled would be lost",
        "instances: 2 would be lost",
        "runs: wanted at least 9, found 1",
    ]
    assert SIMPLE.differences(changed(budget=20, seed=5)) == ["budget: wanted 10, found 20", "seed: wanted 1, found 5"]


SEVERAL = "nb201-cifar10[objective=validation_accuracy+n_parameters]"


def test_problems_of_several_objectives() -> None:
    study = Study(
        problems=(" nb201-cifar10[ objective = validation_accuracy+n_parameters ]",),
        solvers=("random-search",),
        budget=5,
    )
    assert study.problems == (SEVERAL,)
    (run,) = study.plan()
    assert run.problem == SEVERAL
    assert run.key.startswith("nb201-cifar10.validation_accuracy.n_parameters/random-search/")
    assert Study.from_toml(study.to_toml()) == study


@pytest.mark.parametrize(
    ("problems", "message"),
    [
        (("nb201-cifar10[noise=sampled]",), "wanted noise and instances as options of the study"),
        (("nb201-cifar10[instance=2]",), "wanted noise and instances as options of the study"),
        ((SEVERAL, SEVERAL.replace("=", " = ")), "problems: wanted each one once"),
        (("nb201-cifar10[",), "wanted name or name"),
    ],
)
def test_problems_that_cannot_be(problems: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Study(problems=problems, solvers=("random-search",), budget=5)


def test_two_strings_for_one_problem_are_refused() -> None:
    problems = ("nb201-cifar10", "nb201-cifar10[objective=validation_accuracy]")
    with pytest.raises(ValueError, match="problems: two of them are nb201-cifar10"):
        Study(problems=problems, solvers=("random-search",), budget=5).plan()


BOTH = "nb201-cifar10[objective=validation_accuracy+n_parameters]"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"solvers": ("random-search", "local-search")},
            r"local-search takes one objective, found 2 \(validation_accuracy",
        ),
        ({"initializers": ("uniform", "centroid")}, "centroid: wanted a problem with one objective"),
    ],
)
def test_what_a_solver_or_an_initializer_cannot_do_is_refused_before_anything_runs(
    changed: dict[str, tuple[str, ...]], words: str
) -> None:
    fields: dict[str, Any] = {"problems": (BOTH,), "solvers": ("random-search",), "budget": 5} | changed
    with pytest.raises(ValueError, match=words):
        Study(**fields).plan()


def test_a_budget_in_seconds_belongs_to_every_run() -> None:
    study = Study(("nb201-cifar10",), ("random-search",), budget=50, budget_seconds=30)
    assert Study.from_toml(study.to_toml()) == study
    assert [run.budget_seconds for run in study.plan()] == [30.0]
    assert "budget_seconds" not in Study(("nb201-cifar10",), ("random-search",), budget=50).to_toml()
    for wrong in (0, -1, "9", True, float("inf")):
        with pytest.raises(ValueError, match="budget_seconds: wanted"):
            Study(("nb201-cifar10",), ("random-search",), budget=50, budget_seconds=wrong)  # type: ignore[arg-type]


# ---- foreign files, and studies too large to write out


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (".".join(["a"] * 20_000) + " = 1", "keys of at most 16 parts"),  # the standard library takes 25 s
        ("b = 1\n" + ".".join(['"a"'] * 5_000) + " = 1", "in line 2"),
        (". ".join(["a"] * 5_000) + "= 1", "keys of at most 16 parts"),
        ("[" + ".".join(["t"] * 9_000) + "]", "keys of at most 16 parts"),
        ("x = {" + ".".join(["t"] * 9_000) + " = 1}", "keys of at most 16 parts"),
        ("fidelity = " + "9" * 400, "integers of at most 64 bits"),
        ("x = " + "[" * 5_000, "not TOML"),
        ('x = "\x00"', "not TOML"),
    ],
)
def test_hostile_toml_is_refused_at_once(text: str, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        Study.from_toml(text)


def test_toml_that_only_looks_odd_is_read() -> None:
    text = (
        'problems = ["tiny-table"]\nsolvers = ["random-search"]\nbudget = 5\nfidelity = 12.0\n# 1.2.3.4.5.6.7.8.9.10\n'
    )
    assert Study.from_toml(text).budget == 5


@pytest.mark.parametrize("value", [10**400, -(10**400), float("nan"), float("inf")])
def test_numbers_beyond_float64_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="fidelity: wanted a finite number"):
        changed(fidelity=value)


def test_a_plan_of_ten_million_runs_is_not_written_out() -> None:
    plan = changed(runs=5_000_000, instances=(1, 2)).plan()
    assert len(plan) == 10_000_000
    assert plan[-1].key.endswith("/i2-s5000000")
    assert plan.places == {("nb201-cifar10", "random-search"): 10_000_000}
    first = next(iter(plan))
    assert plan.has(first.key)
    assert plan.has(plan[9_999_999].key)
    assert not any(map(plan.has, ("", "x", "nb201-cifar10/random-search/i3-s1", first.key.replace("s1", "s5000001"))))
    with pytest.raises(IndexError):
        plan[10_000_000]


def test_a_plan_is_a_sequence_in_the_order_of_repetitions() -> None:
    plan = changed(runs=2, instances=(1, 2), solvers=("random-search", "local-search")).plan()
    keys = [run.key.rpartition("/")[2] for run in plan]
    assert keys == ["i1-s1", "i1-s1", "i2-s1", "i2-s1", "i1-s2", "i1-s2", "i2-s2", "i2-s2"]
    assert plan[2:4] == tuple(plan)[2:4]
    assert plan[-1] == plan[7]
