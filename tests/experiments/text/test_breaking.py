"""Long names in narrow columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from experiments.console import print_table
from experiments.text.breaking import column_widths, pieces, wrapped

NAMES = ("nb201-imagenet16-120[noise=sampled]", "train-morphism-scratch-digits", "yahpo-rbv2_xgboost-41150", "a b")


@given(st.text(alphabet="ab-_.[]= 1,", max_size=40), st.integers(1, 20))
def test_lines_have_all_letters_and_fit(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join(pieces(text)) == text
    assert max(map(len, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("name", NAMES)
def test_names_end_lines_at_separators(name: str) -> None:
    """Where every part fits."""
    for line in wrapped(name, 16)[:-1]:
        assert line[-1] in "-_.=" or name[name.index(line) + len(line)] in " ]"


@pytest.mark.parametrize("room", [20, 30, 45, 60, 200])
def test_columns_share_the_room(room: int) -> None:
    columns = [list(NAMES), ["a sentence that goes on and on, with spaces"], ["12,345"]]
    widths = column_widths(columns, room)
    wanted = [max(map(len, texts)) for texts in columns]
    assert sum(widths) == min(room, sum(wanted)) or sum(widths) <= room
    assert all(width <= most for width, most in zip(widths, wanted, strict=True))
    if room >= 40:
        assert all(max(len(p) for t in texts for p in pieces(t)) <= n for texts, n in zip(columns, widths, strict=True))


def test_a_terminal_breaks_names_after_separators() -> None:
    """And the table is no wider than the terminal."""
    console = Console(width=50, force_terminal=True, markup=False, color_system=None, record=True)
    print_table(console, ["problem", "what it is"], [[NAMES[0], "a sentence of several words that goes on"]] * 2)
    lines = console.export_text().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 50
    starts = [line.split()[0] for line in lines[3:] if line.strip()]
    assert starts == ["nb201-imagenet16-", "120[noise=sampled]"] * 2
