"""Finished runs of a small plan."""

from pathlib import Path

import pytest

from experiments.landscape.portfolio_runs import Part, read_plan, run_plan

PLAN = """
[problems]
small = ["nb201-cifar10", "pbo-f1"]

[solvers]
all = ["random-search", "schedule[plan=random-search:30:umda]", "aging-evolution"]

[[part]]
problems = ["small"]
solvers = ["all"]
budget = 40
seeds = [1, 2]
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Part, ...], Path]:
    """A finished plan."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "plan.toml").write_text(PLAN)
    plan = read_plan(folder / "plan.toml")
    run_plan(plan, folder)
    return plan, folder
