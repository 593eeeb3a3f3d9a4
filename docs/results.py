"""The papers' pages as they came out, in docs/results: ``python -m docs.results FOLDER ...`` with folders of pages.

    python -m docs.results --check   # which stored pages are older than the code that computes them

Each folder is what ``iohnas reproduce NAME --out FOLDER`` wrote. A whole page is stored with its figures and csv files,
and its time is noted for ``iohnas reproduce --list``; of a page made with ``--quick`` only the time is noted. Without a
folder the list of pages and the links of docs/papers.md are written anew. ``--check`` ends with code 1 if modules of a
page itself, those in experiments/papers, are no longer what made it; changes in the rest of the library are named.
"""

import argparse
import csv
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from PIL import Image

from experiments import papers
from experiments.papers import reproductions
from experiments.papers.code import CODE, OWN, changed, read
from experiments.papers.times import SESSIONS, seconds_spent
from experiments.text.number import duration

FOLDER = Path(__file__).with_name("results")
INDEX = FOLDER / "README.md"
ITEMS = Path(__file__).with_name("papers.md")
TIMES = Path(papers.__file__).with_name("times.csv")

LARGEST_CSV = 300_000
"""Bytes; a larger table is left out, and the page says so."""

VERDICTS = ("holds", "a weaker form holds", "does not hold", "cannot be tested here")

_MADE_BY = re.compile(r"Made by `iohnas reproduce ([a-z0-9-]+) --seed \d+( --quick)?`")
_ITEM = re.compile(r"\[?`([a-z0-9-]+): ([a-z0-9-]+)`(?:\]\([^)]*\))?")


def store(folder: Path) -> str:
    """Store a page, or the time of a quick one, and return its name.

    Raises:
        ValueError: The folder does not hold a finished page of ``iohnas reproduce``.
        OSError: A file cannot be read or written.
    """
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    made_by = _MADE_BY.search(text)
    quick = bool(made_by and made_by[2])
    seconds = seconds_spent(folder, quick=quick) if (folder / SESSIONS).exists() else None
    if made_by is None or seconds is None:
        raise ValueError(f"{folder}: wanted a page that `iohnas reproduce NAME --out FOLDER` has finished, found none")
    name = made_by[1]
    _note_time(name, seconds, quick=quick)
    if not quick:
        target = FOLDER / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        (target / "README.md").write_text(_stored_text(text, folder, seconds), encoding="utf-8")
        if (folder / CODE).exists():
            shutil.copyfile(folder / CODE, target / CODE)
        for file in _linked(text, "csv"):
            if (folder / file).stat().st_size <= LARGEST_CSV:
                shutil.copyfile(folder / file, target / file)
        for file in _linked(text, "png"):
            with Image.open(folder / file) as image:
                image.save(target / file, optimize=True)  # all its colours: those of a scale mean numbers
    return name


def _linked(text: str, suffix: str) -> list[str]:
    return sorted(set(re.findall(rf"\]\(([\w.-]+\.{suffix})\)", text)))


def _stored_text(text: str, folder: Path, seconds: float) -> str:
    """The page without links to files that are not stored, and with its time at the foot."""
    text = re.sub(r"\[pdf\]\([\w.-]+\.pdf\)(, )?", "", text).replace(" ()\n", "\n")
    text = re.sub(r" Figures are static; .*", "", text)
    for file in _linked(text, "csv"):
        size = (folder / file).stat().st_size
        if size > LARGEST_CSV:
            text = re.sub(rf"\[[^\]]*\]\({re.escape(file)}\)", f"`{file}`, {size / 1e6:.1f} MB, is not stored", text)
    made = f"in {duration(seconds)} of processor time"
    if digests := read(folder / CODE):
        is_mixed = any(len(versions) > 1 for versions in digests.values())
        made += f" by [this code]({CODE})" + (", parts of it by earlier code" if is_mixed else "")
    return re.sub(r"(?m)^(Made by `[^`]*`)", rf"\1 {made}", text)


def _note_time(name: str, seconds: float, *, quick: bool) -> None:
    with TIMES.open(encoding="utf-8", newline="") as file:
        rows = {row["page"]: row for row in csv.DictReader(file)}
    row = rows.setdefault(name, {"page": name, "whole": "", "quick": ""})
    row["quick" if quick else "whole"] = f"{max(1, round(seconds))}"
    with TIMES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("page", "whole", "quick"), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[key] for key in sorted(rows))


