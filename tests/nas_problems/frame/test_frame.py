"""Problems from tables that are not full grids: from columns to a space, rows as candidates, predictions elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nas_problems import Categorical, Integer, Metric, Ordinal, Problem, Real, SearchSpace, from_frame
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.frame.columns import infer_space
from nas_problems.frame.problem import Candidates
from nas_problems.space import Codes
from nas_problems.testing import check_problem

KINDS: tuple[Candidates, ...] = ("nearest", "rows", "predicted")


def trained(n: int = 120) -> pd.DataFrame:
    """Tries of a model: momentum only with sgd, one failed, two seeds of the first three, two fidelities."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "rate": 10 ** rng.uniform(-4, 0, n),
            "optimizer": rng.choice(["sgd", "adam"], n),
            "layers": rng.integers(1, 5, n),
        }
    )
    frame["momentum"] = np.where(frame["optimizer"] == "sgd", rng.random(n), np.nan)
    frame["seed"] = 0
    frame = pd.concat([frame, frame[:3].assign(seed=1)])
    frame = pd.concat([frame.assign(epoch=3), frame.assign(epoch=9)], ignore_index=True)
    frame["accuracy"] = np.exp(-np.abs(np.log10(frame["rate"]) + 2)) + 0.01 * frame["epoch"] + 0.1 * frame["seed"]
    frame["seconds"] = frame["layers"] * frame["epoch"] * 1.0
    frame.loc[5, "accuracy"] = np.nan
    return frame


ARGUMENTS: dict[str, Any] = {"metric": "accuracy:max", "fidelity": "epoch", "seed": "seed", "cost": "seconds"}


def test_columns_become_parameters() -> None:
    space = infer_space(trained(), ["rate", "optimizer", "layers", "momentum"])
    rate, optimizer, layers, momentum = space.parameters
    assert isinstance(rate, Real) and rate.log and isinstance(momentum, Real) and not momentum.log
    assert optimizer == Categorical("optimizer", ("adam", "sgd")) and layers == Ordinal("layers", (1, 2, 3, 4))
    one, other = space.canonical([[0.1, 0, 0, 0.5], [0.1, 1, 0, 0.5]])
    assert one[3] == momentum.low and other[3] == 0.5  # adam has no momentum


def test_kinds_of_columns() -> None:
    frame = pd.DataFrame(
        {
            "none": [None] * 20,
            "flag": [True, False] * 10,
            "text": ["a", None] * 10,
            "units": np.arange(16, 36),
            "wide": 2 ** np.arange(20),
        }
    )
    assert infer_space(frame, list(frame)).parameters == (
        Categorical("none", (None,)),
        Categorical("flag", (False, True)),
        Categorical("text", ("a", None)),
        Integer("units", 16, 35),
        Integer("wide", 1, 2**19, log=True),
    )


