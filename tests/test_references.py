"""Every source that the code names is in the bibliography."""

import re
from pathlib import Path

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


def test_no_key_stands_twice() -> None:
    assert len(set(bibliography())) == len(bibliography())
