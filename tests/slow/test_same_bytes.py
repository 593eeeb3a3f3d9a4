"""The same study gives the same bytes wherever it is carried out, but for measured times."""

from contextlib import closing
from pathlib import Path

import pytest

from experiments.executor import Failure, Settings, make_executor
from experiments.folder import StudyFolder
from experiments.folder.merge import merge_logs
from experiments.session import work_on
from experiments.study import Study

pytestmark = pytest.mark.slow

TABLES = Study(
    problems=("nb201-cifar10", "fcnet-protein"),
    solvers=("random-search", "local-search", "cma-es", "deap-ga", "pymoo-ga", "nevergrad:OnePlusOne"),
    budget=30,
    runs=2,
    noise=("sampled",),
    initializers=("uniform", "latin-hypercube"),
)
ESTIMATORS = Study(problems=("knn-wine",), solvers=("random-search", "aging-evolution"), budget=4, runs=2)
NETWORKS = Study(
    problems=("train-mlp-digits",), solvers=("random-search",), budget=4, runs=2, noise=("seed-0",), fidelity=1
)


def bytes_but_times(folder: StudyFolder, *, measured: bool) -> dict[str, bytes]:
    """Name -> content of all merged logs; without the column ``cost`` where it is measured."""
    merge_logs(folder)
    root = folder.merged_path
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    if not measured:
        return found
    return {name: without_cost(content) if name.endswith(".dat") else content for name, content in found.items()}


def without_cost(content: bytes) -> bytes:
    lines = []
    for line in content.splitlines(keepends=True):
        cells = line.split(b" ")
        if cells[0] == b"evaluations":
            column = cells.index(b"cost")
        lines.append(b" ".join(cell for i, cell in enumerate(cells) if i != column))
    return b"".join(lines)


def test_the_column_that_is_left_out() -> None:
    assert without_cost(b"evaluations raw_y cost x0\n1 2.5 0.1 3\n") == b"evaluations raw_y x0\n1 2.5 3\n"


@pytest.mark.parametrize("study", [TABLES, ESTIMATORS, NETWORKS], ids=["tables", "estimators", "networks"])
def test_serial_local_and_dask(study: Study, tmp_path: Path) -> None:
    found = []
    for name, n_workers in (("serial", 0), ("local", 2), ("dask", 2)):
        folder = StudyFolder.prepare(tmp_path / name, study)
        with closing(make_executor(name, Settings(workers=n_workers))) as executor:
            assert not any(isinstance(outcome, Failure) for _, outcome in work_on(folder, executor))
        found.append(bytes_but_times(folder, measured=study is not TABLES))
    assert len(found[0]) == 2 * len(study.problems) * len(study.solvers) * len(study.initializers)
    assert found[0] == found[1] == found[2]