def test_missing_numbers_that_nothing_explains() -> None:
    frame = pd.DataFrame({"a": [0.1, None, 0.3], "b": ["x", "x", "y"], "loss": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="column 'a': wanted numbers, found 1 missing ones that no other column"):
        from_frame(frame, metric="loss")


@pytest.mark.parametrize("candidates", KINDS)
def test_conformance(candidates: Candidates) -> None:
    problem = from_frame(trained(), candidates=candidates, name="tries", **ARGUMENTS)
    check_problem(problem)
    check_problem(problem.variant(instance=3, fidelity=3))


def test_rows_are_the_candidates() -> None:
    frame = trained()
    problem = from_frame(frame, **ARGUMENTS)
    assert problem.space.n_rows == 120 and list(problem.fidelities.values) == [3, 9] and problem.name == "frame"
    assert problem.optimum is not None
    full = frame[frame["epoch"] == 9].groupby(["rate"])["accuracy"].mean()
    assert -problem.optimum.y == pytest.approx(full.max())
    (best,) = problem.space.decode(problem.optimum.Z)
    assert best["rate"] == full.idxmax()
    found = problem.evaluate(problem.optimum.Z)
    assert found.cost_seconds[0] == 9 * best["layers"]


def test_seeds_are_noise() -> None:
    problem = from_frame(trained(), **ARGUMENTS)
    Z = problem.space.from_rows(np.arange(3))
    assert np.allclose(problem.variant(noise="seed-0")(Z) - problem.variant(noise="seed-1")(Z), 0.1)


def test_a_code_that_is_no_row() -> None:
    """Of the nearest row, or not valid; distances come from the parameters."""
    frame = pd.DataFrame({"width": [1, 2, 4, 8], "loss": [4.0, 3.0, 2.0, 1.0]})
    space = SearchSpace((Integer("width", 1, 16),))
    nearest = from_frame(frame, metric="loss", space=space)
    assert nearest(space.encode([{"width": 3}, {"width": 7}, {"width": 16}])).tolist() == [3.0, 1.0, 1.0]
    assert nearest.space.decode(nearest.space.canonical(space.encode([{"width": 16}]))) == [{"width": 8}]
    rows = from_frame(frame, metric="loss", space=space, candidates="rows")
    found = rows.evaluate(space.encode([{"width": 3}, {"width": 8}]))
    assert found.failed.tolist() == [True, False] and found.reason == {0: "not a valid candidate"}


def test_every_evaluation_says_whether_it_is_a_prediction() -> None:
    frame = pd.DataFrame({"a": ["x", "x", "y", "y"], "b": [1, 2, 1, 3], "loss": [1.0, 2.0, 3.0, 4.0]})
    problem = from_frame(frame, metric="loss", candidates="predicted")
    found = problem.evaluate(problem.space.from_rows(np.arange(6)))
    assert found.metrics["is_predicted"].tolist() == [0, 0, 1, 0, 1, 0]
    assert found.metrics["loss"][[0, 1, 3, 5]].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert ((found.metrics["loss"] >= 1) & (found.metrics["loss"] <= 4)).all() and not found.failed.any()
    assert problem.optimum is not None and problem.optimum.y == 1.0


def test_candidates_without_a_value_at_the_full_fidelity() -> None:
    frame = pd.DataFrame({"a": [1, 2, 1], "epochs": [1, 1, 9], "loss": [5.0, 4.0, 1.0]})
    pool = from_frame(frame, metric="loss", fidelity="epochs")
    assert pool.space.n_rows == 1
    whole = from_frame(frame, metric="loss", fidelity="epochs", candidates="predicted")
    assert whole.evaluate([[0], [1]]).metrics["is_predicted"].tolist() == [0, 1]
    assert whole.evaluate([[0], [1]], fidelity=1).metrics["is_predicted"].tolist() == [0, 0]


def test_neighbours_are_the_nearest_rows() -> None:
    problem = from_frame(trained(), **ARGUMENTS)
    space = problem.space
    z = space.from_rows([7])[0]
    around = space.neighbours(z)
    distance = space.distance(z[None], space.from_rows(np.arange(120)), metric="gower")[0]
    nearest = np.sort(np.delete(distance, 7))[:10]
    assert np.isin(np.round(nearest, 9), np.round(space.distance(z[None], around, metric="gower"), 9)).all()
    assert (space.rows_of(around) != 7).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": "accuracy"}, "wanted accuracy:max or accuracy:min"),
        ({"metric": "los:min"}, "wanted one of the columns .*found 'los'"),
        ({"metric": []}, "wanted at least one column"),
        ({"candidates": "all"}, "candidates: wanted one of"),
        ({"parameters": ["depth"]}, r"wanted columns of .*, found \['depth'\]"),
        ({"parameters": ["rate", "seed"]}, r"wanted columns that are nothing else, found \['seed'\]"),
        ({"distance": "hamming"}, "wanted 'gower' where a parameter is real"),
        ({"fidelity": "optimizer", "parameters": ["rate"]}, "column 'optimizer': wanted numbers"),
        ({"space": SearchSpace((Categorical("optimizer", ("sgd",)),))}, "column 'optimizer': .*found 'adam'"),
        ({"space": SearchSpace((Real("width", 0, 1),))}, r"found no \['width'\]"),
    ],
)
def test_what_does_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_frame(trained(), **{**ARGUMENTS, **change})


def test_one_seed_twice() -> None:
    with pytest.raises(ValueError, match="column 'seed': wanted one row per candidate, fidelity and seed"):
        from_frame(pd.concat([trained(), trained()[:1]]), **ARGUMENTS)


