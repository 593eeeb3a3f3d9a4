"""Suites of problems in ioh."""

import json
from pathlib import Path
from typing import Any

import ioh
import numpy as np
import pytest
from iohinspector import DataManager

import nas_problems
from nas_problems import suites
from nas_problems.adapters.ioh import BoxProblem, IntegerProblem, name_suite, suite


def analyzer(folder: Path) -> Any:
    return ioh.logger.Analyzer([ioh.logger.trigger.ALWAYS], root=str(folder), folder_name="log", algorithm_name="a")


def test_every_family_is_a_suite_and_the_demo_has_one_of_each() -> None:
    known = suites.suites()
    assert {"demo", "fcnet", "live", "mlp", "nas201"} <= set(known)
    assert known["nas201"] == ("nb201-cifar10", "nb201-cifar100", "nb201-imagenet16-120")
    assert [nas_problems.problems[name].family for name in known["demo"]] == ["nas201", "fcnet", "mlp", "live"]
    grouped = {"demo", *suites.SEVERAL}
    families = [name for family, names in known.items() if family not in grouped for name in names]
    assert sorted(families) == sorted(nas_problems.names())


@pytest.mark.parametrize(
    ("name", "named"), [("nas21", "nas201"), ("NAS201", "nas201"), ("", "known are BBOB, "), (3, "known are BBOB, ")]
)
def test_unknown_suite_has_near_names(name: Any, named: str) -> None:
    with pytest.raises(KeyError, match=named):
        suite(name)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"instances": ()}, "instances"),
        ({"instances": (1, 1)}, "instances"),
        ({"code": "binary"}, "code"),
        ({"noise": "loud"}, "noise"),
        ({"noise": "sampled"}, "rng"),
    ],
)
def test_bad_options_are_refused_at_once(options: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        suite("nas201", **options)


def test_problems_come_by_name_and_instance() -> None:
    found = suite("fcnet", instances=[1, 3], noise="seed-0")
    assert found.name == "fcnet"
    assert found.names == suites.suites()["fcnet"]
    assert len(found) == 8
    identities = [(each.meta_data.name, each.meta_data.instance) for each in found]
    assert identities == [(f"{name}.seed-0", instance) for name in found.names for instance in (1, 3)]
    assert {type(each) for each in found} == {IntegerProblem}
    assert {type(each) for each in suite("fcnet", code="box")} == {BoxProblem}


def test_live_problems_use_the_box() -> None:
    assert {type(each) for each in suite("live")} == {BoxProblem}


def test_random_noise_shares_the_generator() -> None:
    first, second = (
        [each([0] * 6) for each in suite("nas201", noise="sampled", rng=np.random.default_rng(1))] for _ in range(2)
    )
    assert first == second


def test_logs_name_the_suite_and_are_read_back(tmp_path: Path) -> None:
    logger = analyzer(tmp_path)
    problems = suite("nas201", instances=(1, 2))
    problems.attach_logger(logger)
    values = []
    for problem in problems:
        values += problem(problem.problem.space.sample(5, np.random.default_rng(0)))
        if problem.meta_data.instance == 2:
            problem.reset()  # a user who does it as ioh wants loses nothing
    problems.detach_logger()
    for problem in problems:
        problem([0] * 6)  # no longer logged
    logger.close()
    files = sorted(tmp_path.rglob("*.json"))
    assert len(files) == 3
    for path in files:
        info = json.loads(path.read_text())
        assert info["suite"] == "nas201"
        assert [run["instance"] for run in info["scenarios"][0]["runs"]] == [1, 2]
    manager = DataManager()
    manager.add_folder(str(tmp_path))
    frame = manager.load(monotonic=False)
    assert sorted(frame["raw_y"].to_list()) == pytest.approx(sorted(values), abs=1e-9)


def test_a_loop_that_is_left_early_is_logged(tmp_path: Path) -> None:
    logger = analyzer(tmp_path)
    problems = suite("mlp")
    problems.attach_logger(logger)
    for problem in problems:
        problem([0] * 5)
        break
    iterator = iter(problems)
    next(iterator)([[0] * 5, [1, 0, 0, 0, 0]])
    del iterator
    logger.close()
    (path,) = tmp_path.rglob("*.json")
    info = json.loads(path.read_text())
    assert info["suite"] == "mlp"
    assert [run["evals"] for run in info["scenarios"][0]["runs"]] == [1, 2]


def test_naming_a_suite_changes_one_field_of_files_without_a_name(tmp_path: Path) -> None:
    content = '{\n\t"version": "0.3.22", \n\t"suite": "unknown_suite", \n\t"function_name": "unknown_suite"}\n'
    (tmp_path / "IOHprofiler_f1_a.json").write_text(content)
    (tmp_path / "IOHprofiler_f2_b.json").write_text(content.replace('"suite": "unknown_suite"', '"suite": "PBO"'))
    (tmp_path / "other.json").write_text(content)
    for name in ("mine", "another"):
        name_suite(tmp_path, name)
    first, second, other = (path.read_text() for path in sorted(tmp_path.iterdir()))
    assert first == content.replace('"suite": "unknown_suite"', '"suite": "mine"')
    assert json.loads(second)["suite"] == "PBO"
    assert other == content
