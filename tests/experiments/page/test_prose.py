"""Foreign text in Markdown is shown as it is, wherever on a line it stands."""

import re

import pytest

from experiments.page.prose import literal, to_html


@pytest.mark.parametrize(
    "text",
    [
        "- - -", "---", "- a", "-", "1. a", "1.", "999999999. a", "12) b", "+ a", "* a", "# a", "> a", "~~~ x", "``` x",
        "=== ", "| a | b |", "[x](javascript:alert(1))", "[x]: http://e.org", "![a](http://e.org/x.png)", "<b>",
        "&lt;b&gt;", "a\\", "**a**", "_a_", "    code", "a\n- b", "a\n\n# b", "-5", "3.14", "--with x",
    ],
)  # fmt: skip
def test_nothing_is_marked_up(text: str) -> None:
    shown = to_html(literal(text))
    inside = re.fullmatch(r"<p>(.*)</p>", shown)
    assert inside is not None and "<" not in inside[1], shown


def test_what_needs_no_escape_has_none() -> None:
    assert [literal(text) for text in ("-5", "3.14", "nb201-cifar10", "1.5 x")] == [
        "-5",
        "3.14",
        "nb201-cifar10",
        "1.5 x",
    ]
