"""Reproductions of the papers behind iohnas, one file per paper or page.

Each registers a function ``(out, *, quick, seed) -> Page`` that computes and writes its page; ``quick`` makes the same
page with a tiny budget. ``iohnas reproduce --list`` shows them.
"""

from pathlib import Path
from typing import Protocol

from experiments.page import Page
from nas_problems.registry import Registry


class Reproduction(Protocol):
    """Computes one page and writes it to a folder."""

    def __call__(self, out: Path, *, quick: bool = False, seed: int = 1) -> Page:
        """Compute and write the page; ``quick`` uses a tiny budget, for a first look and for tests."""
        ...


def new_page(out: Path, title: str, name: str, *, quick: bool, seed: int) -> Page:
    """Begin a page that names the command that makes it, and says so if its budget is tiny.

    Args:
        out: Folder of the page.
        title: Its heading.
        name: Name of the reproduction.
        quick: Whether the budget is tiny.
        seed: Seed of everything that is drawn.
    """
    page = Page(out, title, f"iohnas reproduce {name} --seed {seed}{' --quick' if quick else ''}")
    if quick:
        page.text("**A first look with a tiny budget** (`--quick`): neither the numbers nor the verdicts mean much.")
    return page


reproductions: Registry[Reproduction] = Registry("reproduction", catalog="experiments.papers")
"""All registered reproductions."""
