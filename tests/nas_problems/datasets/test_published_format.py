"""Published formats: which path is which, and what a new file adds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import make_app
from nas_problems.datasets.published_format import PublishedFormat, format_of, formats
from nas_problems.datasets.tfrecord import write_records


def test_every_format_says_what_it_wants_and_for_which_problem() -> None:
    assert formats.names() == ("nas-bench-101", "nas-bench-301")
    for entry in formats:
        assert entry.summary and entry.factory.wanted and entry.factory.problem and entry.factory.unit


def test_a_path_is_of_one_format(tmp_path: Path) -> None:
    records, damaged, other = tmp_path / "some.records", tmp_path / "damaged.tfrecord", tmp_path / "notes.txt"
    write_records(records, [b"content"])
    damaged.write_bytes(b"short")
    other.write_text("a text of more than twelve bytes")
    assert [format_of(path).name for path in (records, damaged, tmp_path)] == [
        "nas-bench-101",
        "nas-bench-101",
        "nas-bench-301",
    ]
    with pytest.raises(ValueError, match=r"notes\.txt: wanted one of these: nasbench_full\.tfrecord or .*; found none"):
        format_of(other)
    with pytest.raises(FileNotFoundError, match="absent: no such file or folder"):
        format_of(tmp_path / "absent")


def test_a_new_format_is_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def convert(path: Path, *, on_batch: Callable[[int], None], any_file: bool) -> tuple[int, Path]:
        on_batch(1)
        (tmp_path / "stored.npz").write_bytes(path.read_bytes())
        return 3, tmp_path / "stored.npz"

    new = PublishedFormat("scores.abc", "abc-digits", lambda path: path.suffix == ".abc", convert, "score", "unpacked")
    formats.register("abc", summary="an example", family="examples")(new)
    try:
        path = tmp_path / "scores.abc"
        path.write_bytes(b"1234")
        monkeypatch.setenv("COLUMNS", "300")
        done = CliRunner().invoke(make_app(), ["data", "import", str(path)])
        assert done.exit_code == 0, done.output
        assert "1 score\n" in done.output and "3 scores, unpacked" in done.output and "4 bytes" in done.output
        listed = CliRunner().invoke(make_app(), ["data", "formats"])
        assert "abc-digits" in listed.output and "nb301-cifar10" in listed.output
    finally:
        formats.unregister("abc")
