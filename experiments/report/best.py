"""The best configurations on the page of a study."""

from collections.abc import Sequence

import pandas as pd

from experiments.best import Found, best_of, best_per_problem
from experiments.folder.record import RunRecord
from experiments.page import Page


def add_best(page: Page, records: Sequence[RunRecord]) -> None:
    """The best configuration of each problem; the csv has those of every solver."""
    best = best_of(records)
    if not best:
        return
    page.heading("Best configurations")
    page.table(
        best_frame(best),
        shown=best_frame(best_per_problem(best)).drop(columns="run"),
        name="best",
        caption="The best configuration of each problem. Its value is the mean over the trainings that are known of it "
        "where there are several, with their standard deviation. The csv has those of every solver.",
    )


def best_frame(found: Sequence[Found]) -> pd.DataFrame:
    """A row per configuration."""
    columns = {
        "problem": [each.problem for each in found],
        "solver": [each.algorithm for each in found],
        "instance": [each.instance for each in found],
        "run": [each.run for each in found],
        "objective": [each.objective for each in found],
        "value": [each.value for each in found],
        "sd": [each.spread if each.n > 1 else float("nan") for each in found],
        "known": [each.n for each in found],
        "configuration": [each.config_in_words for each in found],
    }
    return pd.DataFrame(columns)
