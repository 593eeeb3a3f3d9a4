"""Reading and checking IOHprofiler folders."""

import json
import os
import shutil
import sys
from pathlib import Path

import ioh
import iohinspector
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizers.ioh_format import FormatError, lint, read_runs
from tests.nas_problems import tiny
from tests.optimizers.logs import evaluated, random_run, write


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A folder with the log of one run of ten evaluations."""
    problem = tiny.table_problem()
    return write(tmp_path / "log", problem, random_run(problem, 10, seed=1))


def json_of(folder: Path) -> Path:
    (path,) = folder.rglob("*.json")
    return path


def data_of(folder: Path) -> Path:
    (path,) = folder.rglob("*.dat")
    return path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def the_fault(folder: Path) -> tuple[str, str, str]:
    """Name of the file, kind and reason of the only fault; reading must raise and name the file."""
    (fault,) = lint(folder)
    with pytest.raises(FormatError, match=fault.path.name) as caught:
        read_runs(folder)
    assert caught.value.faults == (fault,)
    return fault.path.name, fault.kind, fault.reason


def test_a_good_log_has_no_faults(log: Path) -> None:
    assert lint(log) == ()
    assert len(read_runs(log)) == 1


def test_no_folder_and_no_logs(tmp_path: Path) -> None:
    assert read_runs(tmp_path) == ()
    with pytest.raises(NotADirectoryError, match="wanted an existing folder"):
        read_runs(tmp_path / "absent")


@pytest.mark.parametrize("n_bytes", [1, 5, 30, 120, 10_000])
def test_truncated_data(log: Path, n_bytes: int) -> None:
    data = data_of(log)
    data.write_bytes(data.read_bytes()[:-n_bytes])
    assert the_fault(log)[:2] == (data.name, "truncated")


def test_data_that_ends_after_a_whole_line(log: Path) -> None:
    data = data_of(log)
    data.write_text("".join(data.read_text().splitlines(keepends=True)[:-1]))
    name, kind, reason = the_fault(log)
    assert (name, kind) == (data.name, "truncated")
    assert "the json has 10 evaluations, the data 9 rows" in reason


@pytest.mark.parametrize("n_bytes", [3, 50, 10_000])
def test_truncated_json(log: Path, n_bytes: int) -> None:
    path = json_of(log)
    path.write_text(path.read_text().rstrip()[:-n_bytes])
    assert [(fault.path.name, fault.kind) for fault in lint(log)] == [
        (path.name, "truncated"),
        (data_of(log).name, "invalid"),
    ]


def test_a_copied_run_is_duplicated(log: Path) -> None:
    shutil.copytree(log, log / "zz-copy")
    name, kind, reason = the_fault(log)
    assert (name, kind) == (data_of(log / "zz-copy").name, "duplicated")
    assert "is in" in reason


def test_a_copied_json_is_duplicated(log: Path) -> None:
    path = json_of(log)
    shutil.copy(path, path.with_name("zz-copy.json"))
    assert the_fault(log)[:2] == ("zz-copy.json", "duplicated")


def test_doubled_data(log: Path) -> None:
    data = data_of(log)
    data.write_text(data.read_text() * 2)
    name, kind, reason = the_fault(log)
    assert (name, kind, reason) == (data.name, "invalid", "the json has 1 runs, the data 2")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\n3 ", "\n4 ", "increasing evaluations from 1"),
        ("\n1 ", "\n2 ", "increasing evaluations from 1"),
        ("\n3 ", "\nnan ", "finite numbers"),
        ("\n3 ", "\n3 1 ", "numbers per line"),
        ("\n3 ", "\nthree ", "numbers per line"),
        ("\n3 ", "\n\n3 ", "lines of 9 numbers"),
        ("raw_y", "y", "wanted a header"),
        ("regret", "raw_y", "wanted a header"),
        (" x1", " z1", "no positions or 3 of them"),
        ("1.0", "é.0", "ASCII"),
        ("\n10 ", "\n11 ", "the json has 10 evaluations, the data 11"),
    ],
)
def test_wrong_data(log: Path, old: str, new: str, reason: str) -> None:
    data = data_of(log)
    change(data, old, new)
    found = the_fault(log)
    assert found[:2] == (data.name, "invalid")
    assert reason in found[2]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("version", None, "version: wanted str, found nothing"),
        ("function_id", 1.5, "function_id: wanted int"),
        ("function_id", True, "function_id: wanted int"),
        ("maximization", 0, "maximization: wanted bool"),
        ("algorithm", "a", "algorithm: wanted dict"),
        ("scenarios", {}, "scenarios: wanted list"),
        ("scenarios", [1], "scenarios: wanted objects"),
        ("run_attributes", [1], "run_attributes: wanted names"),
        ("run_attributes", ["lost"], "lost: wanted float, found nothing"),
        ("experiment_attributes", [{"a": "__import__('os').getpid()"}], "would evaluate"),
        ("experiment_attributes", [{"a": " [x for x in 'ab']"}], "would evaluate"),
        ("experiment_attributes", [{"a": "9**9**9"}], "would evaluate"),
        ("experiment_attributes", [{"a": "x.y"}], "would evaluate"),
        ("experiment_attributes", ["a"], "would evaluate"),
    ],
)
def test_wrong_json(log: Path, key: str, value: object, reason: str) -> None:
    path = json_of(log)
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    faults = lint(log)
    assert (faults[0].path, faults[0].kind) == (path, "invalid")
    assert reason in faults[0].reason


@pytest.mark.parametrize("value", ["0.5", "-3", "uniform", "two words", "a: b", "(1, 2)", "", "it's", "x("])
def test_harmless_attributes_are_kept(log: Path, value: str) -> None:
    path = json_of(log)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"experiment_attributes": [{"a": value}]}))
    assert lint(log) == ()


@pytest.mark.parametrize("text", ["", "[]", "1", "{}", "[" * 100_000, '{"a": NaN}', '{"a": 1e999}', "\x00", "{]"])
def test_any_text_in_place_of_the_json(log: Path, text: str) -> None:
    json_of(log).write_text(text)
    assert {fault.path for fault in lint(log)} == {json_of(log), data_of(log)}


@pytest.mark.parametrize(
    "path", ["../x.dat", "/etc/passwd", "a/../../x.dat", "C:\\x.dat", "", "no.dat", "a\nb", ".", "\0"]
)
def test_data_outside_the_folder_is_refused(log: Path, path: str) -> None:
    (log.parent / "x.dat").write_text("evaluations raw_y\n1 1.0\n")
    data = json.loads(json_of(log).read_text())
    data["scenarios"][0]["path"] = path
    json_of(log).write_text(json.dumps(data))
    faults = lint(log)
    assert faults[0].path == json_of(log)
    assert faults[0].reason.startswith("path: ")


def test_a_link_that_leaves_the_folder_is_refused(log: Path) -> None:
    data = data_of(log)
    data.rename(log.parent / "moved.dat")
    data.symlink_to(log.parent / "moved.dat")
    assert "which leads to" in lint(log)[0].reason


def test_a_best_value_that_the_data_does_not_have(log: Path) -> None:
    path = json_of(log)
    data = json.loads(path.read_text())
    data["scenarios"][0]["runs"][0]["best"]["y"] = 1.0
    path.write_text(json.dumps(data))
    assert "the json has the best value 1.0, the data" in the_fault(log)[2]


def test_a_run_that_only_the_data_has(tmp_path: Path) -> None:
    """What ioh itself leaves behind after a run of infinities."""
    logger = ioh.logger.Analyzer(root=str(tmp_path), folder_name="log", algorithm_name="a")
    problem = ioh.get_problem(1, 1, 2)
    problem.attach_logger(logger)
    problem([0.0, 0.0])
    problem.reset()
    problem.detach_logger()
    logger.close()
    with data_of(tmp_path).open("a") as data:
        data.write("evaluations raw_y\n1 inf\n")
    assert "the json has 1 runs, the data 2" in the_fault(tmp_path)[2]


def test_logs_of_bare_ioh_are_read(tmp_path: Path) -> None:
    """With its default trigger, attributes, two dimensions and instances, on a maximised problem, too."""

    def new_logger(name: str) -> ioh.logger.Analyzer:
        logger = ioh.logger.Analyzer(root=str(tmp_path), folder_name=name, algorithm_name="a", store_positions=True)
        logger.add_experiment_attribute("note", "two words")
        return logger

    bbob = [ioh.get_problem(1, instance, n) for n in (2, 3) for instance in (1, 2)]
    pbo = [ioh.get_problem("OneMax", 1, 4, ioh.ProblemClass.INTEGER)]
    rng = np.random.default_rng(1)
    best = {}
    for problems, choose, name in ((bbob, min, "bbob"), (pbo, max, "pbo")):
        logger = new_logger(name)
        for problem in problems:
            problem.attach_logger(logger)
            meta = problem.meta_data
            points = rng.integers(0, 2, size=(12, meta.n_variables)).tolist()
            shift = problem.optimum.y if name == "bbob" else 0.0  # the log's raw_y has none
            best[meta.name, meta.n_variables, meta.instance] = choose(problem(point) for point in points) - shift
            problem.reset()
            problem.detach_logger()
        logger.close()
    runs = {(run.function_name, run.dimension, run.instance): run for run in read_runs(tmp_path)}
    assert runs.keys() == best.keys()
    for key, run in runs.items():
        assert run.best.y == pytest.approx(best[key])
        assert run.n_evaluations == 12
        assert run.best.evaluation in run.columns["evaluations"]


def test_awkward_runs_are_seen_alike_by_iohinspector(tmp_path: Path) -> None:
    """Constant runs, a run that starts with its predecessor's best, one of failures only, one of one row."""
    table, flaky = tiny.table_problem(), tiny.flaky_problem()
    rows = [[4, 4, 4], [4, 5, 8], [8, 4, 1], [4], [4, 4, 4]]
    for seed, row in enumerate(rows):
        write(tmp_path / f"t{seed}", table, evaluated(table, table.space.from_index(row), seed))
    for seed, row in enumerate([[7, 20, 35], [35], [1, 2]]):
        write(tmp_path / f"f{seed}", flaky, evaluated(flaky, flaky.space.from_index(row), seed))
    other = table.variant(instance=2)
    write(tmp_path / "other", other, random_run(other, 5, 1))
    runs = read_runs(tmp_path)
    manager = iohinspector.DataManager()
    manager.add_folder(str(tmp_path))
    rows_seen = manager.load(monotonic=False)
    assert len(manager.overview) == len(runs) == 9
    assert len(rows_seen) == sum(len(run.columns["raw_y"]) for run in runs)
    assert sorted(manager.overview["best_y"]) == sorted(run.best.y for run in runs)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_damage_anywhere_is_a_fault_and_never_an_exception(log: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([json_of(log), data_of(log)]))
    good = path.read_bytes()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 40)))
    patch = data.draw(
        st.binary(max_size=20) | st.sampled_from([b"", b"1", b"\n", b'"', b"{", b"[]", b"null", b"-1e400"])
    )
    try:
        path.write_bytes(good[:start] + patch + good[end:])
        faults = lint(log)
        try:
            assert len(read_runs(log)) == 1
        except FormatError as error:
            assert error.faults == faults
        else:
            assert faults == ()
    finally:
        path.write_bytes(good)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    where=st.sampled_from(
        [(), ("scenarios",), ("scenarios", 0, "runs"), ("scenarios", 0, "runs", 0, "best"), ("algorithm",)]
        + [(key,) for key in ("version", "suite", "function_id", "run_attributes", "experiment_attributes")]
        + [("scenarios", 0, "path"), ("scenarios", 0, "dimension"), ("scenarios", 0, "runs", 0, "evals")]
    ),
)
def test_any_json_value_anywhere(log: Path, value: object, where: tuple[str | int, ...]) -> None:
    path = json_of(log)
    good = path.read_text()
    document = json.loads(good)
    target = document
    for step in where[:-1]:
        target = target[step]
    if where:
        target[where[-1]] = value
    else:
        document = value
    try:
        path.write_text(json.dumps(document))
        lint(log)
    finally:
        path.write_text(good)


@pytest.mark.skipif(sys.platform == "win32", reason="links need privileges there")
@pytest.mark.parametrize("which", ["json", "data", "data folder", "folder"])
def test_links_are_named_and_not_followed(log: Path, which: str) -> None:
    paths = {"json": json_of(log), "data": data_of(log), "data folder": data_of(log).parent, "folder": log / "more"}
    path, moved = paths[which], log.parent / "moved"
    if which == "folder":
        moved.mkdir()
    else:
        path.rename(moved)
    path.symlink_to(moved)
    assert any(fault.path == path and f"a link, which leads to {moved}" in fault.reason for fault in lint(log))


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names there")
@pytest.mark.parametrize("which", ["json", "data"])
def test_pipes_are_named_and_not_waited_for(log: Path, which: str) -> None:
    path = json_of(log) if which == "json" else data_of(log)
    path.unlink()
    os.mkfifo(path)
    assert any("wanted a regular file" in fault.reason for fault in lint(log))
