"""TFRecords, messages and the published file of NAS-Bench-101, on tiny files in the same wire format."""

import base64
import json
import struct
from pathlib import Path

import numpy as np
import pytest

import nas_problems
from nas_problems.cell.graph101 import graph_of_code
from nas_problems.cell.hash101 import hash_of_row
from nas_problems.cell.index101 import cell_index
from nas_problems.datasets import nas_bench_101_full
from nas_problems.datasets.model_metrics import Point, read_points
from nas_problems.datasets.nas_bench_101_full import convert
from nas_problems.datasets.tfrecord import DamagedFileError, RecordFile, crc32c, crc32c_of_all, write_records
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.testing import check_problem

CELLS = (0, 7, 1234, 349_069, 423_623)


def contents() -> list[bytes]:
    rng = np.random.default_rng(0)
    return [rng.bytes(n) for n in (0, 1, 480, 481, 3, 480)]


def test_checksums() -> None:
    """The check value of CRC-32C, and the two ways to compute it."""
    assert crc32c(b"123456789") == 0xE3069283 and crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4
    assert crc32c_of_all(contents()).tolist() == [crc32c(content) for content in contents()]


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "a.tfrecord"
    write_records(path, contents())
    assert [content for batch in RecordFile(path).batches() for content in batch] == contents()


@pytest.mark.parametrize("n_bytes", [5, 15, 17, 300])
def test_files_that_end_within_a_record(tmp_path: Path, n_bytes: int) -> None:
    path = tmp_path / "a.tfrecord"
    write_records(path, contents()[2:3])
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(DamagedFileError, match="ends within record 0"):
        list(RecordFile(path).batches())


def test_every_changed_byte_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.tfrecord"
    write_records(path, [b"some", b"content"])
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DamagedFileError, match=r"record [01]"):
            list(RecordFile(path).batches())


def number(field: int, value: float) -> bytes:
    return bytes([field << 3 | 1]) + struct.pack("<d", value)


def training(points: list[Point], *, backwards: bool = False) -> bytes:
    """A message; fields may come in any order, and unknown ones are left out."""
    parts = []
    for point in points:
        fields = [number(i + 1, value) for i, value in enumerate(point)]
        inner = b"".join(fields[::-1] if backwards else fields) + b"\x32\x03a/b"
        parts.append(b"\x0a" + bytes([len(inner)]) + inner)
    rest = b"\x10\xac\x02" + number(3, 9.5) + b"\x3d\x00\x00\x00\x00"
    return rest + b"".join(parts) if backwards else b"".join(parts) + rest


POINTS: list[Point] = [(0.0, 0.0, 0.1, 0.1, 0.1), (2.0, 3.0, 0.5, 0.25, 0.4), (4.0, 6.0, 0.75, 0.5, 0.625)]


@pytest.mark.parametrize("backwards", [False, True])
def test_messages(backwards: bool) -> None:
    assert read_points(training(POINTS, backwards=backwards)) == (POINTS, 300)
    assert read_points(b"\x0a\x00") == ([(0.0, 0.0, 0.0, 0.0, 0.0)], 0)  # zeros are not written


def test_a_published_message() -> None:
    """Four epochs of the first cell by module hash, which has 8,555,530 parameters."""
    text = (
        "Ci0JAAAAAAAAAAARAAAAAAAAAAAZAAAAoKqquT8hAAAAYJAGuT8pAAAAAGmQuT8KLQkAAAAAAAAAQBEAAADAdJNGQBkAAABgkAa6PyEAAAAg"
        "3/K6PykAAACAy7e6PwotCQAAAAAAABBAEQAAACDbeVZAGQAAAEAaZNY/IQAAAGBVVdY/KQAAAODybdY/EIqYigQZAABAhznbeUA="
    )
    points, n_parameters = read_points(base64.b64decode(text))
    assert n_parameters == 8_555_530 and [epoch for epoch, *_ in points] == [0, 2, 4]
    _, seconds, train, validation, test = points[-1]
    assert (round(seconds, 3), round(9984 * validation), round(9984 * test)) == (89.904, 3484, 3499)
    assert round(train, 6) == 0.34986


@pytest.mark.parametrize("message", [b"\x0a\x20\x09", b"\x0a", b"\x0b", b"\xff" * 12, b"\x19\x00"])
def test_bytes_that_are_no_message(message: bytes) -> None:
    with pytest.raises(ValueError, match="message: "):
        read_points(message)


