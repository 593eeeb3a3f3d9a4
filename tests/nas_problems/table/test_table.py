"""Tables of our own: plan, build, resume, file, card, verification, and the problem that comes out."""

import dataclasses
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="building a table needs torch: pip install torch==2.13.0")

from nas_problems.cell.index101 import cell_index
from nas_problems.evaluators.child import ChildError
from nas_problems.network.fit import one_thread
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.skeleton import CellSkeleton, GraphSkeleton
from nas_problems.table.build import Journal, do_units, parts_folder
from nas_problems.table.card import card, surroundings
from nas_problems.table.file import BuiltTable, assemble, read_table, write_table
from nas_problems.table.plan import MEASURE, TablePlan, Unit
from nas_problems.table.unit import do_unit
from nas_problems.table.usual import default_plan
from nas_problems.table.verify import verify_table
from nas_problems.testing import check_problem

PROTOCOL = TrainingProtocol(epochs=2, batch_size=250, learning_rate=0.1)
PLAN = TablePlan("nb201", "digits", PROTOCOL, (1, 2), 2, 3, CellSkeleton(2, 1, 1, 4), 7)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def finished(folder: Path, plan: TablePlan = PLAN) -> Journal:
    journal = Journal(plan, folder)
    journal.open()
    for unit in journal.missing:
        journal.add(unit, do_unit(plan, unit))
    return journal


def table_of(journal: Journal) -> BuiltTable:
    return assemble(journal, surroundings(), n_validation=700, n_test=597)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> BuiltTable:
    return table_of(finished(tmp_path_factory.mktemp("parts")))


def test_plans_know_their_work() -> None:
    assert len(default_plan("nb201", "digits").codes) == 6466
    assert len(default_plan("macro", "cifar10").codes) == 3**8
    assert [unit.name for unit in PLAN.units[:4]] == ["seed-0/0000", "seed-0/0001", "seed-0/0002", "seed-1/0000"]
    assert PLAN.units[-1] == Unit(MEASURE, 2) and len(PLAN.codes_of(PLAN.units[-1])) == 1
    assert TablePlan.from_record(json.loads(json.dumps(PLAN.record()))) == PLAN


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"space": "nb301"}, KeyError, "unknown space 'nb301'"),
        ({"images": "digit"}, KeyError, "unknown image set 'digit'; the nearest names are digits"),
        ({"epochs": (2, 1)}, ValueError, "epochs: wanted increasing"),
        ({"epochs": (1, 3)}, ValueError, "wanted the protocol's 2 as the last"),
        ({"n_seeds": 0}, ValueError, "n_seeds: wanted at least 1, found 0"),
    ],
)
def test_plans_that_cannot_be(change: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        dataclasses.replace(PLAN, **change)  # type: ignore[arg-type]  # that is the test
    with pytest.raises(ValueError, match="wanted the record of a table's plan"):
        TablePlan.from_record({"space": "nb201"})


def test_a_unit_gives_what_its_networks_give_alone() -> None:
    """Rounding differs, and training enlarges it; with two steps it has no time to."""
    stacked = do_unit(PLAN, Unit(0, 1))["validation_right"].astype(np.int64)
    alone = dataclasses.replace(PLAN, stack_size=1)
    for k in range(3):
        single = do_unit(alone, Unit(0, 3 + k))["validation_right"].astype(np.int64)
        assert np.abs(single[:, 0] - stacked[:, k]).max() <= 2


def test_a_resumed_build_is_the_uninterrupted_one(tmp_path: Path, table: BuiltTable) -> None:
    """What a kill leaves: some units, a half file of another, and one unit not begun."""
    journal = Journal(PLAN, tmp_path)
    journal.open()
    for unit in journal.missing[:4]:
        journal.add(unit, do_unit(PLAN, unit))
    (tmp_path / "seed-1" / ".0001.npz.1.npz").write_bytes(b"half")
    before = {path: path.read_bytes() for path in tmp_path.glob("*/0*.npz")}
    again = table_of(finished(tmp_path))
    assert again.checksum == table.checksum and len(before) == 4
    assert all(path.read_bytes() == content for path, content in before.items())  # nothing was done twice


def test_units_of_another_plan_are_refused_and_seeds_can_be_added(tmp_path: Path) -> None:
    Journal(PLAN, tmp_path).open()
    with pytest.raises(ValueError, match="wanted units of this plan, found others; protocol differ"):
        Journal(dataclasses.replace(PLAN, protocol=dataclasses.replace(PROTOCOL, momentum=0.5)), tmp_path).open()
    more = Journal(dataclasses.replace(PLAN, n_seeds=3), tmp_path)
    more.open()
    with pytest.raises(ValueError, match="wanted all 12 units, 12 are missing"):
        table_of(more)


def test_workers_do_what_one_process_does(tmp_path: Path, table: BuiltTable) -> None:
    journal = Journal(PLAN, tmp_path / "parts")
    journal.open()
    done: list[Unit] = []
    do_units(journal, n_workers=2, on_unit=done.append)
    assert sorted(unit.name for unit in done) == sorted(unit.name for unit in PLAN.units) and not journal.missing
    assert table_of(journal).checksum == table.checksum
    journal.remove()
    journal.open()
    with pytest.raises(ChildError, match="device"):
        do_units(journal, device="nowhere")


def test_files_are_whole_or_refused(tmp_path: Path, table: BuiltTable) -> None:
    path = tmp_path / "t.npz"
    write_table(table, path)
    again = read_table(path)
    assert again.checksum == table.checksum and again.plan == PLAN
    for name, array in table.arrays.items():
        assert np.array_equal(again.arrays[name], array)
    changed = BuiltTable(table.record, {**table.arrays, "validation_right": table.arrays["validation_right"] + 1})
    write_table(dataclasses.replace(changed, record={**table.record}), path)
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    arrays["validation_right"] -= 1
    np.savez(path, allow_pickle=False, **arrays)
    with pytest.raises(ValueError, match="damaged, or was changed"):
        read_table(path)
    path.write_bytes(b"no table")
    with pytest.raises(ValueError, match="wanted a table of iohnas, found"):
        read_table(path)
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "none.npz")


