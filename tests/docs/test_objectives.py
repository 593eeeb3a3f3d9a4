"""The stored study of solvers for several objectives: page, picture and csv belong together."""

import hashlib

import pandas as pd
from PIL import Image

from docs import objectives
from docs.pictures import CHECKSUM
from nas_problems.suites import problems_of


def test_page_and_csv_belong_together() -> None:
    table = pd.read_csv(objectives.TABLE)
    page = objectives.PAGE.read_text(encoding="utf-8")
    assert objectives.table_lines(table) in page
    assert objectives.slow_lines(table, pd.read_csv(objectives.SLOW)) in page
    assert table["problem"].nunique() == len(problems_of("nas201-mo") + problems_of("macro-mo"))
    assert ((table["regret"] >= -1e-9) & (table["regret"] <= 1)).all()
    assert (table["found"] <= table["front"]).all()


def test_the_picture_is_of_this_csv() -> None:
    with Image.open(objectives.PICTURE) as image:
        assert image.info[CHECKSUM] == hashlib.sha256(objectives.TABLE.read_bytes()).hexdigest()
