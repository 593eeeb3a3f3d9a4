"""Problems in ioh's own registry: made by number or name, in experiments and suites, with our values."""

import gc
from pathlib import Path
from typing import Any

import ioh
import numpy as np
import pytest

import nas_problems
from nas_problems import Problem
from nas_problems.adapters.ioh import as_ioh, name_suite
from nas_problems.adapters.ioh_registry import add_to_ioh
from optimizers.ioh_format import read_runs
from tests.nas_problems import tiny

INTEGER, REAL = ioh.ProblemClass.INTEGER, ioh.ProblemClass.REAL


class First:
    """Evaluates the first twelve codes that a generator draws, as an algorithm of ``ioh.Experiment``."""

    n_evaluations = 12

    def __call__(self, problem: Any) -> None:
        rng = np.random.default_rng(problem.meta_data.instance)
        for _ in range(self.n_evaluations):
            problem(rng.integers(0, 5, problem.meta_data.n_variables).tolist())


def test_values_and_optimum_of_every_instance() -> None:
    """An object that ioh makes answers as ours, after everything that nobody refers to has been collected."""
    (number,) = add_to_ioh(["nb201-cifar100"])
    gc.collect()
    for instance in (3, 1, 2):
        made = ioh.get_problem(number, instance, 6, INTEGER)
        ours = nas_problems.make("nb201-cifar100", instance=instance)
        Z = ours.space.sample(20, np.random.default_rng(instance))
        assert [made(z.tolist()) for z in Z] == ours(Z).tolist()
        assert ours.optimum is not None
        assert (list(made.optimum.x), made.optimum.y) == (ours.optimum.Z[0].tolist(), ours.optimum.y)
        assert (made.bounds.lb[0], made.bounds.ub[0]) == (0, 4)


def test_instances_that_are_used_in_turn_are_not_mixed_up() -> None:
    """Two objects of one number keep their instances."""
    (number,) = add_to_ioh([tiny.table_problem()], code="box")
    first, second = (ioh.get_problem(number, instance, 3, REAL) for instance in (1, 2))
    x = [-4.0, 1.0, 3.0]
    values = [as_ioh(tiny.table_problem().variant(instance=k), code="box")(x) for k in (1, 2)]
    assert [first(x), second(x), first(x), second(x)] == [*values, *values]
    assert values[0] != values[1]


def test_names_and_a_suite_of_mixed_spaces() -> None:
    """In the box, any space; by name as well as by number."""
    numbers = add_to_ioh(["fcnet-protein", "mlp-vehicle"], code="box")
    by_name = ioh.get_problem("fcnet-protein", 1, 9, REAL)
    assert by_name.meta_data.problem_id == numbers[0]
    assert by_name([0.0] * 9) == as_ioh(nas_problems.make("fcnet-protein"), code="box")([0.0] * 9)
    found = list(ioh.suite.Real(list(numbers[1:]), [1, 2], [5]))
    assert [(each.meta_data.name, each.meta_data.instance) for each in found] == [
        ("mlp-vehicle", 1),
        ("mlp-vehicle", 2),
    ]
    assert all(np.isfinite(each([1.0] * 5)) for each in found)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_experiment(n_jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ioh's own loop over problems, instances and repetitions, with its own logs, in processes of its own."""
    monkeypatch.chdir(tmp_path)
    numbers = add_to_ioh(["nb201-cifar10", "nb201-imagenet16-120"])
    experiment = ioh.Experiment(
        First(), list(numbers), [1, 2], [6], 2, INTEGER, n_jobs, algorithm_name="first", zip_output=False,
        logger_triggers=[ioh.logger.trigger.ALWAYS], store_positions=True,
    )  # fmt: skip
    experiment()
    name_suite(tmp_path / "ioh_data", "nas201")
    runs = read_runs(tmp_path / "ioh_data")
    assert len(runs) == 2 * 2 * 2
    for run in runs:
        problem = nas_problems.make(run.function_name, instance=run.instance)
        Z = np.column_stack([run.columns[f"x{j}"] for j in range(6)]).astype(np.int64)
        assert run.columns["raw_y"] == pytest.approx(problem(Z), abs=1e-9)
        assert (run.suite, run.n_evaluations, run.function_id in numbers) == ("nas201", 12, True)


def test_noise_is_drawn_from_the_generator() -> None:
    """The same generator gives the same values; without one nothing is registered."""
    values = []
    for _ in range(2):
        problem = nas_problems.make("nb201-cifar10", noise="sampled")
        (number,) = add_to_ioh([problem], rng=np.random.default_rng(3))
        made = ioh.get_problem(number, 1, 6, INTEGER)
        values.append([made([1, 2, 3, 4, 0, 1]) for _ in range(20)])
    assert values[0] == values[1] and len(set(values[0])) > 1


@pytest.mark.parametrize(
    ("problems", "options", "message"),
    [
        (["nb201-cifar11"], {}, "nb201-cifar10"),
        (["nb201-cifar10", "nb201-cifar10"], {}, "wanted distinct ones"),
        (["fcnet-protein"], {}, "variables of 2 to 6 choices, ioh one range for all; use code='box'"),
        (["knn-wine"], {}, "use code='box'"),
        (["nb201-cifar10"], {"code": "bits"}, "wanted 'integer' or 'box'"),
        (["nb201-cifar10[noise=sampled]"], {}, "rng"),
        (["nb201-cifar10[instance=2]"], {}, "wanted instance 1"),
        (["nb201-cifar10[objective=validation_accuracy+n_parameters]"], {}, "one objective"),
    ],
)
def test_what_is_refused(problems: list[str | Problem], options: Any, message: str) -> None:
    """Before anything is registered."""
    with pytest.raises((ValueError, KeyError), match=message):
        add_to_ioh(problems, **options)


def test_a_wrong_number_of_variables_and_a_wrong_point() -> None:
    """ioh makes and evaluates anything; ours says what it has."""
    (number,) = add_to_ioh(["nb201-cifar10"])
    with pytest.raises(ValueError, match="nb201-cifar10 has 6 variables, found 5"):
        ioh.get_problem(number, 1, 5, INTEGER)
    with pytest.raises(ValueError, match=r"wanted a code in \[0, 4\], found 7"):
        ioh.get_problem(number, 1, 6, INTEGER)([7] * 6)
