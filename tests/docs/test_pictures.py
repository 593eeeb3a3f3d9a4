"""The pictures, the data next to them and the code that makes both are of the same day."""

import pandas as pd
import pytest
from PIL import Image

from docs import multi_fidelity, objectives
from docs.pictures import CHECKSUM, FOLDER, PAGE, PICTURES, checksum, with_table


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_was_drawn_from_the_data_beside_it(name: str) -> None:
    with Image.open(FOLDER / f"{name}.png") as picture:
        assert picture.info[CHECKSUM] == checksum(FOLDER / f"{name}.csv"), "run: python -m docs.pictures"


def test_there_is_no_other_picture() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} - {objectives.PICTURE.stem, multi_fidelity.PICTURE.stem} == set(
        PICTURES
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_the_data_are_what_the_code_finds(name: str) -> None:
    recorded = pd.read_csv(FOLDER / f"{name}.csv")
    # Rounding, which differs between processors, may exchange one of fifty neighbours for another.
    tolerance = 0.05 if name == "nearest-functions" else 1e-6
    pd.testing.assert_frame_equal(PICTURES[name]().data, recorded, check_dtype=False, rtol=1e-4, atol=tolerance)


@pytest.mark.slow
def test_the_table_of_the_noise_page_is_what_the_code_finds() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "| aging evolution |" in text
    assert with_table(text) == text, "run: python -m docs.pictures"
