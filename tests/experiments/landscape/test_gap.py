"""What the gap to the virtual best consists of."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.landscape.gap import PARTS, draw_gap, gap_frame
from experiments.landscape.oracle import hindsight_frame
from optimizers.selector.portfolio import Portfolio
from tests.experiments.landscape.test_judgement import planted


def parts(part: Portfolio) -> dict[str, float]:
    """Part -> log2 loss."""
    frame = gap_frame(part)
    return dict(zip(frame["part of the gap"], frame["log2 loss"], strict=True))


def test_parts_add_up_to_the_gap() -> None:
    """With noise and without, where nothing is luck."""
    part = planted().at(100)
    for error in (0.0, 0.2):
        frame = hindsight_frame(part).set_index("in hindsight")["log2 loss"]
        gap = frame["best single solver"] - frame["virtual best"]
        found = parts(replace(part, error=np.full_like(part.error, error)))
        assert sum(found.values()) == pytest.approx(gap)
        assert error or found[PARTS[3]] == pytest.approx(0, abs=1e-12)


def test_a_solver_that_is_good_on_one_family_is_a_part_of_the_families() -> None:
    """By hand: umda has -2 on all problems of a family in four, aging evolution -0.3 on the others."""
    part = planted().at(100)
    kept = [part.solvers.index(solver) for solver in ("random-search", "umda", "aging-evolution")]
    loss = part.loss[:, kept].copy()
    loss[0, 1, np.array(part.families) == "mlp"] = -2.0
    few = replace(
        part, solvers=("random-search", "umda", "aging-evolution"), loss=loss, error=0 * loss, runs=part.runs[:, kept]
    )
    found = parts(few)
    assert found == pytest.approx({PARTS[0]: 0, PARTS[1]: 0.75 * 0.1, PARTS[2]: 0, PARTS[3]: 0}, abs=1e-12)
    assert len(draw_gap([gap_frame(few), gap_frame(part)]).axes[0].get_yticks()) == 2


def test_equal_solvers_have_luck_alone() -> None:
    """Most of the gap is noise where no solver is better than another anywhere."""
    part = planted(200).at(100)
    rng = np.random.default_rng(3)
    noise = rng.normal(scale=0.2, size=part.loss.shape) * (np.arange(5) > 0)[:, None]
    found = gap_frame(replace(part, loss=noise, error=np.full_like(noise, 0.2))).set_index("part of the gap")
    assert found.loc[PARTS[3], "share"] > 0.7
