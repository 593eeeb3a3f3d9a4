"""The stored table of references is the one that the problems have."""

import pytest

from docs import fronts
from nas_problems.suites import SEVERAL
from tests.nas_problems.test_variant import TABLES

STORED = {row["problem"]: row for row in fronts.stored()}


def test_every_problem_of_every_suite_is_in_the_table() -> None:
    assert list(STORED) == [text for texts in SEVERAL.values() for text in texts]


@pytest.mark.parametrize("text", TABLES)
def test_the_stored_row_is_computed_again(text: str) -> None:
    stored = STORED[text]
    assert fronts.row_of(stored["suite"], text) == stored


def test_the_page_shows_the_table() -> None:
    assert fronts.table_lines(list(STORED.values())) in fronts.PAGE.read_text(encoding="utf-8")
