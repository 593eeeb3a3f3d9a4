"""Recommendations by hand, COCO tables in the user's form, and the table of our own runs."""

import os
from pathlib import Path

import ioh
import numpy as np
import pytest

from ela.bbob import as_problem, evaluate_function
from ela.performance import OWN_COLUMNS, Performance, aocc, load_coco, own_performance, read_own, recommend
from ela.placement import Placement, Spread


def placement(*nearest: tuple[int, ...]) -> Placement:
    """Parts of a problem with the given nearest functions, each with the same share."""
    shares = np.zeros((len(nearest), 24))
    for row, functions in zip(shares, nearest, strict=True):
        for f in functions:
            row[f - 1] = 1 / len(functions)
    none = Spread(0, 0)
    return Placement(
        ("a",), {}, np.zeros(1), np.zeros((24, 1)), np.zeros(24), shares, none, none, none, 0.0, 20, "test"
    )


def performance() -> Performance:
    loss = np.tile([[0.2], [0.1], [0.5]], (1, 24))
    loss[0, 0], loss[1, 0] = 0.0, 0.4
    return Performance(("one", "two", "three"), loss, "loss", "test")


def test_the_best_solver_on_the_nearest_functions_is_recommended() -> None:
    ranked = recommend(placement((1,), (1,), (2,)), performance())
    assert [entry.solver for entry in ranked] == ["one", "two", "three"]
    assert ranked[0].loss == pytest.approx(0.2 / 3)
    assert ranked[1].loss == pytest.approx((0.4 + 0.4 + 0.1) / 3)
    assert ranked[0].best == pytest.approx(2 / 3) and ranked[1].best == pytest.approx(1 / 3)
    assert ranked[0].low <= ranked[0].loss <= ranked[0].high


def test_shares_weigh_functions() -> None:
    assert recommend(placement((1, 2, 3, 4)), performance())[0].loss == pytest.approx(3 * 0.2 / 4)


def test_solvers_that_tie_share_the_parts() -> None:
    """The first of equal ones was called the best choice of every part."""
    tied = Performance(("one", "two", "three"), np.tile([[0.1], [0.1 + 1e-12], [0.5]], (1, 24)), "loss", "test")
    assert [entry.best for entry in recommend(placement((1,), (2, 3)), tied)] == [0.5, 0.5, 0.0]


def test_single_best_and_parts_of_a_performance() -> None:
    assert performance().single_best == "two"
    part = performance().only(["three", "one"])
    assert part.solvers == ("three", "one")
    assert part.loss.min() == 0 and part.loss[0, 0] == pytest.approx(0.5)
    with pytest.raises(KeyError, match="four"):
        performance().only(["four"])


class TestCoco:
    """ERT tables: shipped form, cleaned and ranked."""

    def table(self, folder: Path, *, last: int = 24) -> Path:
        lines = ["solver,fid,dim,log10_target,ert"]
        for f in range(1, last + 1):
            for solver, factor in (("fast", 1), ("slow", 10)):
                lines += [f"{solver},{f},{d},{t},{factor * 100 * d}" for d in (5, 20) for t in (0.0, -1.0)]
            lines.append(f"fast,{f},20,-7.0,inf" if f > 1 else f"fast,{f},20,-7.0,5000")
            lines.append(f"slow,{f},20,-7.0,inf")
        lines.append("partial,1,20,0.0,1")
        path = folder / "table.csv"
        path.write_text("\n".join(lines))
        return path

    def test_ratios_to_the_best(self, tmp_path: Path) -> None:
        found = load_coco(self.table(tmp_path), dimension=23)
        assert found.solvers == ("fast", "slow")
        assert found.loss[0, 1:] == pytest.approx(np.zeros(23))
        assert found.loss[1, 1:] == pytest.approx(np.ones(23))  # a target that is never hit does not count
        assert found.loss[1, 0] == pytest.approx((1 + 1 + 4) / 3)  # and one that it alone misses costs 4
        assert "2 solvers in 20-d" in found.label

    def test_wrong_tables(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="ert_multi_target_18_solvers"):
            load_coco(tmp_path, dimension=5)
        with pytest.raises(ValueError, match="all 24 functions"):
            load_coco(self.table(tmp_path, last=3), dimension=5)
        (tmp_path / "other.csv").write_text("a,b\n1,2\n")
        with pytest.raises(ValueError, match="wanted the columns"):
            load_coco(tmp_path / "other.csv", dimension=5)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (",2000\n", ",-3\n", "column ert: wanted numbers in 1e-09 ... inf, found '-3"),  # was the best of all
            (",2000\n", ",0\n", "column ert: wanted numbers in 1e-09 ... inf, found '0"),
            (",2000", ",soon", "column ert: .* found 'soon'"),
            ("fast,3,20,", "fast,3,0,", "column dim: wanted numbers in 1 ... 1e[+]06, found '0'"),
            ("fast,3,20,", "fast,3,twenty,", "column dim: .* found 'twenty'"),
            ("fast,3,20,", "fast,3,nan,", "column dim: .* found 'nan'"),
            ("fast,3,", "fast,third,", "column fid: .* found 'third'"),
            (",0.0,", ",near,", "column log10_target: .* found 'near'"),
            ("slow,7,", '"slow,7,', "wanted a csv, found ParserError"),
            ("slow,7,", "slow,7,8,9,10,", "wanted a csv, found ParserError"),
        ],
    )
    def test_numbers_that_cannot_be(self, old: str, new: str, message: str, tmp_path: Path) -> None:
        path = self.table(tmp_path)
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        with pytest.raises(ValueError, match=rf"table\.csv: {message}"):
            load_coco(path, dimension=20)

    def test_functions_of_other_suites_do_not_count(self, tmp_path: Path) -> None:
        """Noisy ones, 101 ... 130; and a solver whose third function has a number between two is not complete."""
        path = self.table(tmp_path)
        text = path.read_text()
        path.write_text(text + "\nfast,101,20,0.0,1\nslow,101,20,0.0,1\n")
        found = load_coco(path, dimension=20)
        assert found.loss.shape == (2, 24) and found.loss[1, 1:] == pytest.approx(np.ones(23))
        path.write_text(text.replace("fast,3,", "fast,3.5,"))
        assert load_coco(path, dimension=20).solvers == ("slow",)

    def test_targets_that_rounding_has_moved_are_the_same(self, tmp_path: Path) -> None:
        path = self.table(tmp_path)
        path.write_text(path.read_text().replace("slow,3,20,-1.0,", "slow,3,20,-1.00000001,"))
        assert load_coco(path, dimension=20).loss[1, 2] == pytest.approx(1.0)  # two columns, each missed by one: 2

    def test_a_row_that_is_there_twice_is_refused(self, tmp_path: Path) -> None:
        path = self.table(tmp_path)
        path.write_text(path.read_text() + "\nfast,3,20,-1.0,9\n")
        with pytest.raises(ValueError, match="once in 20-d, found 'fast' on f3 with log10_target -1 twice"):
            load_coco(path, dimension=20)
        assert load_coco(path, dimension=5).solvers == ("fast", "slow")

    @pytest.mark.data
    @pytest.mark.skipif(
        not (Path(os.environ.get("IOHNAS_DATA", "")) / ".." / "bbob_solvers").is_dir(),
        reason="no bbob_solvers next to $IOHNAS_DATA",
    )
    def test_real_tables(self) -> None:
        found = load_coco(Path(os.environ["IOHNAS_DATA"]) / ".." / "bbob_solvers", dimension=20)
        assert len(found.solvers) >= 15
        order = [found.solvers[i] for i in found.loss.mean(axis=1).argsort()]
        assert order.index("BIPOP-CMA-ES") < order.index("DE-scipy-2019")