def test_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "tries.of-mine.csv"
    trained().to_csv(path, index=False)
    problem = from_frame(path, test_metric="seconds:min", metric="accuracy:max", fidelity="epoch", seed="seed")
    assert problem.name == "tries" and problem.test_metric == "seconds"
    Z = problem.space.sample(5, np.random.default_rng(0))
    assert np.array_equal(problem(Z), from_frame(trained(), **ARGUMENTS)(Z))


def test_several_metrics() -> None:
    percent = Metric("accuracy", maximize=True, penalty=5.0)
    problem = from_frame(trained(), metric=[percent, "seconds"], fidelity="epoch", seed="seed")
    both = problem.variant(objective=["accuracy", "seconds"])
    assert both.pareto_front is not None and both.pareto_front.Y[:, 1].min() == 9.0


ACCEL = ConvertedFile("accel_nasbench/accel_nasbench_imagenet_proxy.csv.gz", "Accel-NASBench", "", "Apache-2.0")


@pytest.mark.data
def test_accel_nasbench() -> None:
    """5,138 rows of a grid of 10^11: the best row is found by local search among nearest rows, or not at all."""
    if not ACCEL.at_hand:
        pytest.skip(f"{ACCEL.name} is not available")
    frame = pd.read_csv(ACCEL.path())
    blocks = [column for column in frame if column.startswith("block")]
    problem = from_frame(frame, metric="val_top1:max", parameters=blocks, cost="train_time", name="accel")
    assert problem.optimum is not None and round(-problem.optimum.y, 2) == 67.05
    assert problem.space.size == 104_485_552_128 and problem.space.n_rows == 5_125  # 13 rows are trained twice
    Z = problem.space.sample(50, np.random.default_rng(1))
    assert (problem(Z) >= problem.optimum.y).all()


def several_tasks() -> pd.DataFrame:
    """Two tasks in one table, with a column that is always the same."""
    rows = [(task, depth, 100, task * 0.1 + depth * 0.01) for task in (3, 6) for depth in (1, 2, 4)]
    return pd.DataFrame(rows, columns=["task_id", "depth", "trees", "loss"])


def test_one_of_several_tasks_in_a_table(tmp_path: Path) -> None:
    """Its column and constant ones are no parameters; a value that is not there is refused with those that are."""
    several_tasks().to_csv(tmp_path / "forest.csv", index=False)
    problem = from_frame(tmp_path / "forest.csv", metric="loss", where=["task_id=6"])
    assert problem.space.names == ("depth",) and problem.optimum is not None
    assert problem.optimum.y == pytest.approx(0.61)
    with pytest.raises(ValueError, match="where: wanted a value that task_id has, such as 3, 6, found 5"):
        from_frame(several_tasks(), metric="loss", where=["task_id=5"])
    with pytest.raises(ValueError, match=r"where: wanted COLUMN=VALUE with one of .*, found 'task=3'"):
        from_frame(several_tasks(), metric="loss", where=["task=3"])


def test_files_that_are_no_csv(tmp_path: Path) -> None:
    """Parquet is read where it can be; other bytes are one clear error."""
    pytest.importorskip("pyarrow")
    several_tasks().to_parquet(tmp_path / "forest.parquet")
    assert from_frame(tmp_path / "forest.parquet", metric="loss", where=["task_id=3"]).name == "forest"
    (tmp_path / "forest.csv").write_bytes(b"\xff\xf0\x00" * 20)
    with pytest.raises(ValueError, match=r"forest.csv: wanted a csv file, found"):
        from_frame(tmp_path / "forest.csv", metric="loss")


# ---- seeds that failed, of rows of one's own

GAPPED: dict[str, list[float | None]] = {
    "a": [1.0, None, 3.0],
    "b": [None, 2.0, None],
    "c": [4.0, 5.0],
    "d": [6.0, None],
    "e": [None, 7.0, 8.0],
}
"""Candidate -> value per seed; None: the training failed. Each has a row with its cost of 10, 11, 12 seconds."""


