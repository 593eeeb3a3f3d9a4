"""Problems in files: a csv with a file that says what its columns are."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nas_problems
from nas_problems.opened import write_frame


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path / "tries.csv"
    frame = pd.DataFrame({"rate": 10 ** rng.uniform(-4, 0, 40), "kind": rng.choice(["a", "b"], 40)})
    frame.assign(loss=rng.random(40), seconds=2.0).to_csv(path, index=False)
    return path


def test_a_csv_is_a_problem_by_its_path(csv: Path, tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "mine.toml"
    written = write_frame(path, csv, {"metric": ["loss"], "cost": "seconds", "seed": "", "candidates": "rows"})
    assert (
        path.read_text() == '[frame]\ncsv = "../tries.csv"\nmetric = ["loss"]\ncost = "seconds"\ncandidates = "rows"\n'
    )
    problem = nas_problems.make(f"{path}[instance=2]")
    assert problem.name == "mine" and problem.space.n_rows == 40 and problem.function_id == written.function_id
    assert problem.optimum is not None and written.optimum is not None
    assert problem.optimum.y == written.optimum.y == pytest.approx(pd.read_csv(csv)["loss"].min(), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[frame", "not TOML"),
        ("csv = 'tries.csv'", r"wanted one table \[frame\]"),
        ("[frame]\nmetric = 'loss'", r"wanted one table \[frame\] with csv"),
        ("[frame]\ncsv = 'tries.csv'", "wanted csv, metric and some of"),
        ("[frame]\ncsv = 'tries.csv'\nmetric = 'loss'\nspeed = 3", "wanted csv, metric and some of .*'speed'"),
        ("[frame]\ncsv = 'tries.csv'\nmetric = 'los'", "wanted one of the columns"),
    ],
)
def test_files_that_say_something_else(csv: Path, text: str, message: str) -> None:
    path = csv.with_name("mine.toml")
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        nas_problems.make(str(path))


def test_nothing_is_written_for_columns_that_do_not_fit(csv: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wanted one of the columns"):
        write_frame(tmp_path / "mine.toml", csv, {"metric": ["accuracy:max"]})
    assert not (tmp_path / "mine.toml").exists()


def test_no_such_file(tmp_path: Path) -> None:
    for name in ("none.toml", "none.npz"):
        with pytest.raises(FileNotFoundError):
            nas_problems.make(str(tmp_path / name))


@pytest.mark.parametrize("name", ["mine/history.csv", "mine/history.parquet"])
def test_a_file_of_evaluations_is_no_problem_yet(name: str) -> None:
    command = f"iohnas table frame {name} --metric COLUMN --out mine/history.toml"
    with pytest.raises(KeyError, match=re.escape(f"becomes the problem mine/history.toml with: {command}")):
        nas_problems.make(name)