class TestOwnTable:
    """Our own runs."""

    TEXT = "\n".join(
        [
            ",".join(OWN_COLUMNS),
            *(
                f"{solver},{d},{f},{b},5,0.5,{precision}"
                for solver, precision in (("a", 0.4), ("b", 0.1))
                for d in (5, 20)
                for f in range(1, 25)
                for b in (10, 100)
            ),
        ]
    )

    def test_loss_against_the_best(self) -> None:
        found = own_performance(dimension=9, budget=50, table=read_own(self.TEXT))
        assert found.solvers == ("a", "b") and found.single_best == "b"
        assert found.loss[:, 0] == pytest.approx([0.3, 0])
        assert "in 5-d, 100 evaluations per variable" in found.label

    def test_a_missing_function_is_named(self) -> None:
        text = "\n".join(line for line in self.TEXT.splitlines() if not line.startswith("b,5,7,"))
        with pytest.raises(ValueError, match="b has no run on f7 in 5-d"):
            own_performance(dimension=5, budget=10, table=read_own(text))
        with pytest.raises(ValueError, match="dimension: wanted an integer >= 1"):
            own_performance(dimension=0, table=read_own(text))
        with pytest.raises(ValueError, match="wanted the columns"):
            read_own("a,b\n1,2")

    def test_the_shipped_table_has_all_functions(self) -> None:
        for dimension in (5, 20):
            found = own_performance(dimension=dimension, budget=50)
            assert "random-search" in found.solvers and len(found.solvers) >= 10
            assert (found.loss >= 0).all() and (found.loss.min(axis=0) == 0).all()
            assert found.single_best != "random-search"


class TestArea:
    """Area over the convergence curve."""

    def test_ends(self) -> None:
        assert aocc(np.array([1e3, 1e2]), 2) == 0
        assert aocc(np.array([1e-9]), 10) == 1

    def test_the_best_so_far_counts(self) -> None:
        assert aocc(np.array([1.0, 1e2, 1.0]), 3) == pytest.approx(0.2)

    def test_nothing_evaluated(self) -> None:
        with pytest.raises(ValueError, match="at least one of each"):
            aocc(np.array([]), 3)


def test_a_bbob_function_as_a_problem() -> None:
    problem = as_problem(8, 3, 4)
    X = np.random.default_rng(0).uniform(-5, 5, (6, 4))
    best = ioh.get_problem(8, 3, 4, ioh.ProblemClass.BBOB).optimum.y
    assert np.allclose(problem(X), evaluate_function(8, 3, X) - best, rtol=1e-12)
    assert problem.target < problem(X).min()
    with pytest.raises(ValueError, match=r"function: wanted 1 \.\.\. 24"):
        as_problem(0, 1, 4)
