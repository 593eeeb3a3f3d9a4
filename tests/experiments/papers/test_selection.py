"""The page that judges choices of solvers."""

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.papers import reproductions
from experiments.papers.other_landscapes import problem_names
from experiments.papers.selection import write_page
from tests.experiments.landscape.test_judgement import planted


def test_families_are_tables_and_live_problems() -> None:
    """What the page learning-from-nas places among BBOB."""
    names = problem_names()
    assert names[0].startswith("nb201-")
    assert {"fcnet-protein", "mlp-car", "rf-digits"} <= set(names)
    assert not any(name.startswith(("chaincnn", "yahpo")) for name in names)


def test_the_page(tmp_path: Path) -> None:
    """From the shipped portfolio, families held out at one budget."""
    page = reproductions["selection"].factory(tmp_path / "page", quick=True)
    rows = pd.read_csv(tmp_path / "page" / "problems-100.csv")
    assert (rows["loss: virtual best"] <= rows["loss: single best solver"] + 1e-9).all()
    choices = pd.read_csv(tmp_path / "page" / "choices.csv").set_index("choice")
    assert choices.loc["random search", "loss"] == 1
    assert np.isclose(choices.loc["virtual best", "gap closed"], 1)
    assert all(claim.rule for claim in page.claims)
    assert (tmp_path / "page" / "families.png").is_file()


def test_its_first_line_says_whether_features_pay(tmp_path: Path) -> None:
    """A planted signal pays; with features that are all alike it does not."""
    portfolio = planted()
    paying = write_page(tmp_path / "paying", portfolio, quick=True, seed=1)
    assert "Features choose better than what needs none" in (tmp_path / "paying" / "index.html").read_text()
    assert {claim.verdict for claim in paying.claims} == {"holds"}
    portfolio.features[:] = 0.0
    write_page(tmp_path / "not", portfolio, quick=True, seed=1)
    assert "Features add nothing beyond budget and kind of space" in (tmp_path / "not" / "index.html").read_text()
