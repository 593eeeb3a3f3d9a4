"""The table of references and exact fronts in docs/fronts.md: ``python -m docs.fronts`` computes it anew.

It needs the files of every problem (``iohnas data fetch all``); a test compares what is stored with what can be
computed without a download.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import nas_problems
from docs.marked import replaced
from nas_problems.suites import SEVERAL

PAGE = Path(__file__).parent / "fronts.md"
TABLE = Path(__file__).parent / "figures" / "fronts.csv"
_MARK = "<!-- table: python -m docs.fronts -->"
COLUMNS = ("suite", "problem", "ideal", "nadir", "point", "front", "values", "hypervolume")


def row_of(suite: str, text: str) -> dict[str, str]:
    """One problem: its reference, candidates on its exact front, different values there, and their hypervolume."""
    problem = nas_problems.make(text)
    reference, front = problem.reference, problem.pareto_front
    return {
        "suite": suite,
        "problem": text,
        "ideal": ", ".join(f"{value:.9g}" for value in reference.ideal),
        "nadir": ", ".join(f"{value:.9g}" for value in reference.nadir),
        "point": f"{reference.point:g}",
        "front": "" if front is None else str(len(front.Y)),
        "values": "" if front is None else str(len(set(map(tuple, front.Y.tolist())))),
        "hypervolume": f"{problem.front_hypervolume:.6f}",
    }


def stored() -> list[dict[str, str]]:
    """The rows of the csv."""
    return list(csv.DictReader(io.StringIO(TABLE.read_text(encoding="utf-8"))))


def table_lines(rows: list[Mapping[str, str]]) -> str:
    """The rows as a table in Markdown, a heading per suite."""
    text = ""
    for suite in dict.fromkeys(row["suite"] for row in rows):
        text += f"\n### {suite}\n\n| problem | ideal | nadir | exact front | hypervolume |\n"
        text += "| --- | --- | --- | ---: | ---: |\n"
        for row in (row for row in rows if row["suite"] == suite):
            front = f"{row['front']} ({row['values']})" if row["front"] else "not known"
            text += f"| `{row['problem']}` | {row['ideal']} | {row['nadir']} | {front} | {row['hypervolume']} |\n"
    return text + "\n"


def main() -> None:
    """Compute and write the csv and the page's table."""
    rows = [row_of(suite, text) for suite, texts in SEVERAL.items() for text in texts]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), _MARK, table_lines(list(rows))), encoding="utf-8")


if __name__ == "__main__":
    main()