def record(row: int, epochs: int, accuracy: float) -> bytes:
    """A record of the published file: here with a train accuracy of .9 and a test accuracy .01 below validation."""
    graph = graph_of_code(cell_index().codes_of(np.array([row]))[0])
    points: list[Point] = [
        (epochs * share, 100.0 * epochs * share, 0.9, accuracy * share, accuracy * share - 0.01)
        for share in (0.0, 0.5, 1.0)
    ]
    bits = "".join(map(str, graph.adjacency.ravel()))
    labels = ",".join(["input", *graph.operations, "output"])
    return json.dumps([hash_of_row(row), epochs, bits, labels, base64.encodebytes(training(points)).decode()]).encode()


def records() -> list[bytes]:
    return [
        record(row, epochs, (row % 50 + epochs / 4 + repeat) / 100)
        for repeat in range(3)
        for row in CELLS
        for epochs in (36, 108)
    ]


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cell_index()  # from the shared cache, before this one is used
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    from nas_problems.catalog import nas_bench_101_full as catalog

    catalog.evaluator.cache_clear()
    path = tmp_path / "nasbench.tfrecord"
    write_records(path, records())
    return path


def test_a_problem_from_the_file(imported: Path) -> None:
    seen: list[int] = []
    assert convert(imported, any_file=True, on_batch=seen.append)[0] == 30 and seen == [30]
    problem = nas_problems.make("nb101-full")
    Z = problem.space.from_rows(np.array(CELLS))
    assert list(problem.fidelities.values) == [18, 36, 54, 108] and problem.test_metric == "test_accuracy"
    wanted = np.array([row % 50 + 27 + 1.0 for row in CELLS])  # the mean of three repeats
    np.testing.assert_allclose(100 - problem(Z), wanted, atol=1e-4)
    np.testing.assert_allclose(100 - problem.variant(fidelity=54)(Z), wanted / 2, atol=1e-4)
    np.testing.assert_allclose(problem.variant(noise="seed-0")(Z) - problem.variant(noise="seed-2")(Z), 2, atol=1e-4)
    found = problem.evaluate(Z)
    np.testing.assert_allclose(found.cost_seconds, 10_800)
    np.testing.assert_allclose(found.metrics["test_accuracy"], wanted - 1, atol=1e-4)
    np.testing.assert_allclose(found.metrics["train_accuracy"], 90, atol=1e-4)
    other = problem.evaluate(problem.space.from_rows(np.array([5])))
    assert other.failed.tolist() == [True]


def test_the_conformance_suite_says_what_a_part_of_the_file_lacks(imported: Path) -> None:
    convert(imported, any_file=True)
    with pytest.raises(AssertionError, match="most candidates are recorded"):
        check_problem(nas_problems.make("nb101-full"))


def test_other_files_than_the_published_ones(imported: Path) -> None:
    with pytest.raises(ValueError, match=r"wanted the sha256 of a published file .*nasbench_full\.tfrecord 3d64db81"):
        convert(imported)
    assert not nas_bench_101_full.stored_path().exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found + found[:1], "wanted 3 trainings with 36 epochs, found more of"),
        (lambda found: [found[0].replace(b"input", b"inp,t")], "records 0 ... 0: wanted a matrix"),
        (lambda found: [found[0].replace(b", 36, ", b", 37, ")], r"wanted epochs of \(4, 12, 36, 108\), found 37"),
        (lambda found: [found[8].replace(b"1x1", b"1x5").replace(b"3x3", b"3x5")], "wanted operations of .*x5"),
        (lambda found: [b"[1, 2]"], "records 0 ... 0"),
        (lambda found: [found[2].replace(found[2][2:34], found[0][2:34])], "hashes are not those of the graphs"),
        (lambda found: [], "wanted records, found none"),
    ],
)
def test_contents_that_are_wrong(imported: Path, change: object, message: str) -> None:
    assert callable(change)
    write_records(imported, change(records()))
    with pytest.raises(ValueError, match=message):
        convert(imported, any_file=True)
    assert not nas_bench_101_full.stored_path().exists()


def test_without_a_file_it_says_how_to_make_one(tmp_path: Path, imported: Path) -> None:
    with pytest.raises(DataUnavailableError, match=r"iohnas data import nasbench_full\.tfrecord"):
        nas_problems.make("nb101-full")
