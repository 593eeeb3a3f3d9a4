"""Folders that somebody else made, to harm whoever looks at them."""

import ast
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import iohinspector
import pytest

from experiments.cli import main
from experiments.folder import StudyFolder
from experiments.folder.check import check_folder
from experiments.folder.finished import read_finished
from experiments.folder.repair import repair_folder
from optimizers.ioh_format import Fault
from tests.nas_problems import tiny
from tests.optimizers.logs import random_run, write

ROOT = Path(__file__).parents[3]
KEY = "tiny-table/random-search/i1-s1"

READERS = [
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "experiments/folder").glob("*.py"))),
    *(f"experiments/{name}.py" for name in ("study", "report/result", "text/toml")),
    *(f"optimizers/{name}.py" for name in ("ioh_file", "ioh_format", "ioh_merge", "regular_file")),
]
FORBIDDEN = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_METHODS = {"eval", "exec", "load", "literal_eval", "import_module", "system", "run"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "yaml", "importlib", "subprocess", "runpy"}


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", READERS)
def test_readers_have_no_way_to_run_what_they_read(name: str) -> None:
    for node in ast.walk(ast.parse((ROOT / name).read_text())):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & FORBIDDEN_MODULES
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in FORBIDDEN_MODULES
        elif isinstance(node, ast.Call):
            is_method = isinstance(node.func, ast.Attribute)
            called = getattr(node.func, "attr" if is_method else "id", "")
            is_iohinspector = name == "experiments/folder/check.py" and ast.unparse(node.func).endswith(
                "select_indexes([i]).load"
            )
            assert called not in (FORBIDDEN_METHODS if is_method else FORBIDDEN) or is_iohinspector, ast.unparse(node)


class _Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.write_text, (self.path, "ran")


def test_nothing_is_run_by_any_command(finished: StudyFolder, tmp_path: Path) -> None:
    """Code in every place where a careless reader would run it."""
    ran = tmp_path / "ran"
    code = f"__import__('pathlib').Path({str(ran)!r}).write_text('ran')"
    content = pickle.dumps(_Payload(ran))
    place = finished.run_path(KEY)
    for folder in (finished.path, finished.runs_path, place, finished.merged_path / "random-search"):
        for name in ("x.pkl", "x.pickle", "x.npy", "x.npz", "cache"):
            (folder / name).write_bytes(content)
        for name in ("conftest.py", "__init__.py", "sitecustomize.py"):
            (folder / name).write_text(code)
    evil = [*place.glob("*.json"), *(finished.merged_path / "random-search").glob("*.json")]
    for path in evil:
        document = json.loads(path.read_text())
        path.write_text(json.dumps(document | {"experiment_attributes": [{"note": code}]}))
    for command, code_wanted in (("status", 0), ("check", 1), ("merge", 2), ("report", 0)):
        assert call(command, finished.path) == code_wanted, command
    assert place in repair_folder(finished.path).moved
    for command in ("status", "check", "merge", "report"):
        assert call(command, finished.path) == 0, command
    assert not ran.exists()
    pickle.loads(content)
    assert ran.exists()  # the payload does what the test is about


def test_a_foreign_log_with_code_is_not_given_to_iohinspector(tmp_path: Path) -> None:
    problem = tiny.table_problem()
    (path,) = write(tmp_path / "log", problem, random_run(problem, 5, 1)).glob("*.json")
    ran = tmp_path / "ran"
    code = f"__import__('pathlib').Path({str(ran)!r}).write_text('ran')"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"experiment_attributes": [{"note": code}]}))
    (complaint, *_) = check_folder(tmp_path / "log").complaints
    assert "iohinspector would evaluate" in complaint
    assert not ran.exists()
    manager = iohinspector.DataManager()
    manager.add_folder(str(tmp_path / "log"))
    assert ran.exists()  # it does


def test_data_that_only_iohinspector_would_read(tmp_path: Path) -> None:
    problem = tiny.table_problem()
    folder = write(tmp_path / "log", problem, random_run(problem, 5, 1))
    (data,) = folder.rglob("*.dat")
    data.with_suffix(".parquet").write_bytes(b"PAR1")
    assert (
        f"{data.with_suffix('.parquet')}: iohinspector would read this in place of the data"
        in check_folder(folder).complaints
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("problems", '["../../etc/passwd"]', "unknown"),
        ("solvers", "[\"__import__('os')\"]", "unknown"),
        ("suite", '"../up"', "suite name: wanted a name"),
        ("runs", "1000000000000", "wanted at most"),
        ("instances", "[" + "[" * 5000, "study.toml: "),
    ],
)
def test_plans_that_would_harm_are_refused(
    finished: StudyFolder, name: str, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = finished.path / "study.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{name} =")]
    path.write_text("\n".join([*lines, f"{name} = {text}\n"]))
    assert call("status", finished.path) == 2
    assert message in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="links need privileges there")
@pytest.mark.parametrize("name", ["study.toml", "runs", "ioh", "failed", "versions.toml", ".lock"])
def test_links_at_the_top_lead_nowhere(finished: StudyFolder, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    finished.note_failure(KEY.replace("s1", "s9"), "reason")
    (finished.path / name).rename(elsewhere)
    (finished.path / name).symlink_to(elsewhere)
    before = {path: path.stat().st_mtime_ns for path in [elsewhere, *elsewhere.rglob("*")]}
    for command in (
        ("status",),
        ("check",),
        ("merge",),
        ("check", "--repair"),
        ("run", "--executor", "serial", "--out"),
    ):
        call(*command, finished.path)
    assert {path: path.stat().st_mtime_ns for path in [elsewhere, *elsewhere.rglob("*")]} == before


def test_merged_logs_do_not_leave_the_folder(finished: StudyFolder) -> None:
    """An algorithm's name becomes the name of a folder."""
    (path,) = finished.run_path(KEY).glob("*.json")
    path.write_text(path.read_text().replace('"name": "random-search"', '"name": "../../up"'))
    faults: list[Fault] = []
    assert len(list(read_finished(finished, faults.append))) == 15
    assert "does not belong to the log: algorithm random-search and ../../up" in str(faults[0])
    assert call("merge", finished.path) == 2
    assert not list(finished.path.parent.glob("up*"))
