"""Parts of pages that commands write."""

import pytest

from docs.marked import replaced


def test_only_the_part_after_the_mark_changes() -> None:
    page = "a\n<!-- one -->\n1\n<!-- end -->\nb\n<!-- two -->\n2\n<!-- end -->\n"
    assert replaced(page, "<!-- two -->", "3\n") == page.replace("2", "3")
    assert replaced(replaced(page, "<!-- one -->", "x\n"), "<!-- one -->", "1\n") == page


@pytest.mark.parametrize(("page", "found"), [("a\n<!-- end -->\n", "no such line"), ("<!-- one -->\na\n", "no end")])
def test_a_page_without_its_marks_is_refused(page: str, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        replaced(page, "<!-- one -->", "x\n")
