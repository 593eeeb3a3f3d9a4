"""What an earlier page left in a folder goes, and nothing else."""

import hashlib
from pathlib import Path

import pandas as pd

from experiments.page import Page
from experiments.page.listing import LISTING

TABLE = pd.DataFrame({"a": [1.5]})


def write(folder: Path, *names: str) -> set[str]:
    """A page with these tables; what lies in its folder then."""
    page = Page(folder, "A page", "iohnas report a")
    for name in names:
        page.table(TABLE, name=name, caption="")
    page.write()
    return {path.name for path in folder.iterdir()}


def test_a_smaller_page_leaves_nothing_of_a_larger_one(tmp_path: Path) -> None:
    always = {"index.html", "README.md", LISTING}
    assert write(tmp_path, "kept", "old-1", "old-2") == always | {"kept.csv", "old-1.csv", "old-2.csv"}
    assert write(tmp_path, "kept") == always | {"kept.csv"}


def test_files_of_others_stay(tmp_path: Path) -> None:
    write(tmp_path, "old", "changed")
    (tmp_path / "notes.csv").write_text("mine")
    (tmp_path / "changed.csv").write_text("mine, too")
    assert {"notes.csv", "changed.csv"} == write(tmp_path) - {"index.html", "README.md", LISTING}
    assert (tmp_path / "changed.csv").read_text() == "mine, too"


def test_a_list_from_elsewhere_removes_nothing_outside(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    outside, linked, hidden = tmp_path / "precious.csv", folder / "linked.csv", folder / ".hidden.csv"
    for path in (outside, hidden):
        path.write_text("precious")
    linked.symlink_to(outside)
    digest = hashlib.sha256(b"precious").hexdigest()
    names = ("../precious.csv", str(outside), "linked.csv", ".hidden.csv", "")
    (folder / LISTING).write_text("".join(f"{digest}  {name}\n" for name in names) + "no list\n")
    assert {"linked.csv", ".hidden.csv"} <= write(folder)
    assert outside.read_text() == hidden.read_text() == "precious"


def test_the_list_is_one_that_sha256sum_checks(tmp_path: Path) -> None:
    write(tmp_path, "table")
    for line in (tmp_path / LISTING).read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