def gapped(candidates: Candidates) -> tuple[Problem, Codes]:
    rows = [
        {"op": op, "seed": seed, "loss": value, "cost": 10.0 + seed}
        for op, values in GAPPED.items()
        for seed, value in enumerate(values)
    ]
    frame = pd.DataFrame(rows).astype({"loss": float}).sample(frac=1, random_state=1)
    model = "forest" if candidates == "predicted" else None
    problem = from_frame(frame, metric="loss", seed="seed", cost="cost", candidates=candidates, model=model)
    return problem, problem.space.encode([{"op": op} for op in GAPPED])


@pytest.mark.parametrize("candidates", KINDS)
def test_every_row_is_a_training_wherever_it_failed(candidates: Candidates) -> None:
    """The last seed of b and d failed: their rows were taken for no training, as was known of none in the middle."""
    problem, Z = gapped(candidates)
    means = problem.evaluate(Z)
    assert means.metrics["loss"].tolist() == [2.0, 2.0, 4.5, 6.0, 7.5] and not means.failed.any()
    assert means.cost_seconds.tolist() == [11.0, 11.0, 10.5, 10.5, 11.0]
    for k in range(6):
        found = problem.variant(noise=f"seed-{k}").evaluate(Z)
        wanted = [values[k % len(values)] for values in GAPPED.values()]
        assert found.failed.tolist() == [value is None for value in wanted]
        assert found.metrics["loss"][~found.failed].tolist() == [value for value in wanted if value is not None]
        assert found.cost_seconds.tolist() == [10.0 + k % len(values) for values in GAPPED.values()]


@pytest.mark.parametrize("op", GAPPED)
def test_every_row_is_drawn_equally_often_with_its_own_cost(op: str) -> None:
    problem, _ = gapped("rows")
    Z = np.repeat(problem.space.encode([{"op": op}]), 6000, axis=0)
    found = problem.variant(noise="sampled").evaluate(Z, rng=np.random.default_rng(0))
    for seed, value in enumerate(GAPPED[op]):
        drawn = found.cost_seconds == 10.0 + seed
        assert drawn.mean() == pytest.approx(1 / len(GAPPED[op]), abs=0.03)
        assert found.failed[drawn].all() if value is None else (found.metrics["loss"][drawn] == value).all()


def test_frames_that_cannot_be_read_say_why() -> None:
    rows = pd.DataFrame({"a": [1, 2, 3], "loss": [0.1, 0.2, 0.3], "seed": ["x", None, 3]})
    with pytest.raises(ValueError, match="column 'seed': wanted seeds of one kind"):
        from_frame(rows, metric="loss", parameters=["a"], seed="seed")
    with pytest.raises(ValueError, match=r"frame: wanted distinct names of columns, found \['loss'\] more than once"):
        from_frame(pd.concat([rows, rows[["loss"]]], axis=1), metric="loss")


def test_choices_of_a_given_space_are_read_as_they_are_written(tmp_path: Path) -> None:
    """The choice None, a string, was taken for an empty cell."""
    (tmp_path / "rows.csv").write_text("scaling,code,loss\nNone,01,3\nminmax,02,2\nminmax,01,1\n")
    space = SearchSpace((Categorical("scaling", ("None", "minmax")), Categorical("code", ("01", "02"))))
    problem = from_frame(tmp_path / "rows.csv", metric="loss", space=space)
    assert problem(np.array([[0, 0], [1, 1], [1, 0]])).tolist() == [3.0, 2.0, 1.0]


def test_truth_values_of_any_kind_stay_truth_values() -> None:
    column = pd.array([True, False, None], dtype="boolean")
    space = infer_space(pd.DataFrame({"on": column}), ["on"])
    assert space.parameters == (Categorical("on", (False, True, None)),)


def test_the_best_row_is_a_point_of_the_box() -> None:
    from nas_problems.adapters.ioh import as_ioh

    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"rate": 10 ** rng.uniform(-4, 0, 40), "drop": rng.random(40), "loss": rng.random(40)})
    for best in range(10):
        known = rows.assign(loss=rows["loss"] + (rows.index != best))
        problem = as_ioh(from_frame(known, metric="loss", candidates="rows"), code="box")
        assert problem(list(problem.optimum.x)) == problem.optimum.y == known["loss"].min()