def test_the_card_says_how(tmp_path: Path, table: BuiltTable) -> None:
    path = tmp_path / "small.npz"
    write_table(table, path)
    text = card(table, path, "iohnas table build")
    for part in ("# small", "7 distinct candidates", "batch size 250", "torch: ", table.checksum, "| 2 | "):
        assert part in text


def test_the_card_of_trainings_that_all_diverged(tmp_path: Path, table: BuiltTable) -> None:
    """It is written after the last training of what may have taken days."""
    arrays = {name: array.copy() for name, array in table.arrays.items()}
    for name, array in arrays.items():
        if name.endswith(("right", "accuracy", "kappa")):
            array[-1] = -1 if name.endswith("right") else np.nan
    path = tmp_path / "wild.npz"
    write_table(dataclasses.replace(table, arrays=arrays), path)
    text = card(read_table(path), path, "iohnas table build")
    assert f"| {table.plan.epochs[-1]} | - | - | - | - | - | 14 | " in text and "Every training diverged before" in text


def test_a_sample_trained_again_is_equal(table: BuiltTable) -> None:
    found = verify_table(table, 2, rng=np.random.default_rng(0))
    assert len(found.codes) in (1, 3) and found.n_equal == len(found.codes) and found.holds(0.0)
    with pytest.raises(ValueError, match="n: wanted at least 1"):
        verify_table(table, 0, rng=np.random.default_rng(0))


def test_a_table_is_an_ordinary_problem(table: BuiltTable) -> None:
    with pytest.raises(ValueError, match="wanted all 6466 distinct candidates, found 7"):
        table.problem("small", function_id=32_001, source="dong2020")
    plan = dataclasses.replace(PLAN, n_candidates=None)
    codes = plan.codes
    rng = np.random.default_rng(0)
    shape = (2, len(codes), 2)
    right = rng.integers(0, 701, shape)
    right[0, 5, 1] = -1  # diverged
    arrays = {
        "codes": codes,
        "validation_right": right,
        "test_right": rng.integers(0, 598, shape),
        "train_seconds": rng.random(shape),
        **{name: rng.random(len(codes)) * 1e4 for name in ("n_parameters", "n_flops")},
        "latency_seconds": rng.random(len(codes)),
    }
    whole = BuiltTable({**table.record, "plan": plan.record()}, arrays)
    problem = whole.problem("whole", function_id=32_001, source="dong2020")
    check_problem(problem)
    row = problem.space.canonical([[3, 3, 2, 1, 4, 0]])
    place = int(np.flatnonzero((codes == row).all(axis=1))[0])
    assert problem.variant(noise="seed-1")([[3, 3, 2, 1, 4, 0]])[0] == 100 - 100 * right[1, place, 1] / 700
    assert problem.test_metric == "test_accuracy"


