"""Output in a terminal and elsewhere."""

import io

import pytest
from rich.console import Console

from experiments.console import cell, print_table, progress


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=60, highlight=False, markup=False, soft_wrap=True)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_plain_tables_are_aligned_and_never_cut() -> None:
    plain = console(terminal=False)
    print_table(plain, ["name", "count", "value"], [["a" * 100, 5, 0.123456], ["[b]", 12, float("inf")]])
    assert text_of(plain).splitlines() == [
        "name" + " " * 98 + "count   value",
        "a" * 100 + "      5  0.1235",
        "[b]" + " " * 99 + "   12       -",
    ]


def test_tables_without_rows() -> None:
    for terminal in (False, True):
        some = console(terminal=terminal)
        print_table(some, ["name", "count"], [])
        assert "name" in text_of(some)


def test_tables_in_a_terminal_keep_brackets() -> None:
    terminal = console(terminal=True)
    print_table(terminal, ["solver"], [["local-search[n_starts=2]"]])
    assert "local-search[n_starts=2]" in text_of(terminal)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.000123456, "0.0001235"), (123456.7, "123,457"), (float("nan"), ""), (float("inf"), "-"), (7, "7")],
)
def test_cells(value: float, text: str) -> None:
    assert cell(value) == text


@pytest.mark.parametrize("terminal", [False, True])
def test_few_things_have_a_line_each(terminal: bool) -> None:
    some = console(terminal=terminal)
    with progress(some, "3 runs", 1, 3) as advance:
        advance("second [x]")
        advance("third")
    assert "second [x]" in text_of(some)
    assert "third" in text_of(some)
    assert ("[3/3] third" in text_of(some)) is not terminal


@pytest.mark.parametrize("terminal", [False, True])
def test_many_things_have_few_lines(terminal: bool) -> None:
    some = console(terminal=terminal)
    with progress(some, "1000 runs", 0, 1000) as advance:
        for i in range(1000):
            advance(f"run {i}")
    lines = [line for line in text_of(some).splitlines() if "] run" in line]
    assert len(lines) == (0 if terminal else 100)
    assert "[1000/1000] run 999" in text_of(some) or terminal
