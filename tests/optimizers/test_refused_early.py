"""What can be refused is refused before evaluation 1, in one sentence with name, wanted, found."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import optimizers
from nas_problems import Categorical, Integer, Metric, SearchSpace, from_function
from nas_problems.evaluation import Fidelities
from nas_problems.parameter import Config
from nas_problems.space import Codes
from optimizers.loop import Loop
from optimizers.solver import Task

SPACE = SearchSpace((Integer("a", 1, 4), Integer("b", 1, 4)))


class Counted:
    """Counts its calls."""

    def __init__(self) -> None:
        self.n_calls = 0

    def __call__(self, config: Config) -> float:
        self.n_calls += 1
        return float(config["a"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"until": math.nan}, "until: wanted seconds since 1970, found nan"),
        ({"until": "noon"}, "until: wanted seconds since 1970, found 'noon'"),
        ({"until": True}, "until: wanted seconds since 1970, found True"),
        ({"budget": 2**53 + 1}, "budget: wanted an integer >= 1 and at most 2\\*\\*53, found 9007199254740993"),
        ({"budget": 10**400}, r"budget: wanted an integer >= 1 and at most 2\*\*53, found 1000"),
        ({"folder": "a\0b"}, r"folder: wanted a name in UTF-8 that files can have, found 'a\\x00b'"),
        ({"folder": "\ud800"}, r"folder: wanted a name in UTF-8 that files can have, found '\\ud800'"),
    ],
)
def test_arguments_of_a_run(
    options: Mapping[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    counted = Counted()
    given = {"budget": 3, "seed": 1} | dict(options)
    with pytest.raises(ValueError, match=message):
        optimizers.run("random-search", from_function(counted, SPACE, name="p"), **given)
    assert counted.n_calls == 0 and not any(tmp_path.iterdir())


@pytest.mark.parametrize("n", [201, 240, 255, 10_000])
def test_a_name_that_no_file_can_have(n: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"problem name: wanted at most 200 characters, found {n}: 'xxx"):
        from_function(Counted(), SPACE, name="x" * n)


def test_a_name_of_two_parts_that_no_file_can_have(tmp_path: Path) -> None:
    counted = Counted()

    def solver(task: Task) -> Loop:
        yield task.start(3)

    def initializer(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        return space.sample(n, rng)

    solver.__name__, initializer.__name__ = "s" * 120, "i" * 120
    problem = from_function(counted, SPACE, name="p")
    with pytest.raises(ValueError, match="algorithm name: wanted at most 200 characters, found 246"):
        optimizers.run(
            optimizers.as_solver(solver), problem, budget=3, seed=1, initializer=initializer, folder=tmp_path / "run"
        )
    assert counted.n_calls == 0 and not any(tmp_path.iterdir())


def test_the_longest_name_can_be_logged(tmp_path: Path) -> None:
    problem = from_function(Counted(), SPACE, name="x" * 200)
    log = optimizers.run("random-search", problem, budget=3, seed=1, folder=tmp_path / "run")
    assert log.folder is not None and any(log.folder.glob("*.json"))


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="links")
def test_links_that_lead_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    counted = Counted()
    with pytest.raises((ValueError, OSError), match="loop"):
        optimizers.run(
            "random-search", from_function(counted, SPACE, name="p"), budget=3, seed=1, folder=tmp_path / "loop" / "run"
        )
    assert counted.n_calls == 0


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[2J", "a\u202eb", "\ud800", ""])
def test_names_of_metrics_and_fidelities_that_records_cannot_hold(text: str) -> None:
    with pytest.raises(ValueError, match="metric: wanted a printable name, found "):
        Metric(text)
    with pytest.raises(ValueError, match="fidelities: wanted a printable name, found "):
        Fidelities(text, (1.0,))
    if text:
        with pytest.raises(ValueError, match="metric: wanted a printable unit, found "):
            Metric("loss", text)


def test_choices_that_files_cannot_hold() -> None:
    with pytest.raises(ValueError, match=r"a: wanted strings that files in UTF-8 can hold, found '\\ud800'"):
        Categorical("a", ("b", "\ud800"))
    assert Categorical("a", ("3 × 3", "\x00\n", "=1+1")).choices == ("3 × 3", "\x00\n", "=1+1")


@pytest.mark.parametrize("name", ["budget", "seed", "budget_seconds", "until"])
def test_integers_that_python_does_not_print(name: str) -> None:
    """Thousands of digits: the message says so in a word."""
    given: dict[str, Any] = {"budget": 3, "seed": 1} | {name: -(16**5000)}
    problem = from_function(Counted(), SPACE, name="p")
    with pytest.raises(ValueError, match=f"{name}: wanted .* found <int>"):
        optimizers.run("random-search", problem, **given)
