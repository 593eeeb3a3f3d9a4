"""Repairs: every kind of damage is named and moved aside, and the study can be finished again."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from experiments.folder import StudyFolder
from experiments.folder.check import check_folder
from experiments.folder.merge import merge_logs
from experiments.folder.record import RECORD_NAME
from experiments.folder.repair import repair_folder
from experiments.session import left_to_do
from experiments.unit import execute
from optimizers.ioh_format import read_runs

KEY = "tiny-table/random-search/i1-s1"
OTHER = "tiny-table/random-search/i1-s2"


def finish(folder: StudyFolder) -> None:
    for run in left_to_do(folder):
        execute(run, folder=str(folder.path), suite=folder.study.suite, plugins={})
    merge_logs(folder)


def merged(folder: StudyFolder) -> dict[str, bytes]:
    root = folder.merged_path
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def data_of(place: Path) -> Path:
    (path,) = place.glob("*/*.dat")
    return path


def json_of(place: Path) -> Path:
    (path,) = place.glob("*.json")
    return path


def cut(path: Path, n_bytes: int) -> None:
    path.write_bytes(path.read_bytes()[:-n_bytes])


def drop_last_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def flip(name: str, position: float) -> Callable[[Path], None]:
    """Damages one bit of a file."""

    def damage(place: Path) -> None:
        (path,) = place.glob(name)
        content = bytearray(path.read_bytes())
        content[int(position * (len(content) - 1))] ^= 1
        path.write_bytes(content)

    return damage


def set_attribute(path: Path, value: str) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"experiment_attributes": [{"a": value}]}))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "data cut in a line": (lambda p: cut(data_of(p), 3), "truncated: the last line has no end"),
    "data cut after a line": (
        lambda p: drop_last_line(data_of(p)),
        "truncated: run 1: the json has 12 evaluations, the data 11 rows",
    ),
    "data without a digit": (lambda p: replace(data_of(p), ".", ""), "invalid"),
    "data empty": (lambda p: data_of(p).write_bytes(b""), "truncated: the file is empty"),
    "data gone": (lambda p: data_of(p).unlink(), "is missing"),
    "data of another run": (
        lambda p: shutil.copy(data_of(p.with_name("i1-s2")), data_of(p)),
        "invalid",
    ),
    "log of another run": (
        lambda p: [shutil.copy(of(p.with_name("i1-s2")), of(p)) for of in (data_of, json_of)],
        "does not belong to the log: seed",
    ),
    "data with a NaN": (lambda p: replace(data_of(p), "\n3 ", "\nnan "), "wanted finite numbers"),
    "binary data": (lambda p: data_of(p).write_bytes(bytes(range(256)) + b"\n"), "wanted a header"),
    "json cut": (lambda p: cut(json_of(p), 9), "truncated: not json"),
    "json empty": (lambda p: json_of(p).write_bytes(b""), "truncated: not json"),
    "json of another kind": (lambda p: json_of(p).write_text("[1]"), "wanted a json object"),
    "json gone": (lambda p: json_of(p).unlink(), "no readable json names this file"),
    "json that leaves the folder": (
        lambda p: replace(json_of(p), '"path": "data', '"path": "../i1-s2/data'),
        "path: wanted a file below the folder",
    ),
    "json with code": (lambda p: set_attribute(json_of(p), "print('ran')"), "iohinspector would evaluate"),
    "json with another instance": (lambda p: replace(json_of(p), '"instance": 1', '"instance": 2'), "instance 1 and 2"),
    "record gone": (lambda p: (p / RECORD_NAME).unlink(), "run.toml: invalid: missing"),
    "record empty": (lambda p: (p / RECORD_NAME).write_bytes(b""), "run.toml: invalid: cannot be read"),
    "record cut": (lambda p: cut(p / RECORD_NAME, 200), "run.toml: invalid"),
    "record of another run": (
        lambda p: shutil.copy(p.with_name("i1-s2") / RECORD_NAME, p / RECORD_NAME),
        f"holds the run {OTHER}",
    ),
    "record that leaves the folder": (lambda p: replace(p / RECORD_NAME, KEY, "../../.."), "key: wanted a name"),
    "record with another regret": (
        lambda p: replace(p / RECORD_NAME, "final_regret = ", "final_regret = 1"),
        "does not belong to the log: final_regret",
    ),
    "record without a digest": (lambda p: drop_last_line(p / RECORD_NAME), "not those that the run wrote"),
    "a foreign file": (lambda p: (p / "notes.txt").write_text(""), "or others lie among them"),
    "a foreign log": (
        lambda p: shutil.copytree(p.with_name("i1-s2"), p / "more"),
        "invalid",
    ),
    "an empty folder": (empty, "invalid: missing"),
    **{
        f"a bit of {name} at {position}": (flip(name, position), "invalid")
        for name, position in product(("*/*.dat", "*.json", RECORD_NAME), (0.31, 0.9))
    },
}
LINKS: dict[str, Callable[[Path], Path]] = {
    "the folder": lambda p: p,
    "its record": lambda p: p / RECORD_NAME,
    "its json": json_of,
    "its data": data_of,
    "its data folder": lambda p: data_of(p).parent,
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_damaged_runs_are_moved_aside_and_made_again(finished: StudyFolder, kind: str) -> None:
    damage, reason = DAMAGES[kind]
    before = merged(finished)
    place = finished.run_path(KEY)
    damage(place)
    found = check_folder(finished.path)
    assert list(found.damaged) == [place]
    assert reason in "\n".join(map(str, found.damaged[place]))
    assert found.n_runs == 15
    done = repair_folder(finished.path)
    assert done.reasons == found.damaged
    assert (done.n_runs, done.merged) == (1, True)
    assert done.after.complaints == ()
    aside = finished.path / "damaged" / "runs" / KEY
    assert done.moved == {place: aside}
    assert done.kept == finished.path / "damaged" / "ioh"  # of the damaged run it is the last whole copy
    assert len(read_runs(done.kept)) == 16
    assert aside.is_dir() and not place.exists()
    assert reason in aside.with_name("i1-s1.reason.txt").read_text()
    assert [run.key for run in left_to_do(finished)] == [KEY]
    finish(finished)
    assert merged(finished) == before
    assert repair_folder(finished.path).moved == {}


@pytest.mark.skipif(sys.platform == "win32", reason="links need privileges there")
@pytest.mark.parametrize("what", LINKS)
def test_links_are_moved_and_never_followed(finished: StudyFolder, what: str) -> None:
    place = finished.run_path(KEY)
    target = LINKS[what](place)
    elsewhere = finished.path.parent / "elsewhere"
    target.rename(elsewhere)
    target.symlink_to(elsewhere)
    done = repair_folder(finished.path)
    assert list(done.moved) == [place]
    assert f"a link, which leads to {elsewhere}" in str(done.reasons[place][0])
    assert elsewhere.exists()
    assert [run.key for run in left_to_do(finished)] == [KEY]
    assert done.after.complaints == ()


def test_what_is_no_run_is_moved_too(finished: StudyFolder) -> None:
    runs = finished.runs_path
    foreign = [runs / "notes.txt", runs / "tiny-table" / "x.dat", runs / "tiny-table" / "two words", runs / "-x"]
    for path in foreign[:2]:
        path.write_text("")
    for path in foreign[2:]:
        path.mkdir()
    before = merged(finished)
    done = repair_folder(finished.path)
    assert set(done.moved) == set(foreign)
    assert done.n_runs == 0
    assert all(moved.exists() for moved in done.moved.values())
    assert done.after.complaints == ()
    assert merged(finished) == before
    assert not left_to_do(finished)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names there")
def test_pipes_are_moved_and_not_waited_for(finished: StudyFolder) -> None:
    place = finished.run_path(KEY)
    (place / RECORD_NAME).unlink()
    os.mkfifo(place / RECORD_NAME)
    os.mkfifo(finished.runs_path / "pipe.json")
    assert set(repair_folder(finished.path).moved) == {place, finished.runs_path / "pipe.json"}


def test_runs_of_another_study_are_moved(finished: StudyFolder) -> None:
    replace(finished.path / "study.toml", "seed = 1", "seed = 2")
    found = check_folder(finished.path)
    assert len(found.damaged) == 16
    assert "of another study: seed: wanted" in str(found.damaged[finished.run_path(KEY)][0])
    done = repair_folder(finished.path)
    assert (done.n_runs, done.merged) == (16, True)
    assert not finished.has_merged


@pytest.mark.parametrize("kind", ["cut", "gone", "foreign", "a file", "a link", "evil"])
def test_merged_logs_are_made_again(finished: StudyFolder, kind: str) -> None:
    before = merged(finished)
    root = finished.merged_path
    if kind == "cut":
        cut(next(root.rglob("*.dat")), 9)
    elif kind == "gone":
        shutil.rmtree(root / "random-search")
    elif kind == "foreign":
        (root / "thesis.json").write_text("{}")
    elif kind == "evil":
        set_attribute(next(root.rglob("*.json")), "__import__('os').getpid()")
    else:
        root.rename(finished.path / "moved")
        root.write_text("") if kind == "a file" else root.symlink_to("moved")
    done = repair_folder(finished.path)
    assert (dict(done.moved), done.n_runs, done.merged) == ({}, 0, True)
    assert done.after.complaints == ()
    assert done.kept is None
    assert merged(finished) == before
    if kind == "foreign":
        assert (finished.path / "damaged" / "ioh" / "thesis.json").exists()


def test_zips_are_made_again(finished: StudyFolder) -> None:
    merge_logs(finished, zipped=True)
    before = merged(finished)
    assert any(name.endswith(".zip") for name in before)
    data_of(finished.run_path(KEY)).write_bytes(b"")
    repair_folder(finished.path)
    finish(finished)
    merge_logs(finished, zipped=True)
    assert merged(finished) == before


def test_a_whole_study_is_left_alone(finished: StudyFolder) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.path.rglob("*") if path.name != ".lock"}
    done = repair_folder(finished.path)
    assert (dict(done.moved), done.merged, done.after.complaints) == ({}, False, ())
    after = {path: path.stat().st_mtime_ns for path in finished.path.rglob("*") if path.name != ".lock"}
    assert after == before


def test_a_folder_in_which_somebody_works_is_not_repaired(finished: StudyFolder) -> None:
    data_of(finished.run_path(KEY)).write_bytes(b"")
    with finished.locked(), pytest.raises(BlockingIOError, match="another process is working in this folder"):
        repair_folder(finished.path)
    assert finished.run_path(KEY).exists()


def test_only_studies_are_repaired(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"found no study\.toml"):
        repair_folder(tmp_path)
