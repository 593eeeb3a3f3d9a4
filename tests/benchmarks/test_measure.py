"""Rows of benchmarks, and the page made of them."""

import importlib
import inspect
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES, page, section, sections_of
from benchmarks.measure import Row, alternate, figure

FOLDER = Path(__file__).parents[2] / "benchmarks"


def test_a_row_in_words() -> None:
    row = Row("query", 0.5, "us", {"rival": 5.0}, target=1, note="same values")
    assert str(row) == "query: 0.500 us (target: at most 1 us); rival 5.00 us, ratio 10.0; same values"


@pytest.mark.parametrize(
    ("row", "is_met"),
    [
        (Row("query", 2.0, "us"), True),
        (Row("query", 2.0, "us", target=2.0), True),
        (Row("query", 2.1, "us", target=2.0), False),
        (Row("query", 2.0, "us", {"first": 6.0, "second": 1.0}, target_ratio=3), True),
        (Row("query", 2.0, "us", {"first": 5.9, "second": 99.0}, target_ratio=3), False),
    ],
)
def test_targets(row: Row, is_met: bool) -> None:
    assert row.is_met is is_met


@pytest.mark.parametrize(
    ("value", "text"), [(12345.6, "12,346"), (99.96, "100.0"), (0.00123456, "0.00123"), (0, "0.00")]
)
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert figure(value) == text


def test_sides_take_turns() -> None:
    calls: list[str] = []
    seconds = alternate({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repetitions=2)
    assert calls == ["a", "b"] * 3
    assert set(seconds) == {"a", "b"}


def test_the_page_shows_what_was_missed_and_what_failed() -> None:
    rows = [Row("query", 2.0, "us", {"rival": 1.0}, target=1), Row("batch", 1.0, "us", {"rival": 4.0}, target_ratio=3)]
    text = page({"table": section("table", rows, "today, 2 cores"), "log": section("log", [], "today, 2 cores")})
    assert "| query | 2.00 us | rival 1.00 us (**0.500**) | at most 1 us: missed |" in text
    assert "| batch | 1.00 us | rival 4.00 us (**4.00**) | ratio at least 3: met |" in text
    assert text.index("bench_log.py`: today, 2 cores\n\nIt failed.") < text.index("bench_table.py`: today, 2 cores")


def test_named_sections_of_a_page_are_renewed_and_the_others_stay() -> None:
    text = page({name: section(name, [Row("old", 1.0, "s", note="so")], "yesterday") for name in ("table", "log")})
    sections = sections_of(text)
    assert page(sections) == text
    renewed = page(sections | {"log": section("log", [Row("new", 1.0, "s")], "today")})
    assert "bench_log.py`: today" in renewed
    assert "bench_table.py`: yesterday" in renewed
    assert renewed.count("| old |") == renewed.count("| new |") == 1


def test_the_stored_page_has_all_benchmarks() -> None:
    stored = sections_of((FOLDER.parent / "docs" / "speed.md").read_text(encoding="utf-8"))
    assert set(stored) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_has_rows_that_need_no_arguments(name: str) -> None:
    rows = importlib.import_module(f"benchmarks.bench_{name}").rows
    assert inspect.isgeneratorfunction(rows)
    assert all(each.default is not each.empty for each in inspect.signature(rows).parameters.values())


def test_every_file_is_a_benchmark() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {f"bench_{name}" for name in NAMES} | {
        "measure",
        "nevergrad_forms",
        "__main__",
    }
