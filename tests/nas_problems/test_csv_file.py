"""Numbers of a csv are read as they were written."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

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