@pytest.mark.slow
def test_a_build_that_is_killed_again_and_again_ends_with_the_same_table(tmp_path: Path) -> None:
    """SIGKILL at random moments; the finished table equals the uninterrupted one."""
    options = ["--first", "24", "--stack", "2", "--epochs", "1,2", "--with", "batch_size=100", "--with", "channels=2"]
    run = [sys.executable, "-c", "from experiments.cli import main; main()", "table", "build", *options, "--out"]
    rng = np.random.default_rng(0)
    killed, whole = tmp_path / "killed.npz", tmp_path / "whole.npz"
    n_killed = 0
    while not killed.is_file():
        with subprocess.Popen([*run, str(killed)], stdout=subprocess.DEVNULL) as process:
            if n_killed < 10:
                units = len(list(parts_folder(killed).glob("*/0*.npz")))
                while process.poll() is None and len(list(parts_folder(killed).glob("*/0*.npz"))) <= units:
                    time.sleep(0.01)
                time.sleep(float(rng.random()) * 0.2)
                n_killed += process.poll() is None
                process.send_signal(signal.SIGKILL)
        assert process.returncode in (0, -signal.SIGKILL)
    subprocess.run([*run, str(whole)], stdout=subprocess.DEVNULL, check=True)
    assert n_killed > 5  # a fast machine may finish before the last ones
    assert read_table(killed).checksum == read_table(whole).checksum


GRAPHS = TablePlan("nb101", "digits", PROTOCOL, (1, 2), 1, 2, GraphSkeleton(8, 1, 1), n_random=4, draw_seed=3)


def test_plans_of_randomly_drawn_candidates() -> None:
    index = cell_index()
    rows = index.rows_of(GRAPHS.codes)
    assert len(set(rows.tolist())) == 4
    assert np.array_equal(GRAPHS.codes, dataclasses.replace(GRAPHS, stack_size=1).codes)
    other = dataclasses.replace(GRAPHS, draw_seed=4)
    assert not np.array_equal(other.codes, GRAPHS.codes)
    assert TablePlan.from_record(json.loads(json.dumps(GRAPHS.record()))) == GRAPHS
    assert "n_random" not in PLAN.record()
    assert len(default_plan("nb101", "digits").codes) == len(index)
    with pytest.raises(ValueError, match="skeleton: found CellSkeleton for nb101"):
        dataclasses.replace(GRAPHS, skeleton=CellSkeleton())


def test_a_table_with_holes_is_a_problem_that_says_what_it_predicts(tmp_path: Path) -> None:
    table = table_of(finished(tmp_path / "parts", GRAPHS))
    text = card(write_and_find(table, tmp_path), tmp_path / "table.npz", "iohnas table build")
    assert "4 distinct candidates drawn from the space `nb101`" in text and "1 stack of 1 cell, 8 channels" in text
    problem = table.problem("few", function_id=1, source="none")
    Z = np.concatenate([GRAPHS.codes, problem.space.from_rows([5])])
    found = problem.evaluate(Z)
    assert found.metrics["is_predicted"].tolist() == [0, 0, 0, 0, 1]
    assert np.array_equal(found.metrics["validation_accuracy"][:4], table.accuracy("validation")[-1, :, 0])
    both = problem.variant(objective=["validation_accuracy", "latency_seconds"])
    assert both(Z).shape == (5, 2) and (both(Z) > 0).all()


def write_and_find(table: BuiltTable, folder: Path) -> BuiltTable:
    write_table(table, folder / "table.npz")
    return read_table(folder / "table.npz")
