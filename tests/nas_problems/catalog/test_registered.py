"""Every registered problem: its name and id are the stored ones, and it passes the conformance suite.

After adding a problem, ``python -m tests.nas_problems.catalog.test_registered`` adds its line to ``registered.json``;
ids, once published, never change.
"""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import nas_problems
from nas_problems import Problem
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.testing import check_problem

PATH = Path(__file__).with_name("registered.json")
STORED: dict[str, int] = json.loads(PATH.read_text())

ANALYTIC = ("bbob-f", "pbo-f", "mixint-f", "shuffled-f")


def _scenario(name: str) -> str:
    """YAHPO problems of one scenario share a model, functions of ioh their code; others stand for themselves."""
    return name.rpartition("-")[0] if name.startswith(("yahpo-", *ANALYTIC)) else name


TRAINED = tuple(name for name in STORED if name.startswith(("train-", "morphism-")))
RECORDED = tuple(name for name in STORED if name not in TRAINED)
FIRST = tuple({_scenario(name): name for name in sorted(RECORDED, reverse=True)}.values())
OTHERS = tuple(name for name in RECORDED if name not in FIRST)


def make(name: str, monkeypatch: pytest.MonkeyPatch) -> Problem:
    """The problem, or a skipped test where that would need a download."""

    def refuse(*args: object, **kwargs: object) -> str:
        raise OSError("tests use no network")

    monkeypatch.setattr("pooch.retrieve", refuse)
    try:
        problem = nas_problems.make(name)
        if nas_problems.problems[name].family != "live":
            problem(problem.space.lower[None, :])
    except DataUnavailableError as error:
        pytest.skip(str(error))
    return problem


def test_names_are_the_stored_ones() -> None:
    """No problem vanishes unseen, and a new one is stored, so that it is checked below."""
    new, gone = set(nas_problems.names()) - set(STORED), set(STORED) - set(nas_problems.names())
    assert (new, gone) == (set(), set()), "python -m tests.nas_problems.catalog.test_registered stores new problems"


def test_ids_are_distinct() -> None:
    of_pbo = {name for name in STORED if name.startswith("pbo-")}  # ioh has the ids of BBOB there once more
    for names in (STORED.keys() - of_pbo, of_pbo):
        assert len({STORED[name] for name in names}) == len(names)


@pytest.mark.parametrize("name", FIRST)
def test_ids_and_names_are_the_stored_ones(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make(name, monkeypatch)
    assert (problem.name, problem.label, problem.function_id, problem.log_id) == (name, name, *[STORED[name]] * 2)


@pytest.mark.parametrize("name", FIRST)
def test_a_copy_for_another_process_gives_the_same_values(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make(name, monkeypatch).variant(instance=2)
    Z = problem.space.sample(2, np.random.default_rng(0))
    wanted = problem(Z)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(problem))(Z), wanted)


@pytest.mark.parametrize("name", FIRST)
def test_conformance(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    is_live = nas_problems.problems[name].family == "live"
    check_problem(make(name, monkeypatch), n_candidates=2 if is_live else 8)


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_conformance_of_the_others(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make(name, monkeypatch)
    assert problem.function_id == STORED[name]
    check_problem(problem)


@pytest.mark.parametrize("name", TRAINED)
def test_ids_and_names_of_trained_problems(name: str) -> None:
    """They pass the conformance suite in the tests of their evaluator, with less to train."""
    problem = nas_problems.make(name)
    assert (problem.name, problem.label, problem.function_id, problem.log_id) == (name, name, *[STORED[name]] * 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in TRAINED if name.endswith("-digits")])
def test_conformance_of_trained_problems(name: str) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")
    check_problem(nas_problems.make(name), n_candidates=2)


if __name__ == "__main__":
    added = {name: nas_problems.make(name).function_id for name in nas_problems.names() if name not in STORED}
    holders = {number: name for name, number in STORED.items() if not name.startswith("pbo-")}
    for name, number in added.items():
        if number in holders:
            free = next(n for n in range(number, 65_536) if n not in holders)
            raise SystemExit(f"{name}: function_id {number} is that of {holders[number]}; the next free one is {free}")
        holders[number] = name
    lines = (f'"{name}": {number}' for name, number in (STORED | added).items())
    PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"added: {', '.join(added) or 'none'}")
