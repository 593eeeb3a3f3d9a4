"""The published trajectories of DEHB."""

import numpy as np
import pytest

from experiments.papers.dehb_trajectories import FILES, SHOWN, own_runs, trajectory


@pytest.mark.data
@pytest.mark.parametrize(("version", "wanted"), [("0.1.2", (10.24, 9.31, 8.54)), ("0.0.7", (9.95, 9.05, 8.71))])
def test_published_trajectories_fall_to_the_known_values(version: str, wanted: tuple[float, ...]) -> None:
    if not FILES[version].at_hand:
        pytest.skip("DEHB's trajectories are absent: set IOHNAS_DATA")
    mean, sd = trajectory(version)
    assert (np.diff(mean) <= 1e-9).all()
    assert [mean[n - 1] for n in SHOWN] == pytest.approx(wanted, abs=0.005)
    assert sd.shape == mean.shape == (300,)


def test_own_runs_fall_and_come_near_the_optimum() -> None:
    pytest.importorskip("dehb", reason="needs the extra multi-fidelity")
    (run,) = own_runs(1, 1)
    assert run.shape == (300,)
    assert (np.diff(run) <= 0).all()
    assert 8.39 < run[-1] < 9.5
