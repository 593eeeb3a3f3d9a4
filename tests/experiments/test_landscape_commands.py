"""``iohnas footprint``, ``iohnas diagnose``, ``iohnas data fetch``, and problems as texts."""

import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.cli import main, make_app
from experiments.process import PROCESS
from experiments.text.problem import parse_problem
from tests.experiments import misbehaving

runner = CliRunner()
app = make_app(["footprint", "diagnose", "data", "reduce"])


def test_footprints_are_printed_and_written(tmp_path: Path) -> None:
    texts = ["nb201-cifar10", "nb201-cifar10[noise=seed-0,instance=2]"]
    done = runner.invoke(app, ["footprint", *texts, "--out", str(tmp_path / "page")])
    assert done.exit_code == 0, done.output
    assert "nb201-cifar10.seed-0" in done.output
    table = pd.read_csv(tmp_path / "page" / "footprints.csv", index_col="measure")
    assert table.loc["n_optima", "nb201-cifar10"] == 13
    page = (tmp_path / "page" / "README.md").read_text()
    assert f"`iohnas footprint {shlex.join(texts)} --out {tmp_path / 'page'}`" in page
    assert (tmp_path / "page" / "radar.png").stat().st_size > 10_000


def test_own_problems_have_landscapes_too(plugin: Path, tmp_path: Path) -> None:
    misbehaving.unregister()
    PROCESS.forget()
    for command in (["footprint", "tiny-table"], ["reduce", "tiny-table", "--points", "60"]):
        assert runner.invoke(app, command).exit_code == 2
        done = runner.invoke(app, [*command, "--import", str(plugin)])
        assert done.exit_code == 0, done.output
        misbehaving.unregister()
        PROCESS.forget()
        sys.modules.pop("iohnas_plugin_plugin", None)
    misbehaving.register()


def test_a_budget_samples(tmp_path: Path) -> None:
    done = runner.invoke(app, ["footprint", "nb201-cifar10", "--budget", "200"])
    assert done.exit_code == 0, done.output
    assert "no n_optima of nb201-cifar10: the space was sampled" in done.output


def test_a_diagnosis_is_printed_and_written(tmp_path: Path) -> None:
    done = runner.invoke(app, ["diagnose", "nb201-cifar100", "--n", "100", "--out", str(tmp_path / "page")])
    assert done.exit_code == 0, done.output
    assert "naive level" in done.output
    assert (tmp_path / "page" / "diagnosis.png").stat().st_size > 10_000
    assert (tmp_path / "page" / "modes.csv").is_file()


def test_options_of_problems_are_read() -> None:
    problem = parse_problem(
        " nb201-cifar10 [ noise = sampled , objective = latency_seconds, instance = 3, fidelity = 200 ] "
    )
    assert problem.label == "nb201-cifar10.sampled.latency_seconds"
    assert problem.instance == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nb201-cifar10[colour=red]", "wanted each of objective, fidelity, noise, instance"),
        ("nb201-cifar10[instance=two]", "instance: wanted a number, found 'two'"),
        ("nb201-cifar10[instance=1,instance=1]", "at most once"),
        ("nb201-cifar10[", "wanted name or name"),
        ("nb201-cifar10[fidelity=7]", "fidelity"),
        ("nb201-cifar", "nearest names are"),
    ],
)
def test_wrong_texts_are_one_line(text: str, said: str) -> None:
    done = runner.invoke(app, ["footprint", text])
    assert done.exit_code == 2
    assert said in done.stderr


def test_fetching_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path / "data" / "none"))
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    done = runner.invoke(app, ["data", "fetch", "spikenas-cifar10"])
    assert done.exit_code == 1
    assert "conversion of YuanLi-X/SpikeNAS-Bench" in done.output
    unknown = runner.invoke(app, ["data", "fetch", "nonsense"])
    assert unknown.exit_code == 2
    assert "unknown problem or page 'nonsense'" in unknown.stderr


def test_a_problem_without_its_files_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path / "data" / "none"))
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    from nas_problems.catalog import spikenas

    spikenas.evaluator.cache_clear()
    done = runner.invoke(app, ["diagnose", "spikenas-cifar10"])
    assert done.exit_code == 2
    assert "spikenas_bench/cifar10_curves.npz: not in" in done.stderr


def test_each_of_several_objectives_has_a_footprint() -> None:
    text = "nb201-digits[objective=validation_accuracy+n_parameters]"
    done = runner.invoke(app, ["footprint", text])
    assert done.exit_code == 0, done.output
    header = done.output.splitlines()[0]
    assert "nb201-digits" in header and "nb201-digits.n_parameters" in header
    chosen = runner.invoke(app, ["footprint", text, "--objective", "n_flops"])
    assert chosen.exit_code == 0, chosen.output
    assert "nb201-digits.n_flops" in chosen.output and "n_parameters" not in chosen.output


def test_an_unknown_objective_is_one_line() -> None:
    done = runner.invoke(app, ["footprint", "nb201-digits", "--objective", "nonsense"])
    assert done.exit_code == 2
    assert "objective: nb201-digits has" in done.stderr


def test_agreement_of_groups_of_problems() -> None:
    done = runner.invoke(make_app(["portfolio"]), ["portfolio", "agree", "--budget", "100"])
    assert done.exit_code == 0, done.output
    rows = [line for line in done.output.splitlines() if "[" in line]
    assert len(rows) == 6  # four analytic groups, NAS and HPO
    assert "over 100 evaluations" in done.output


@pytest.mark.parametrize(
    ("command", "is_file"),
    [
        *(
            ((*words.split(), "nb201-cifar10"), False)
            for words in ("ela", "diagnose", "reduce", "footprint", "recommend")
        ),
        (("portfolio", "reference"), True),
        (("portfolio", "fit"), True),
        (("portfolio", "build"), True),
        (("table", "surrogate", "nb201-cifar10"), True),
    ],
)
def test_a_place_for_the_result_is_looked_at_first(
    command: tuple[str, ...], is_file: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder where a file is wanted, or a file where a folder is, was an error after hours of work."""
    place = tmp_path / "place"
    place.mkdir() if is_file else place.touch()
    with pytest.raises(SystemExit) as ended:
        main([*command, "--out", str(place)])
    assert ended.value.code == 2
    found = capsys.readouterr().err  # typer's words: 'dir' from 0.29 on, 'Directory' before
    assert "iohnas: Invalid value for '--out': " in found and f"'{place}' is a" in found
