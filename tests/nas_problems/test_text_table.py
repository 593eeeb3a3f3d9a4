"""The csv tables of ours, and what a stranger could have written in their place."""

import numpy as np
import pytest

from ela.performance import OWN_COLUMNS, own_performance, read_own
from nas_problems.text_table import column, read_text_table
from optimizers.selector.recorded import COLUMNS, read_csv, to_csv

COLUMNS_HERE = {"name": column("U"), "n": column("i", 0), "share": column("f", 0, 1)}


def read(text: str) -> tuple[tuple[str, ...], list[int], list[float]]:
    table = read_text_table(text, what="shares", columns=COLUMNS_HERE, key=("name", "n"))
    return table.texts["name"], table.numbers["n"].tolist(), table.numbers["share"].tolist()


def test_a_table_is_read() -> None:
    assert read("name,n,share\r\na,1,0.5\n\nb,2,1e-3\n") == (("a", "b"), [1, 2], [0.5, 0.001])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"shares: wanted the columns \('name', 'n', 'share'\), found \(\)"),
        ("name,n\na,1\n", r"wanted the columns .* found \('name', 'n'\)"),
        ("name,n,share\n\n", "wanted rows, found a header alone"),
        ("name,n,share\na,1\n", "wanted 3 cells in line 2, found 2"),
        ("name,n,share\na,1,.5\nb,2,.5,.5\n", "wanted 3 cells in line 3, found 4"),
        ("name,n,share\n,1,.5\n", "wanted a name as name in line 2, found ''"),
        ("name,n,share\n\x1b[31mred,1,.5\n", "wanted a name as name in line 2"),
        ("name,n,share\n" + "a" * 3000 + ",1,.5\n", "wanted a name as name in line 2"),
        ("name,n,share\n" + "a" * 200_000 + ",1,.5\n", "wanted a csv, found field larger"),
        ("name,n,share\na,1.5,.5\n", "wanted an integer as n in line 2, found '1.5'"),
        (f"name,n,share\na,{10**30},.5\n", "wanted an integer as n in line 2"),
        ("name,n,share\na," + "9" * 5000 + ",.5\n", "wanted an integer as n in line 2"),
        ("name,n,share\na,-1,.5\n", "found n with values in -1 ... -1"),
        ("name,n,share\na,1,many\n", "wanted a number as share in line 2, found 'many'"),
        ("name,n,share\na,1,nan\n", "found share with values that are not finite"),
        ("name,n,share\na,1,1e999\n", "found share with values that are not finite"),
        ("name,n,share\na,1,1.5\n", "found share with values in 1.5 ... 1.5"),
        ("name,n,share\na,1,.5\nb,1,.5\na,1,.7\n", r"wanted every name, n once, found \('a', 1\) in lines 2 and 4"),
    ],
)
def test_what_is_no_such_table_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(text)


RUNS = ",".join(COLUMNS) + "\np,random-search,10,1,1,nan\np,umda,10,3,0.25,0.125\n"


def test_losses_are_logarithms_of_ratios() -> None:
    portfolio = read_csv(RUNS)
    assert portfolio.loss.tolist() == [[[0.0], [-2.0]]] and portfolio.runs.tolist() == [[[1], [3]]]
    np.testing.assert_allclose(portfolio.error[0, :, 0], [np.nan, 0.5 / np.log(2)])
    assert read_csv(to_csv(portfolio)).loss.tolist() == portfolio.loss.tolist()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("p,random-search,10,1,7,0", "once, found .* in lines 2 and 4"),  # which of the two would count?
        ("p,cma-es,10,1,-3,0", "loss with values in -3"),  # was taken for the best of all
        ("p,cma-es,10,1,inf,0", "loss with values that are not finite"),
        ("p,cma-es,0,1,1,0", "budget with values in 0"),
        ("p,cma-es,10,-1,1,0", "runs with values in -1"),
        ("p,cma-es,10,1,1,-4", "standard_error with values in -4"),
        (f"p,cma-es,{10**30},1,1,0", "wanted an integer as budget in line 4"),
        ("p,cma-es,10", "wanted 6 cells in line 4, found 3"),
        ("p,cma-es,20,1,1,0", "cma-es has no run on p with 10 evaluations"),
    ],
)
def test_losses_that_cannot_be(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"portfolio: .*{message}"):
        read_csv(RUNS + line + "\n")


LINES = [f"{solver},5,{f},100,5,.5,{f - 9 * (solver == 'b')}" for solver in "ab" for f in range(1, 25)]
OWN = "\n".join([",".join(OWN_COLUMNS), *LINES, ""])


def test_a_table_of_ones_own_is_what_recommendations_are_made_of() -> None:
    found = own_performance(dimension=5, budget=100, table=read_own(OWN))
    assert found.solvers == ("a", "b") and found.loss.tolist() == [[4.0] * 24, [0.0] * 24]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,5,0,100,5,.5,-9", "function with values in 0 ... 24"),  # was counted as f24
        ("a,5,-1,100,5,.5,-9", "function with values in -1"),
        ("a,5,25,100,5,.5,-9", "function with values in 1 ... 25"),
        ("a,0,1,100,5,.5,-9", "dimension with values in 0"),
        ("a,5,1,-3,5,.5,-9", "budget with values in -3"),
        ("a,5,1,100,5,7,-9", "aocc with values in 0.5 ... 7"),
        ("a,5,1,100,5,.5,-inf", "log10_precision with values that are not finite"),
        ("a,5,1,100,5,.5,-9", "once, found .* in lines 2 and 50"),
        ("a,5", "wanted 7 cells in line 50, found 2"),
    ],
)
def test_precisions_that_cannot_be(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"portfolio: .*{message}"):
        read_own(OWN + line + "\n")
