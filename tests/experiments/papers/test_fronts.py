"""``iohnas reproduce fronts``: every front is the one that was computed independently, or the page says why not."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.papers import reproductions
from nas_problems.catalog import macro
from nas_problems.datasets import help_latency


def test_every_difference_is_explained(tmp_path: Path) -> None:
    page = reproductions["fronts"].factory(tmp_path / "page", quick=True)
    wrong = {claim.text: claim.why for claim in page.claims if claim.verdict != "holds"}
    assert set(wrong) == {
        "front of nb201-cifar10[objective=validation_accuracy+n_parameters+latency_seconds+train_seconds]",
        "bounds of the validation error, CIFAR-10",
    }
    assert all(wrong.values())
    table = pd.read_csv(tmp_path / "page" / "fronts.csv")
    assert len(table) >= 15
    assert (table["rows"] >= table["values"]).all()


@pytest.mark.data
@pytest.mark.skipif(
    not (help_latency.at_hand() and macro.FILE.at_hand), reason="$IOHNAS_DATA has no help_latency or nas_bench_macro"
)
def test_with_all_files(tmp_path: Path) -> None:
    page = reproductions["fronts"].factory(tmp_path / "page")
    texts = [claim.text for claim in page.claims if claim.verdict == "holds"]
    assert len(texts) == 23
    table = pd.read_csv(tmp_path / "page" / "fronts.csv").set_index("problem")
    of_macro = table.loc["macro-cifar10[objective=test_accuracy+n_parameters]"]
    assert (of_macro["rows"], of_macro["values"]) == (50, 39)
