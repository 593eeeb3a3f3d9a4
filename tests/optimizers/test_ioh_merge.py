"""Merging logs into one folder per algorithm."""

import json
import random
import shutil
import sys
import zipfile
from pathlib import Path

import iohinspector
import numpy as np
import pytest

from optimizers.ioh_format import FormatError, lint, read_runs
from optimizers.ioh_merge import merge
from tests.nas_problems import tiny
from tests.optimizers.logs import random_run, write


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Two solvers on three problems of two dimensions, two instances, three seeds: 36 runs."""
    made = []
    for maker in (tiny.table_problem, tiny.flaky_problem, tiny.mixed_problem):
        for instance in (1, 2):
            problem = maker().variant(instance=instance)
            for seed in (3, 1, 2):
                for solver in ("b-search", "a-search"):
                    folder = tmp_path / "runs" / problem.label / solver / f"i{instance}-s{seed}"
                    made.append(write(folder, problem, random_run(problem, 5, seed), solver=solver))
    return made


def test_nothing_is_lost_or_changed(folders: list[Path], tmp_path: Path) -> None:
    merged = merge(folders, tmp_path / "ioh")
    assert [path.name for path in merged] == ["a-search", "b-search"]
    before = {run.identity: run for run in read_runs(tmp_path / "runs")}
    after = {run.identity: run for run in read_runs(tmp_path / "ioh")}
    assert before.keys() == after.keys()
    for identity, run in before.items():
        found = after[identity]
        assert (found.best, found.n_evaluations, found.attributes) == (run.best, run.n_evaluations, run.attributes)
        assert list(found.columns) == list(run.columns)
        for name, values in run.columns.items():
            assert np.array_equal(found.columns[name], values)


def test_runs_are_sorted_by_instance_and_seed(folders: list[Path], tmp_path: Path) -> None:
    (folder, _) = merge(folders, tmp_path / "ioh")
    runs = [run for run in read_runs(folder) if run.function_name == "tiny-table"]
    assert [(run.instance, run.attributes["seed"]) for run in runs] == [(i, s) for i in (1, 2) for s in (1, 2, 3)]


def test_the_order_of_execution_does_not_matter(folders: list[Path], tmp_path: Path) -> None:
    merge(folders, tmp_path / "ioh", zipped=True)
    before = content(tmp_path / "ioh")
    shuffled = random.Random(1).sample(folders, len(folders))
    merge(shuffled, tmp_path / "ioh", zipped=True)
    assert content(tmp_path / "ioh") == before
    assert not list(tmp_path.glob(".*"))


def test_merging_what_is_merged_changes_nothing(folders: list[Path], tmp_path: Path) -> None:
    merge(folders, tmp_path / "ioh")
    merge([tmp_path / "ioh"], tmp_path / "again")
    assert content(tmp_path / "again") == content(tmp_path / "ioh")


def test_iohinspector_reads_the_same(folders: list[Path], tmp_path: Path) -> None:
    merge(folders, tmp_path / "ioh", suites={"tiny-table": "tiny"})
    manager = iohinspector.DataManager()
    manager.add_folder(str(tmp_path / "ioh"))
    seen = manager.load(monotonic=False, include_meta_data=True)
    expected = {
        (run.algorithm, run.function_name, run.dimension, run.instance, *run.columns["raw_y"].tolist())
        for run in read_runs(tmp_path / "ioh")
    }
    found = {
        (*group[:-1], *rows.sort("evaluations")["raw_y"].to_list())
        for group, rows in seen.group_by("algorithm_name", "function_name", "dimension", "instance", "data_id")
    }
    assert found == expected
    suites = set(zip(seen["function_name"], seen["suite"], strict=True))
    assert suites == {("tiny-table", "tiny"), ("tiny-flaky", "own"), ("tiny-mixed", "own")}


def test_a_folder_for_iohanalyzer_holds_nothing_else(folders: list[Path], tmp_path: Path) -> None:
    """IOHanalyzer takes csv and txt files for other formats, and refuses folders with several formats."""
    (folder, _) = merge(folders, tmp_path / "ioh")
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".json", ".dat"}
    header = "evaluations raw_y regret cost n_failed n_distinct x0 x1 x2"
    lines = (folder / "data_f901_tiny-table" / "IOHprofiler_f901_DIM3.dat").read_text().splitlines()
    assert [line for line in lines if not line[0].isdigit()] == [header] * 6
    assert sum(line.startswith("1 ") for line in lines) == 6


def test_the_zip_holds_the_folder(folders: list[Path], tmp_path: Path) -> None:
    (folder, _) = merge(folders, tmp_path / "ioh", zipped=True)
    with zipfile.ZipFile(tmp_path / "ioh" / "a-search.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    assert content(tmp_path / "unpacked" / "a-search") == content(folder)


def test_a_merge_without_a_zip_leaves_no_old_zip(folders: list[Path], tmp_path: Path) -> None:
    merge(folders, tmp_path / "ioh", zipped=True)
    merge(folders[:1], tmp_path / "ioh")
    assert [path.name for path in (tmp_path / "ioh").iterdir()] == ["b-search"]


def test_no_runs_at_all(folders: list[Path], tmp_path: Path) -> None:
    merge(folders, tmp_path / "ioh")
    assert merge([], tmp_path / "ioh") == ()
    assert not (tmp_path / "ioh").exists()


def test_damaged_runs_are_named_and_nothing_is_replaced(folders: list[Path], tmp_path: Path) -> None:
    merge(folders, tmp_path / "ioh")
    before = content(tmp_path / "ioh")
    (data,) = folders[4].rglob("*.dat")
    data.write_bytes(data.read_bytes()[:-3])
    with pytest.raises(FormatError, match=r"DIM3\.dat: truncated"):
        merge(folders, tmp_path / "ioh")
    assert content(tmp_path / "ioh") == before


def test_the_same_run_twice_is_refused(folders: list[Path], tmp_path: Path) -> None:
    shutil.copytree(folders[0], tmp_path / "copy")
    with pytest.raises(FormatError, match="duplicated"):
        merge([*folders, tmp_path / "copy"], tmp_path / "ioh")


def test_logs_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    problem = tiny.table_problem()
    first = write(tmp_path / "a", problem, random_run(problem, 2, 1))
    second = write(tmp_path / "b", problem, random_run(problem, 2, 2))
    (path,) = second.glob("*.json")
    path.write_text(path.read_text().replace('"info": "uniform"', '"info": "other"'))
    with pytest.raises(ValueError, match=r"wanted head .*uniform.* found .*other"):
        merge([first, second], tmp_path / "ioh")


def test_the_newest_version_of_ioh_stands_in_the_merged_log(tmp_path: Path) -> None:
    problem = tiny.table_problem()
    folders = [write(tmp_path / str(seed), problem, random_run(problem, 2, seed)) for seed in (1, 2, 3)]
    for folder, version in zip(folders, ("0.3.9", "0.3.22", "0.3.10"), strict=True):
        (path,) = folder.glob("*.json")
        document = json.loads(path.read_text())
        path.write_text(json.dumps(document | {"version": version}))
    merge(folders, tmp_path / "ioh")
    assert {run.version for run in read_runs(tmp_path / "ioh")} == {"0.3.22"}


def test_names_that_files_cannot_have_are_refused(tmp_path: Path) -> None:
    problem = tiny.table_problem()
    folder = write(tmp_path / "a", problem, random_run(problem, 2, 1))
    (path,) = folder.glob("*.json")
    path.write_text(path.read_text().replace('"name": "random-search"', '"name": "../up"'))
    assert lint(folder) == ()
    with pytest.raises(ValueError, match="algorithm name"):
        merge([folder], tmp_path / "ioh")


def test_other_people_s_folders_are_not_replaced(folders: list[Path], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(ValueError, match=r"found .*thesis\.tex"):
        merge(folders, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_a_merge_that_cannot_be_written_keeps_the_earlier_one(
    folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge(folders, tmp_path / "ioh")
    before = content(tmp_path / "ioh")

    def no_space(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zipfile.ZipFile.writestr", no_space)
    with pytest.raises(OSError, match="No space left"):
        merge(folders, tmp_path / "ioh", zipped=True)
    assert content(tmp_path / "ioh") == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(sys.platform == "win32", reason="links need privileges there")
def test_links_are_not_merged_into(folders: list[Path], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ioh").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"found a link to .*elsewhere"):
        merge(folders, tmp_path / "ioh")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_iohinspector_would_evaluate_is_never_written(folders: list[Path], tmp_path: Path) -> None:
    """Neither by us nor copied from a log of others; it evaluates the values of experiment attributes."""
    (path,) = folders[0].glob("*.json")
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"experiment_attributes": [{"note": "harmless"}]}))
    merge(folders, tmp_path / "ioh")
    for written in [*(tmp_path / "ioh").rglob("*.json"), *folders[1].rglob("*.json")]:
        assert "experiment_attributes" not in json.loads(written.read_text())
    path.write_text(json.dumps(document | {"experiment_attributes": [{"note": "print('ran')"}]}))
    with pytest.raises(FormatError, match="iohinspector would evaluate"):
        merge(folders, tmp_path / "ioh")