def stored_pages() -> list[str]:
    """Names of the pages in ``docs/results``."""
    return sorted(path.parent.name for path in FOLDER.glob("*/README.md"))


def index_text() -> str:
    """The list of pages, with the verdicts and the time of each."""
    return "\n".join(_index_lines()) + "\n"


def _index_lines() -> Iterator[str]:
    yield "# The papers, computed"
    yield ""
    yield "What `iohnas reproduce NAME` wrote, with every table and figure: the published numbers, ours, and each claim"
    yield "judged by the rule next to it. [Every table, figure and algorithm](../papers.md) of the papers leads"
    yield "into these pages. Times are processor time, of all cores together; `--quick` makes the same page from a tiny"
    yield "budget."
    yield ""
    yield "| page | what is reproduced | holds | a weaker form | does not | cannot be tested | takes | `--quick` |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    with TIMES.open(encoding="utf-8", newline="") as file:
        times = {row["page"]: row for row in csv.DictReader(file)}
    stored = set(stored_pages())
    for entry in reproductions:
        counts = _verdicts(FOLDER / entry.name / "claims.csv") if entry.name in stored else [""] * len(VERDICTS)
        took = [times.get(entry.name, {}).get(kind, "") for kind in ("whole", "quick")]
        cells = [
            f"[{entry.name}]({entry.name}/README.md)" if entry.name in stored else f"{entry.name} (not stored)",
            entry.summary.replace("|", "\\|"),
            *counts,
            *(duration(float(seconds)) if seconds else "" for seconds in took),
        ]
        yield f"| {' | '.join(cells)} |"


def _verdicts(path: Path) -> list[str]:
    if not path.exists():  # a page that judges no claim
        return ["–"] * len(VERDICTS)
    counts = Counter(pd.read_csv(path)["verdict"])
    return [str(counts[verdict]) for verdict in VERDICTS]


def with_links(text: str) -> str:
    """The list of tables, figures and algorithms, with each item that a stored page shows linked to its place there."""
    shown = {
        name: set(re.findall(r'<a id="([^"]+)">', (FOLDER / name / "README.md").read_text(encoding="utf-8")))
        for name in stored_pages()
    }

    def link(match: re.Match[str]) -> str:
        page, item = match[1], match[2]
        label = f"`{page}: {item}`"
        return f"[{label}](results/{page}/README.md#{item})" if item in shown.get(page, ()) else label

    head, start, rest = text.partition("\n## ")
    return head + start + _ITEM.sub(link, rest)


def ages() -> Iterator[tuple[str, bool, str]]:
    """Every stored page, whether its own modules are still what made it, and in words what has changed."""
    for name in stored_pages():
        recorded = read(FOLDER / name / CODE)
        if not recorded:
            yield name, False, "no record of its code"
            continue
        modules = changed(name, recorded)
        own = [module for module in modules if module.startswith(f"{OWN}.")]
        library = [module for module in modules if module not in own]
        words = []
        if own:
            words.append(f"older than {', '.join(own)}")
        if library:
            more = f" and {len(library) - 3} more" if len(library) > 3 else ""
            words.append(f"library changed: {', '.join(library[:3])}{more}")
        yield name, not own, "; ".join(words) or "of this code"


def main(arguments: Sequence[str] | None = None) -> None:
    """Store pages, then write the list and the links; or say which are older than their code."""
    parser = argparse.ArgumentParser(prog="python -m docs.results", description="The papers' pages as they came out.")
    parser.add_argument("folders", type=Path, nargs="*", metavar="FOLDER", help="of a page, to be stored")
    parser.add_argument("--check", action="store_true", help="only say which stored pages are older than their code")
    given = parser.parse_args(arguments)
    if given.check:
        pages = list(ages())
        for name, _, what in pages:
            sys.stdout.write(f"{name}: {what}\n")
        sys.exit(0 if all(is_current for _, is_current, _ in pages) else 1)
    for folder in given.folders:
        sys.stdout.write(f"{store(folder)}\n")
    INDEX.parent.mkdir(exist_ok=True)
    INDEX.write_text(index_text(), encoding="utf-8")
    ITEMS.write_text(with_links(ITEMS.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
