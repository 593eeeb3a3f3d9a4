"""The bibliography from references.bib, with the modules that name each source, and links to it."""

import importlib.util
import os.path
import re
from pathlib import Path, PurePosixPath

from pybtex.database import Entry, parse_file
from pybtex.richtext import Text

from docs.generators import api

FILE = Path(__file__).parents[2] / "references.bib"
PAGE = PurePosixPath("reference/bibliography")

_KEY = r"[a-z]+\d{4}[a-z]*"


def page() -> str:
    """The page, in Markdown."""
    lines = [
        "# Bibliography",
        "",
        "The data sets, libraries and methods behind iohnas, by the keys that docstrings name after `Source:`, from",
        "`references.bib`. If you use one, cite it.",
        "",
    ]
    cited = _citations()
    for key, entry in sorted(parse_file(str(FILE)).entries.items()):
        used = ", ".join(f"[`{module}`][{module}]" for module in cited.get(key, ()))
        lines += [f"### {key} {{ #{key} }}", "", reference(entry), ""]
        lines += [f"Named by {used}.", ""] if used else []
    return "\n".join(lines)


def reference(entry: Entry) -> str:
    """One source: authors, title, where, year."""
    where = [f"*{_field(entry, name)}*" for name in ("journal", "booktitle", "publisher") if name in entry.fields][:1]
    if where and "volume" in entry.fields:
        number = f"({entry.fields['number']})" if "number" in entry.fields else ""
        where[0] += f" {entry.fields['volume']}{number}"
    where += [entry.fields["year"]] if "year" in entry.fields else []
    parts = [part for part in (_names(entry), _field(entry, "title"), ", ".join(where)) if part]
    if "doi" in entry.fields:
        parts.append(f"<https://doi.org/{entry.fields['doi']}>")
    elif "url" in entry.fields:
        parts.append(f"<{entry.fields['url']}>")
    if "note" in entry.fields:
        parts.append(_field(entry, "note"))
    return ". ".join(parts) + "."


def _names(entry: Entry) -> str:
    names = [
        " ".join([*person.first_names, *person.middle_names, *person.prelast_names, *person.last_names])
        for person in entry.persons.get("author", [])
    ]
    return _plain(" and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names))


def _field(entry: Entry, name: str) -> str:
    return _plain(entry.fields[name])


def _plain(latex: str) -> str:
    return str(Text.from_latex(latex).render_as("text"))


def _citations() -> dict[str, list[str]]:
    """Key -> the modules that name it as their source."""
    citations: dict[str, list[str]] = {}
    for module in api.modules():
        spec = importlib.util.find_spec(module)
        assert spec is not None and spec.origin is not None
        text = Path(spec.origin).read_text(encoding="utf-8")
        sources = re.findall(r"Source: ([^\n]*(?:\n[^\n]+)*)", text)
        for key in sorted({key for source in sources for key in re.findall(rf"\b{_KEY}\b", source)}):
            citations.setdefault(key, []).append(module)
    return citations


def link_sources(html: str, url: str) -> str:
    """A page's HTML with every key after ``Source:`` linked to the bibliography.

    Args:
        html: The page.
        url: Where it will lie, relative to the site.
    """
    target = os.path.relpath(f"{PAGE}.html", PurePosixPath(url).parent)

    def link(sentence: re.Match[str]) -> str:
        return re.sub(rf"\b({_KEY})\b", rf'<a href="{target}#\1">\1</a>', sentence[0])

    return re.sub(r"Source: [^<]*", link, html)
