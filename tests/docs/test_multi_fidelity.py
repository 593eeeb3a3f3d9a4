"""The stored study of solvers that choose fidelities: page, picture and csv belong together."""

import hashlib

import pandas as pd
from PIL import Image

from docs import multi_fidelity
from docs.pictures import CHECKSUM


def test_page_and_csv_belong_together() -> None:
    table = pd.read_csv(multi_fidelity.TABLE)
    page = multi_fidelity.PAGE.read_text(encoding="utf-8")
    assert multi_fidelity.table_lines(table) in page
    assert multi_fidelity.yahpo_lines(table) in page
    assert set(multi_fidelity.RANGES) < set(table["problem"])
    assert (table["lower"] <= table["regret"]).all()
    assert (table["regret"] <= table["upper"]).all()


def test_the_picture_is_of_this_csv() -> None:
    with Image.open(multi_fidelity.PICTURE) as image:
        assert image.info[CHECKSUM] == hashlib.sha256(multi_fidelity.TABLE.read_bytes()).hexdigest()


def test_random_search_has_the_share_one_of_its_own_regret() -> None:
    lines = multi_fidelity.yahpo_lines(pd.read_csv(multi_fidelity.TABLE)).splitlines()
    (random,) = [line for line in lines if "`random-search`" in line]
    assert random.endswith("| 0.124 | 0.169 | 0.081 | 1.00 | 1.00 |")
