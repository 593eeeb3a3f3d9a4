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
        caption="The best configuration of each problem. Its value, as it was measured, is the mean over the trainings "
        "that are known of it where there are several, with their standard deviation; of a table or a model it is the "
        "one at the full fidelity, whichever the search has reached. The csv has those of every solver.",
    )


def best_frame(best: Sequence[Found]) -> pd.DataFrame:
    """A row per configuration."""
    columns = {
        "problem": [each.problem for each in best],
        "solver": [each.algorithm for each in best],
        "instance": [each.instance for each in best],
        "run": [each.run for each in best],
        "objective": [each.objective for each in best],
        "value": [each.value for each in best],
        "sd": [each.spread if each.n > 1 else float("nan") for each in best],
        "known": [each.n for each in best],
        "configuration": [each.config_in_words for each in best],
    }
    if any(each.partial_fidelity for each in best):
        columns["fidelity"] = [each.partial_fidelity or each.own_fidelity for each in best]
    return pd.DataFrame(columns)
