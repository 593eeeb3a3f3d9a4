"""Every source that the code names is in the bibliography."""

import re
from pathlib import Path

import pytest
from pybtex.database import Entry, parse_file

import nas_problems
from experiments.papers import reproductions

ROOT = Path(__file__).parent.parent
KEY = r"[a-z]+\d{4}[a-z]*"


def bibliography() -> list[str]:
    return re.findall(rf"^@\w+\{{({KEY}),", (ROOT / "references.bib").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_source_of_a_docstring_is_in_the_bibliography() -> None:
    cited: dict[str, str] = {}
    for package in ("nas_problems", "optimizers", "ela", "experiments"):
        for file in (ROOT / package).rglob("*.py"):
            for sentence in re.findall(r"Source: ([^\n]*(?:\n[^\n]+)*)", file.read_text(encoding="utf-8")):
                cited.update(dict.fromkeys(re.findall(rf"\b{KEY}\b", sentence), str(file.relative_to(ROOT))))
    assert len(cited) > 20
    assert {key: file for key, file in cited.items() if key not in bibliography()} == {}


def test_the_sources_of_problems_and_pages_are_in_the_bibliography() -> None:
    table_families = {"nas201", "fcnet", "mlp"}
    sources = {
        nas_problems.make(entry.name).source for entry in nas_problems.problems if entry.family in table_families
    }
    sources |= {entry.family for entry in reproductions}
    assert sources <= set(bibliography())


def test_no_key_and_no_work_stands_twice() -> None:
    """Also where two keys differ: titles are compared without case and signs."""
    assert len(set(bibliography())) == len(bibliography())
    titles = [re.sub(r"\W+", " ", entry.fields["title"]).strip().lower() for entry in parsed().values()]
    assert [title for title in titles if titles.count(title) > 1] == []


def entries() -> list[str]:
    """The text of each entry: from its @ to the next one that begins a line."""
    return re.split(r"^(?=@)", (ROOT / "references.bib").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]


def parsed() -> "dict[str, Entry]":
    return dict(parse_file(str(ROOT / "references.bib"), bib_format="bibtex").entries)


def complaints(entry: str) -> list[str]:
    """What is wrong with the form of an entry: braces that a merge lost, fields after its end or without a comma."""
    lines = entry.rstrip().split("\n")
    wrong = []
    if re.fullmatch(rf"@[a-z]+\{{{KEY},", lines[0]) is None:
        wrong.append(f"first line: {lines[0]}")
    if len(lines) < 3 or lines[-1] != "}":
        wrong.append(f"last line: {lines[-1]}")
    if entry.count("{") != entry.count("}"):
        wrong.append(f"braces: {entry.count('{')} open, {entry.count('}')} close")
    begins = [j for j, line in enumerate(lines) if re.match(r"  [a-z]+ *= ", line)]
    return wrong + [f"field: {lines[j - 1]}" for j in begins[1:] if not lines[j - 1].endswith(",")]


def test_every_entry_has_all_its_braces_and_commas() -> None:
    assert {entry.split("\n")[0]: found for entry in entries() if (found := complaints(entry))} == {}
    assert len(entries()) == len(bibliography()) == len(parsed()) > 100
    fields = {key: set(entry.fields) for key, entry in parsed().items()}
    assert [key for key, names in fields.items() if "title" not in names or not names & {"year", "note"}] == []


GOOD = "@book{deb2001,\n  title = {A {Book}},\n  year  = {2001},\n}\n"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("\n}\n", "\n", "last line"),
        ("{A {Book}},", "{A {Book},", "braces"),
        ("{A {Book}},", "{A {Book}}", "field"),
        ("@book{deb2001,", "@book{deb2001", "first line"),
        ("}\n", "}\n\n  volume = {1},\n", "last line"),
    ],
)
def test_a_lost_brace_is_found(old: str, new: str, complaint: str) -> None:
    assert complaints(GOOD) == []
    assert any(found.startswith(complaint) for found in complaints(GOOD.replace(old, new)))
