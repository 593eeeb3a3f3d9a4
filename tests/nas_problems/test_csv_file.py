"""Numbers of a csv are read as they were written."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nas_problems.csv_file import read_frame


def test_numbers_are_exact(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = np.r_[0.0003006901069229073, rng.random(2000), rng.normal(size=2000) * 10.0 ** rng.integers(-300, 300, 2000)]
    pd.DataFrame({"x": x, "name": "a"}).to_csv(tmp_path / "x.csv", index=False)
    for source in (tmp_path / "x.csv", str(tmp_path / "x.csv"), BytesIO((tmp_path / "x.csv").read_bytes())):
        frame = read_frame(source)
        np.testing.assert_array_equal(frame["x"].to_numpy(), x)
        assert list(frame.columns) == ["x", "name"]


def test_spaces_and_names_of_numbers_are_read() -> None:
    frame = read_frame(BytesIO(b"a,b,c\n1.5, 2.5,inf\n3.5 ,NA,-Infinity\n"))
    np.testing.assert_array_equal(frame.to_numpy(), [[1.5, 2.5, np.inf], [3.5, np.nan, -np.inf]])


@pytest.mark.parametrize("rows", ["0.5,0.01,a,\n0.25,0.02,b,\n", "0.5,0.01,a,9\n0.25,0.02,b\n"])
def test_names_do_not_move_to_other_cells(rows: str) -> None:
    """With a comma at the end of its rows, the column loss held the learning rates."""
    with pytest.raises(pd.errors.ParserError, match="rows with more cells than the header has names"):
        read_frame(BytesIO(f"loss,rate,kind\n{rows}".encode()))


def test_text_is_kept_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b,c\nNone,007,1\n,null,NA\n")
    frame = read_frame(tmp_path / "x.csv", text=("a", "b", "absent"))
    assert frame["b"].tolist() == ["007", "null"] and frame["a"].tolist()[0] == "None"
    assert frame.isna().to_numpy().tolist() == [[False, False, False], [True, False, True]]
    assert frame["c"].dtype == np.float64
