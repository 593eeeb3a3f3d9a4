"""The runner of examples: what it runs, keeps, compares and refuses."""

from pathlib import Path

import pytest

from docs.examples import ExampleError, check, examples, update


def page_of(tmp_path: Path, text: str) -> Path:
    page = tmp_path / "page.md"
    page.write_text(text)
    return page


def folder_in(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_a_block_goes_on_with_the_names_of_the_one_before_where_it_says_so(tmp_path: Path) -> None:
    page = page_of(
        tmp_path,
        "```python\nx = 1\n```\n```bash\necho $((1 + 1))\n```\n```text\n2\n```\n"
        "<!-- continued -->\n```python\nprint(x + 1)\n```\n```text\n2\n```\n"
        "```python\nprint('x' in globals())\n```\n```text\nFalse\n```\n",
    )
    assert check(page, folder_in(tmp_path)) == 4


def test_a_block_with_a_title_becomes_a_file(tmp_path: Path) -> None:
    page = page_of(
        tmp_path, '```python title="mine.py"\nprint(7)\n```\n```bash\npython mine.py\n```\n```text\n7\n```\n'
    )
    assert check(page, folder_in(tmp_path)) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```python\nraise ValueError('wrong')\n```\n", "page.md:2: failed[^$]*ValueError: wrong"),
        ("```bash\nfalse\n```\n", "page.md:2: false\nended with code 1"),
        ("```python\nprint(1)\n```\n```text\n2\n```\n", "page.md:5: the page shows\n2\n\nbut found\n1\n"),
    ],
)
def test_what_fails_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ExampleError, match=message):
        check(page_of(tmp_path, text), folder_in(tmp_path))


def test_what_is_marked_is_not_run(tmp_path: Path) -> None:
    page = page_of(tmp_path, "<!-- not run: needs a cluster -->\n```bash\nexit 1\n```\n")
    assert len(examples(page)) == 1
    assert check(page, folder_in(tmp_path)) == 0


def test_update_writes_only_what_differs(tmp_path: Path) -> None:
    shown = "```python\nprint('took 1 s')\n```\n```text\ntook ... s\n```\n```bash\necho a\n```\n```text\n{}\n```\n"
    page = page_of(tmp_path, shown.format("b"))
    update(page, folder_in(tmp_path))
    assert page.read_text() == shown.format("a")
