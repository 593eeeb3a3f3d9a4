"""Tables of docs/one_shot.md: ``python -m docs.one_shot``, from the stored page in docs/results/one-shot.

That page comes from ``iohnas reproduce one-shot --out FOLDER`` and ``python -m docs.results FOLDER``.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from docs.marked import replaced
from experiments.papers.one_shot import published

PAGE = Path(__file__).with_name("one_shot.md")
STORED = Path(__file__).parent / "results" / "one-shot"

TITLES = ("digits", *(title for title in published.TABLES.values() if title != "digits"))
"""Columns of the tables of cells."""

_MADE = "made by python -m docs.one_shot -->"
_PUBLISHED_ROWS = {
    "DARTS, first order": "DARTS",
    "DARTS, second order": "DARTS",
    "GDAS": "GDAS",
    "SETN": "SETN",
    "ENAS": "ENAS",
    "RSPS": "RSPS",
}
"""Rows of the published table by our methods."""


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(STORED / f"{name}.csv")


def found_lines() -> str:
    """Accuracies of the cells found, mean and standard deviation, next to the published ones on CIFAR-10."""
    text = f"| method | searches | {' | '.join(TITLES)} | published, CIFAR-10 |\n"
    text += "| --- |" + " ---: |" * (len(TITLES) + 2) + "\n"
    for row in _read("found").to_dict("records"):
        cells = [
            f"{row[title]:.2f}" + ("" if np.isnan(row[f"{title}: sd"]) else f" ± {row[f'{title}: sd']:.2f}")
            for title in TITLES
        ]
        source = _PUBLISHED_ROWS.get(row["method"])
        known = f"{published.TABLE_5.loc[source, 'CIFAR-10: validation']:.2f}" if source else ""
        text += f"| {row['method']} | {row['searches'] or ''} | {' | '.join(cells)} | {known} |\n"
    return text


def equal_lines() -> str:
    """Errors at equal seconds, and skip connections of the derived cells at first and in the end."""
    skips = _read("skips").set_index("method")
    text = "| method | full trainings | its error | random search | aging evolution | REINFORCE "
    text += "| skip connections, at first and in the end |\n| --- |" + " ---: |" * 6 + "\n"
    for row in _read("equal-seconds").to_dict("records"):
        errors = [row[name] for name in ("its error", "random-search", "aging-evolution", "reinforce")]
        first, last = skips.loc[row["method"]].iloc[[0, -1]]
        text += f"| {row['method']} | {row['full trainings']:.1f} | " + " | ".join(f"{value:.2f}" for value in errors)
        text += f" | {first:.1f}, {last:.1f} |\n"
    return text


def rank_lines() -> str:
    """Kendall's tau with each table after the last epoch of the supernets."""
    table = _read("ranks")
    last = table[table["epochs"] == table["epochs"].max()]
    text = f"| supernet trained by | {' | '.join(TITLES)} |\n| --- |" + " ---: |" * len(TITLES) + "\n"
    for row in last.to_dict("records"):
        text += f"| {row['mode']} | " + " | ".join(f"{row[title]:.2f}" for title in TITLES) + " |\n"
    return text


PARTS = {
    f"<!-- cells found, {_MADE}": found_lines,
    f"<!-- equal seconds, {_MADE}": equal_lines,
    f"<!-- ranks, {_MADE}": rank_lines,
}
"""Marks of the page, each with what follows it."""


def main() -> None:
    """Write the tables into the page."""
    page = PAGE.read_text(encoding="utf-8")
    for mark, lines in PARTS.items():
        page = replaced(page, mark, f"\n{lines()}\n")
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
