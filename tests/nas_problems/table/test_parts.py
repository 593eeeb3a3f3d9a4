"""The parts of a table that is being built, and what can be in their place; without training."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.table.build import Journal
from nas_problems.table.plan import MEASURE, MEASURES, SCORES, TablePlan, Unit
from tests.nas_problems.hostile import rewrite

PLAN = TablePlan("nb201", "digits", TrainingProtocol(epochs=2), (1, 2), 1, 3, CellSkeleton(2, 1, 1, 4), 7)
Changed = Callable[[dict[str, NDArray[Any]], dict[str, Any]], object]


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "3", "{", "[" * 100_000, '{"a": ' * 100_000, "\x00", " " * (2**20 + 1)], ids=range(9)
)
def test_a_damaged_plan_is_one_clear_error(text: str, tmp_path: Path) -> None:
    Journal(PLAN, tmp_path).open()
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(ValueError, match=r"plan\.json: wanted the plan of a table, found something else"):
        Journal(PLAN, tmp_path).open()


def test_a_plan_that_lacks_something_is_another_one(tmp_path: Path) -> None:
    Journal(PLAN, tmp_path).open()
    (tmp_path / "plan.json").write_text(json.dumps({**PLAN.record(), "epochs": 10**400}))
    with pytest.raises(ValueError, match="wanted units of this plan, found others; epochs differ"):
        Journal(PLAN, tmp_path).open()


def unit_of(tmp_path: Path, unit: Unit) -> Journal:
    """A journal with one unit of three candidates."""
    journal = Journal(PLAN, tmp_path)
    journal.open()
    if unit.seed == MEASURE:
        arrays: dict[str, NDArray[Any]] = {name: np.ones(3) for name in MEASURES}
    else:
        arrays = {name: np.zeros((2, 3)) for name in SCORES}
        arrays |= {name: np.full((2, 3), 7) for name in ("validation_right", "test_right")}
        arrays["seconds"] = np.ones(2)
    journal.add(unit, arrays)
    return journal


@pytest.mark.parametrize(
    ("seed", "change", "message"),
    [
        (0, lambda a, r: a.pop("test_kappa"), "no array test_kappa"),  # was a KeyError at the end of a build of days
        (0, lambda a, r: a.update(validation_right=a["validation_right"][:, :2]), "validation_right of shape"),
        (0, lambda a, r: a.update(validation_right=a["validation_right"][:1]), "validation_right of shape"),
        (0, lambda a, r: a["test_right"].__setitem__((0, 0), -2), "test_right with values in -2"),
        (0, lambda a, r: a["train_accuracy"].__setitem__((0, 0), 101), "train_accuracy with values in 0.0 ... 101"),
        (0, lambda a, r: a.update(test_right=a["test_right"].astype(float)), "test_right of float64"),
        (0, lambda a, r: a["seconds"].__setitem__(0, np.nan), "seconds with values that are not finite"),
        (MEASURE, lambda a, r: a.update(n_flops=np.ones(2)), "n_flops of shape"),
        (MEASURE, lambda a, r: a["latency_seconds"].__setitem__(0, -1), "latency_seconds with values in -1"),
        (MEASURE, lambda a, r: a["n_parameters"].__setitem__(0, np.inf), "n_parameters with values that are not"),
    ],
)
def test_a_part_that_cannot_be_is_named_with_the_way_out(
    seed: int, change: Changed, message: str, tmp_path: Path
) -> None:
    unit = Unit(seed, 0)
    journal = unit_of(tmp_path, unit)
    assert len(journal.read(unit)) in (len(MEASURES), len(SCORES) + 3)
    what = f"the result of the unit {unit.name} (remove the file, and the unit is done again)"
    rewrite(journal.path(unit), what, change)
    with pytest.raises(ValueError, match=rf"0000\.npz: .*remove the file, .* is done again\), found {message}"):
        journal.read(unit)
