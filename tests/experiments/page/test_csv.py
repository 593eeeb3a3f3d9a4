"""csv files that spreadsheets show and do not carry out."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.page.csv import write_csv


def cells(frame: pd.DataFrame, path: Path) -> list[list[str]]:
    write_csv(frame, path)
    with path.open(newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),
        ("＠SUM(A1)", "'＠SUM(A1)"),
        ("-0.5", "-0.5"),
        ("+inf", "+inf"),
        ("local-search", "local-search"),
        ("a=b", "a=b"),
    ],
)
def test_texts(text: str, written: str, tmp_path: Path) -> None:
    assert cells(pd.DataFrame({"solver": [text]}), tmp_path / "t.csv") == [["solver"], [written]]


def test_numbers_and_gaps_stay_and_names_are_texts_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"=a": [-1.5, np.inf], "b": [None, -2], "n": [-3, 4]})
    assert cells(frame, tmp_path / "t.csv") == [["'=a", "b", "n"], ["-1.5", "", "-3"], ["inf", "-2.0", "4"]]


def test_columns_of_one_name_stay_apart(tmp_path: Path) -> None:
    frame = pd.DataFrame([["=x", 1], ["y", 2]], columns=["a", "a"])
    assert cells(frame, tmp_path / "t.csv") == [["a", "a"], ["'=x", "1"], ["y", "2"]]
