"""Results that exist already: from a csv to a recommendation, features, a footprint, a diagnosis and a warm start."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import nas_problems
from experiments.cli import make_app
from nas_problems import Integer, Real, SearchSpace, write_space

SPACE = SearchSpace((Integer("width", 1, 64, log=True), Real("rate", 1e-4, 1.0, log=True), Real("drop", 0.0, 0.5)))
runner = CliRunner()


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Three hundred results and their space."""
    Z = SPACE.sample(300, np.random.default_rng(0))
    frame = pd.DataFrame([dict(config) for config in SPACE.decode(Z)])
    frame["loss"] = (np.log10(frame["rate"]) + 2) ** 2 + np.abs(np.log2(frame["width"]) - 4) + frame["drop"]
    frame["accuracy"] = 90 - frame["loss"]
    frame.to_csv(tmp_path / "history.csv", index=False)
    write_space(SPACE, tmp_path / "space.toml")
    return tmp_path / "history.csv"


@pytest.fixture(autouse=True)
def _forgotten() -> object:
    yield
    for name in {"history"} & set(nas_problems.names()):
        nas_problems.problems.unregister(name)


def words(history: Path, target: str = "loss") -> list[str]:
    return ["--data", str(history), "--space", str(history.with_name("space.toml")), "--target", target]


def test_from_a_csv_to_a_recommendation(history: Path) -> None:
    done = runner.invoke(make_app(["recommend"]), ["recommend", *words(_only(history, "loss")), "--points", "0"])
    assert done.exit_code == 0, done.output
    assert "Take " in done.output and f"--warm-start {history}" in done.output


def _only(history: Path, target: str) -> Path:
    """The file with one column of values."""
    frame = pd.read_csv(history)
    frame[[*SPACE.names, target]].to_csv(history, index=False)
    return history


@pytest.mark.parametrize("command", [["footprint", "--budget", "300"], ["diagnose", "--n", "50"]])
def test_other_commands_take_it_too(history: Path, command: list[str]) -> None:
    name, *rest = command
    done = runner.invoke(make_app([name]), [name, *words(history, "accuracy:max"), *rest])
    assert done.exit_code == 0, done.output
    assert "history" in done.output


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (["recommend"], "wanted a name, or --data with --target"),
        (["recommend", "--target", "loss"], "wanted a name, or --data with --target"),
        (["recommend", "nb201-cifar10", "--data", "HISTORY", "--target", "loss"], "found both nb201-cifar10 and"),
        (["recommend", "--data", "HISTORY"], "--target"),
        (["recommend", "--data", "HISTORY", "--target", "nothing"], "nothing"),
        (["recommend", "--data", "HISTORY", "--target", "accuracy"], "accuracy:max or accuracy:min"),
        (["recommend", "--data", "HISTORY", "--target", "loss", "--space", "SPACE"], "rate"),
    ],
)
def test_what_does_not_fit_is_one_clear_line(history: Path, change: list[str], match: str) -> None:
    other = history.with_name("other.toml")
    other.write_text("[rate]\nlow = 0.5\nhigh = 1.0\n")
    arguments = [str(history) if word == "HISTORY" else str(other) if word == "SPACE" else word for word in change]
    done = runner.invoke(make_app(["recommend"]), arguments)
    assert done.exit_code == 2 and match in done.output + str(done.stderr), done.output
