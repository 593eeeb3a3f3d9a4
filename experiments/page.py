"""Pages of results: Markdown, with every table as csv and every figure as PNG and PDF beside it.

A page is built in memory and written in one step, into a folder that holds nothing else.
"""

import platform
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure

from nas_problems.parameter import check_name

Verdict = Literal["holds", "does not hold", "cannot be tested here"]

VERSIONED = (
    "iohnas",
    "numpy",
    "scipy",
    "scikit-learn",
    "ioh",
    "nevergrad",
    "pymoo",
    "deap",
    "cma",
    "pflacco",
    "orivex",
)
"""Distributions whose versions stand at the foot of a page."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A published statement beside what came out here.

    Args:
        text: The statement.
        published: The published number or finding.
        ours: Ours, in the same unit.
        verdict: Whether it holds here.
        why: Difference in units of the published uncertainty, or why it cannot be tested.
    """

    text: str
    published: str
    ours: str
    verdict: Verdict
    why: str = ""


@dataclass
class Page:
    """A page under construction.

    Args:
        folder: Where ``write`` puts it; made there if absent.
        title: Heading.
        command: The command line that makes this page, printed at its foot.
    """

    folder: Path
    title: str
    command: str
    _parts: list[str] = field(default_factory=list)
    _tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    _figures: dict[str, Figure] = field(default_factory=dict)
    _claims: list[Claim] = field(default_factory=list)

    def heading(self, text: str) -> None:
        """Start a section."""
        self._parts.append(f"## {text}")

    def text(self, markdown: str) -> None:
        """Add a paragraph of Markdown."""
        self._parts.append(markdown.strip())

    def table(self, frame: pd.DataFrame, *, name: str, caption: str, digits: int = 4) -> None:
        """Add a table; its csv has all digits and the index.

        Args:
            frame: The data; the index is shown if it has a name.
            name: File name without suffix.
            caption: What it shows, with noise mode, fidelity and number of runs where they matter.
            digits: Significant digits on the page.

        Raises:
            ValueError: A name that is taken or has odd characters.
        """
        self._claim_name(name)
        self._tables[name] = frame
        shown = frame.reset_index() if any(frame.index.names) else frame
        self._parts.append(f"{_markdown_table(shown, digits)}\n\n*{caption}* ([csv]({name}.csv))")

    def figure(self, figure: Figure, *, name: str, caption: str) -> None:
        """Add a figure.

        Args:
            figure: A matplotlib figure.
            name: File name without suffix.
            caption: What it shows, with encoding, noise mode, fidelity and number of runs.

        Raises:
            ValueError: A name that is taken or has odd characters.
        """
        self._claim_name(name)
        self._figures[name] = figure
        self._parts.append(f"![{caption}]({name}.png)\n\n*{caption}* ([pdf]({name}.pdf))")

    def claim(self, claim: Claim) -> None:
        """Add a line to the table of claims at the head of the page."""
        self._claims.append(claim)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims added so far."""
        return tuple(self._claims)

    def write(self) -> Path:
        """Write everything into the folder and return the path of its README.md."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self._tables.items():
            frame.to_csv(self.folder / f"{name}.csv", index=any(frame.index.names))
        for name, figure in self._figures.items():
            for suffix in ("png", "pdf"):
                figure.savefig(self.folder / f"{name}.{suffix}", dpi=150, bbox_inches="tight")
        parts = [f"# {self.title}"]
        if self._claims:
            self._claims_frame().to_csv(self.folder / "claims.csv", index=False)
            parts += ["## Claims", _markdown_table(self._claims_frame(), 4) + "\n\n([csv](claims.csv))"]
        parts += [*self._parts, f"---\n\nMade by `{self.command}`; {versions_text()}."]
        path = self.folder / "README.md"
        partial = path.with_suffix(".partial")
        partial.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        shutil.move(partial, path)
        return path

    def _claims_frame(self) -> pd.DataFrame:
        rows = [
            {"claim": c.text, "published": c.published, "ours": c.ours, "verdict": c.verdict, "why": c.why}
            for c in self._claims
        ]
        return pd.DataFrame(rows)

    def _claim_name(self, name: str) -> None:
        check_name(name, "name")
        if name in self._tables or name in self._figures or name == "claims":
            raise ValueError(f"name: wanted one that is not on the page yet, found {name!r}")


def versions_text() -> str:
    """Versions of Python and of the packages that numbers depend on, as one line."""
    found = []
    for name in VERSIONED:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} absent")
    return f"Python {platform.python_version()}, " + ", ".join(found)


def _markdown_table(frame: pd.DataFrame, digits: int) -> str:
    def row(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes]
    lines = [row(map(str, frame.columns)), row("---:" if right else "---" for right in numeric)]
    lines += [row(_cell(value, digits) for value in values) for values in frame.itertuples(index=False)]
    return "\n".join(lines)


def _cell(value: object, digits: int) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.{digits}g}"
    return str(value).replace("|", "\\|").replace("\n", " ")
