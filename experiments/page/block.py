"""What a page is made of, before it is written in any format."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure

from experiments.page.chart import Chart

Drawing = Callable[[], Figure]
"""Draws a figure when it is called."""

Verdict = Literal["holds", "a weaker form holds", "does not hold", "cannot be tested here"]
"""What became of a published claim here; ``Claim.why`` says which weaker form."""


def graded(holds: bool, *, weaker: bool) -> Verdict:
    """The verdict on a claim of which a weaker form is stated, too.

    Args:
        holds: Whether the claim itself holds.
        weaker: Whether the weaker form does; not looked at where the claim holds.

    >>> graded(False, weaker=True)
    'a weaker form holds'
    """
    return "holds" if holds else "a weaker form holds" if weaker else "does not hold"


Mark = Literal["", "best", "tied"]
"""How a cell stands out: the best, or not distinguishable from it."""

Tone = Literal["", "good", "bad"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A published statement next to what came out here.

    Args:
        text: The statement.
        published: The published number or finding.
        ours: Ours, in the same unit.
        verdict: Whether it holds here.
        why: Difference in units of the published uncertainty, or why it cannot be tested.
        rule: What ``holds`` needs, and a weaker form, where there is one: said without a number of ours.
    """

    text: str
    published: str
    ours: str
    verdict: Verdict
    why: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A number at the head of a page.

    Args:
        label: What it counts.
        value: The number as text.
        tone: Whether it is good or bad news.
    """

    label: str
    value: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """The start of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph or list in Markdown."""

    markdown: str


@dataclass(frozen=True, eq=False)
class Table:
    """A table.

    Args:
        name: Of its csv.
        frame: The data, as in the csv; the index is shown if it has a name.
        caption: Markdown.
        digits: Significant digits on the page.
        shown: What the page has in place of ``frame``, with as many rows; None: ``frame``.
        marks: Column of what is shown -> one mark per row.
    """

    name: str
    frame: pd.DataFrame
    caption: str
    digits: int
    shown: pd.DataFrame | None
    marks: Mapping[str, list[Mark]]

    @property
    def display(self) -> pd.DataFrame:
        """What the page shows."""
        frame = self.frame if self.shown is None else self.shown
        return frame.reset_index() if any(frame.index.names) else frame


@dataclass(frozen=True, eq=False)
class Picture:
    """Static figures with one caption, and the chart that takes their place where scripts run.

    Args:
        name: Of the chart's csv.
        figures: File name without suffix -> what draws the figure; one is in memory at a time.
        caption: Markdown.
        chart: The interactive form; None: there is none.
        data: The numbers behind the chart, for a csv; None: no csv.
        formats: Suffixes of the files of each figure.
    """

    name: str
    figures: Mapping[str, Drawing]
    caption: str
    chart: Chart | None = None
    data: pd.DataFrame | None = None
    formats: Sequence[str] = ("png", "pdf")


Block = Heading | Prose | Table | Picture
