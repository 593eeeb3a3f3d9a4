"""The solvers that the paper would take, by COCO's own running times on the functions that it names.

Source: vanstein2020, section 5; hansen2021.
"""

import io

import numpy as np
import pandas as pd

from ela.bbob import FUNCTION_NAMES
from experiments.page import Claim, Page, graded
from experiments.page.missing import left_out
from experiments.papers.learning_from_nas.numbers import NAMED_SOLVERS, NEAREST_FUNCTIONS
from nas_problems.array import FloatArray
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.datasets.upstream import DataUnavailableError

RUNTIMES = ConvertedFile(
    "bbob_solvers/runtimes_1e-8_54_solvers_2009_2010.csv.gz",
    "numbbo/coco-postprocess at commit 2b13ce76f2f8d96180ae16f41b173d403ff94afe (run lengths to 1e-8 as csv)",
    "3ea99d16d49c4378d2aba3b4cc9cad14f370efcbe86e198b57c8ea4c27537c02",
    "BSD-3-Clause",
)

DIMENSION = 20
"""The nearest to 23 that COCO has."""


def loss_table(frame: pd.DataFrame) -> pd.DataFrame:
    """log10 of the expected running time over that of the best solver, a row per solver, a column per function.

    Args:
        frame: Columns solver, fid, dim, ert; infinite where a solver never reached the target.

    Returns:
        Solvers that were run on all 24 functions in ``DIMENSION`` variables; infinite where one failed, NaN where all
        did.
    """
    table = frame[frame["dim"] == DIMENSION].pivot_table(index="solver", columns="fid", values="ert", dropna=False)
    table = table.reindex(columns=range(1, 25)).dropna()
    best = table.where(np.isfinite(table)).min(axis=0)
    return np.log10(table / best)


def named_solvers(page: Page) -> None:
    """The section; a sentence where the file is not there.

    Args:
        page: Written to.
    """
    page.heading("The solvers that the paper names")
    text = f"{', '.join(NAMED_SOLVERS)} suit the functions nearest to the tasks"
    rule = "each is among the best quarter of COCO's solvers on the functions named, by expected running time to 1e-8"
    try:
        frame = pd.read_csv(io.BytesIO(RUNTIMES.read()), compression="gzip")
    except DataUnavailableError as error:
        page.text(f"Left out: {left_out(error)}")
        page.claim(Claim(text, "results of BBOB 2019", "", "cannot be tested here", RUNTIMES.name, rule))
        return
    losses = loss_table(frame)
    functions = {"named": NEAREST_FUNCTIONS, "f21, f22": (21, 22)}
    ranks = {label: _ranks(losses[list(group)].to_numpy()) for label, group in functions.items()}
    rows = []
    for solver in NAMED_SOLVERS:
        at = list(losses.index).index(solver)
        row: dict[str, object] = {"solver": solver}
        for f in (*NEAREST_FUNCTIONS, 21, 22):
            row[f"f{f} {FUNCTION_NAMES[f - 1]}"] = float(10 ** losses.loc[solver, f])
        row |= {f"rank on {label}": f"{ranks[label][at]:.0f} of {len(losses)}" for label in functions}
        rows.append(row)
    page.table(
        pd.DataFrame(rows),
        name="named-solvers",
        digits=3,
        caption=f"Expected running time to 1e-8 in {DIMENSION} variables, as a multiple of the best solver's, by "
        f"COCO's data of 2009 and 2010 ({len(losses)} solvers on all functions); ∞: never reached. Ranks by the mean "
        "of the logarithm; one that never reached a target counts as a hundred million times slower.",
    )
    places = [float(ranks["named"][list(losses.index).index(solver)]) for solver in NAMED_SOLVERS]
    good = [place <= len(losses) / 4 for place in places]
    page.claim(
        Claim(
            text,
            "results of BBOB 2019",
            "; ".join(
                f"{solver} {place:.0f} of {len(losses)}" for solver, place in zip(NAMED_SOLVERS, places, strict=True)
            ),
            graded(all(good), weaker=any(good)),
            "on "
            + ", ".join(f"f{f}" for f in NEAREST_FUNCTIONS)
            + f" in {DIMENSION} variables. Nobody has run them on the tasks themselves",
            f"{rule}; weaker: one of them is",
        )
    )


def _ranks(losses: FloatArray) -> FloatArray:
    """Rank of each row by its mean, the best first, (n,)."""
    mean = np.where(np.isfinite(losses), losses, 8.0).mean(axis=1)
    return np.asarray(pd.Series(mean).rank(method="min"), dtype=np.float64)
