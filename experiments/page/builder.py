"""The page under construction: built in memory, written in one step."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.folder.disk import writing
from experiments.page import picture
from experiments.page.block import Block, Claim, Drawing, Fact, Heading, Mark, Picture, Prose, Table, Tone
from experiments.page.chart import Chart, Heat
from experiments.page.csv import write_csv
from experiments.page.html import to_html
from experiments.page.listing import update_listing
from experiments.page.markdown import to_markdown
from experiments.page.prose import code, signs
from experiments.page.versions import versions_text
from experiments.steps import step
from nas_problems.parameter import check_file_name


@dataclass
class Page:
    """A page under construction.

    Args:
        folder: Where ``write`` puts it; made there if absent.
        title: Heading.
        command: The command line that makes this page, printed at its foot.
        solvers: What the page's controls show and hide, in the order of their colours.
        problems: What they choose from; panels and rows of other titles always stay.
        formats: Of the pictures next to the page; the page itself and the README show PNGs, which are always there.

    Raises:
        ValueError: A format that is none of ``picture.FORMATS``.
    """

    folder: Path
    title: str
    command: str
    solvers: Sequence[str] = ()
    problems: Sequence[str] = ()
    formats: Sequence[str] = ("png", "pdf")
    _blocks: list[Block] = field(default_factory=list)
    _facts: list[Fact] = field(default_factory=list)
    _claims: list[Claim] = field(default_factory=list)
    _names: set[str] = field(default_factory=lambda: {"claims", "index", "README"})

    def __post_init__(self) -> None:
        if unknown := [name for name in self.formats if name not in picture.FORMATS]:
            raise ValueError(f"format: wanted some of {', '.join(picture.FORMATS)}, found {unknown[0]!r}")
        self.formats = tuple(dict.fromkeys(("png", *self.formats)))

    def fact(self, label: str, value: object, *, tone: Tone = "") -> None:
        """Add a number to the head of the page."""
        self._facts.append(Fact(label, str(value), tone))

    def heading(self, text: str) -> None:
        """Start a section, and report it to the listener of ``experiments.steps``."""
        step(text)
        self._blocks.append(Heading(text))

    def text(self, markdown: str) -> None:
        """Add a paragraph of Markdown; foreign names in it go through ``literal``."""
        self._blocks.append(Prose(signs(markdown.strip())))

    def table(
        self,
        frame: pd.DataFrame,
        *,
        name: str,
        caption: str,
        digits: int = 4,
        shown: pd.DataFrame | None = None,
        marks: Mapping[str, list[Mark]] | None = None,
    ) -> None:
        """Add a table; its csv has all digits and the index.

        Args:
            frame: The data; the index is shown if it has a name.
            name: File name without suffix.
            caption: What it shows, with noise mode, fidelity and number of runs where they matter.
            digits: Significant digits on the page.
            shown: What the page has in place of ``frame``; None: ``frame``.
            marks: Column of what is shown -> per row ``best``, ``tied`` or nothing.

        Raises:
            ValueError: A name that is taken or has odd characters.
        """
        self._claim_name(name)
        self._blocks.append(Table(name, frame, signs(caption), digits, shown, marks or {}))

    def figure(self, figure: Figure, *, name: str, caption: str) -> None:
        """Add a static figure.

        Args:
            figure: A matplotlib figure.
            name: File name without suffix.
            caption: What it shows, with encoding, noise mode, fidelity and number of runs.

        Raises:
            ValueError: A name that is taken or has odd characters.
        """
        self._claim_name(name)
        self._blocks.append(Picture(name, {name: lambda: figure}, signs(caption), formats=tuple(self.formats)))

    def chart(
        self, chart: Chart, *, figures: Sequence[Drawing], data: pd.DataFrame | None, name: str, caption: str
    ) -> None:
        """Add an interactive chart, with static figures for readers without scripts.

        Args:
            chart: The chart.
            figures: What draws the same as matplotlib figures, when the page is written; several are numbered.
            data: The numbers behind it, for ``<name>.csv``; None: they are in another file.
            name: File name without suffix.
            caption: What it shows, with encoding, noise mode, fidelity and number of runs.

        Raises:
            ValueError: A name that is taken or has odd characters.
        """
        numbered = {f"{name}-{i}" if len(figures) > 1 else name: drawn for i, drawn in enumerate(figures, start=1)}
        for taken in {name, *numbered}:
            self._claim_name(taken)
        self._blocks.append(Picture(name, numbered, signs(caption), chart, data, tuple(self.formats)))

    def claim(self, claim: Claim) -> None:
        """Add a line to the table of claims at the head of the page."""
        c = claim
        shown = Claim(signs(c.text), signs(c.published), signs(c.ours), c.verdict, signs(c.why), signs(c.rule))
        self._claims.append(shown)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims added so far."""
        return tuple(self._claims)

    def write(self) -> Path:
        """Write everything into the folder, remove what only an earlier page had there, and return ``index.html``.

        All files are made next to their places and moved there together, over links, too: where the disk is full,
        the folder stays as it was.

        Raises:
            UnwritableError: The disk is full, or the folder cannot be written.
        """
        is_new = not self.folder.exists()
        with writing(self.folder, advice=f"what was there is as it was; then again: {self.command}"):
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(prefix=".partial.", dir=self.folder))
            try:
                names = self._write_into(partial)
                for name in names:
                    (partial / name).replace(self.folder / name)
                update_listing(self.folder, names)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
                if is_new:
                    with suppress(OSError):  # there is something in it: the page
                        self.folder.rmdir()
        return self.folder / "index.html"

    def _write_into(self, folder: Path) -> list[str]:
        """Write all files of the page into an empty folder, and return their names."""
        claims = self._claims_table() if self._claims else None
        figures: dict[str, Drawing] = {}
        labelled: dict[str, Drawing] = {}
        written = []
        for block in [*self._blocks, *([] if claims is None else [claims])]:
            if isinstance(block, Table):
                frame = block.frame.reset_index() if any(block.frame.index.names) else block.frame
                write_csv(frame, folder / f"{block.name}.csv")
                written.append(f"{block.name}.csv")
            elif isinstance(block, Picture):
                if block.data is not None:
                    write_csv(block.data, folder / f"{block.name}.csv")
                    written.append(f"{block.name}.csv")
                (labelled if isinstance(block.chart, Heat) else figures).update(block.figures)
                written += [f"{name}.{suffix}" for name in block.figures for suffix in self.formats]
        # A label in every row takes longest, and begun last would keep one core at work and the others waiting
        pictures = picture.save_all(labelled | figures, folder, self.formats)
        foot = f"Made by {code(self.command)}; {versions_text()}."
        if pictures and not any(isinstance(block, Picture) and block.chart for block in self._blocks):
            foot += f" Figures are static; each is in a file of its own, too ({', '.join(self.formats)})."
        readme = to_markdown(self.title, self._facts, claims, self._blocks, foot)
        index = to_html(
            self.title,
            self._facts,
            self._claims,
            self._blocks,
            foot,
            pictures=pictures,
            solvers=self.solvers,
            problems=self.problems,
        )
        (folder / "README.md").write_text(readme, encoding="utf-8")
        (folder / "index.html").write_text(index, encoding="utf-8")
        return [*written, "README.md", "index.html"]

    def _claims_table(self) -> Table:
        rows = [
            {
                "claim": c.text,
                "verdict": c.verdict,
                "published": c.published,
                "ours": c.ours,
                "rule": c.rule,
                "why": c.why,
            }
            for c in self._claims
        ]
        return Table("claims", pd.DataFrame(rows), "", 4, None, {})

    def _claim_name(self, name: str) -> None:
        check_file_name(name, "name")
        if name in self._names:
            raise ValueError(f"name: wanted one that is not on the page yet, found {name!r}")
        self._names.add(name)
