"""Records of finished runs, and notes of failed ones."""

import dataclasses
from pathlib import Path

import pytest

from experiments.folder.record import RECORD_NAME, FailureRecord, RunRecord, failed_evaluations, files_of
from tests.experiments.records import KEY, RECORD


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 123\n", "", "wrong or missing fields: seed"),
        ("seed = 123", "seed = 1.5", "wrong or missing fields: seed"),
        ("seed = 123", "seeds = 123", "wrong or missing fields: seed, seeds"),
        ("seed = 123", "seed = ", "cannot be read"),
        ("seed = 123", "seed = true", "wrong or missing fields: seed"),
        ("target = 8.393", "target = nan", "cannot be read"),
        ("target = 8.393", "target = 1e999", "wrong or missing fields: target"),
        ("target = 8.393", "target = 8", "wrong or missing fields: target"),
        ("epochs 200", "epochs\\u001b[31m", "wrong or missing fields: fidelity"),
        (KEY, "../../../etc/x", "key: wanted"),
        ('problem = "nb201-cifar10"', 'problem = "<script>"', "problem: wanted a name"),
        ('algorithm = "random-search"', 'algorithm = "../x"', "algorithm: wanted a name"),
        ("seed = 123", "seed = " + "[" * 9999, "cannot be read"),
        ("seed = 123", "#" * 2**18, "cannot be read: wanted at most 262144 bytes"),
    ],
)
def test_damaged_records_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    RECORD.write(tmp_path)
    path = tmp_path / RECORD_NAME
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=message) as caught:
        RunRecord.read(tmp_path)
    assert str(path) in str(caught.value)
    assert not RunRecord.is_intact(files_of(tmp_path))


def test_a_record_that_is_absent_or_a_link(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        RunRecord.read(tmp_path)
    (tmp_path / RECORD_NAME).symlink_to("/dev/zero")
    with pytest.raises(ValueError, match="cannot be read: wanted a file, found a link"):
        RunRecord.read(tmp_path)
    with pytest.raises(OSError, match=r"leads to /dev/zero.*run\.toml"):
        files_of(tmp_path)


def test_a_record_vouches_for_every_bit_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "data" / "log.dat"
    log.parent.mkdir()
    log.write_bytes(b"evaluations raw_y\n1 0.5\n")
    RECORD.write(tmp_path)
    assert RunRecord.is_intact(files_of(tmp_path))
    for path in (log, tmp_path / RECORD_NAME):
        good = path.read_bytes()
        for i in range(len(good)):
            damaged = bytearray(good)
            damaged[i] ^= 1 << i % 8
            path.write_bytes(damaged)
            assert not RunRecord.is_intact(files_of(tmp_path)), (path, i)
        path.write_bytes(good)
    assert RunRecord.is_intact(files_of(tmp_path))
    log.rename(tmp_path / "log.dat")
    assert not RunRecord.is_intact(files_of(tmp_path))
    (tmp_path / "log.dat").rename(log)
    (tmp_path / "more").write_text("")
    assert not RunRecord.is_intact(files_of(tmp_path))


def test_notes_hold_what_can_be_printed(tmp_path: Path) -> None:
    path = tmp_path / "note.toml"
    path.write_text(FailureRecord(KEY, "bad\x1b[31m\n thing" + "x" * 10**6, 2, "line\n" * 10**6).to_toml())
    found = FailureRecord.read(path)
    assert found.reason.startswith("bad?[31m thingxx")
    assert found.details.endswith("line\nline\n")
    assert (found.key, found.attempts) == (KEY, 2)
    path.write_text(dataclasses.replace(found, key="a/b").to_toml())
    with pytest.raises(ValueError, match="key: wanted"):
        FailureRecord.read(path)


def test_failed_evaluations_are_counted_per_problem_with_the_most_frequent_reason() -> None:
    other = dataclasses.replace(RECORD, problem="a", n_failed=10, failure="out of memory")
    records = [
        RECORD,
        dataclasses.replace(RECORD, n_failed=2, failure="diverged"),
        dataclasses.replace(RECORD, n_failed=3, failure="too slow"),
        dataclasses.replace(RECORD, n_failed=1, failure="too slow"),
        other,
    ]
    assert failed_evaluations(records) == [
        "a: 10 of the 10 evaluations of 1 run failed, most often: out of memory",
        "nb201-cifar10: 6 of the 30 evaluations of 3 runs failed, most often: too slow",
    ]
    assert failed_evaluations([RECORD]) == []
