"""Reading folders that others wrote: logs of several objectives, contradicting indices, other formats."""

import json
from pathlib import Path

import ioh
import numpy as np

from optimizers.ioh_format import Fault, foreign_format, lint, read_runs, scan
from tests.nas_problems import tiny
from tests.optimizers.logs import random_run, write


def multi_objective_log(root: Path) -> Path:
    """Two runs of five evaluations of (F1, F2), each logged by a call of the Analyzer."""

    class Watched:
        F2 = 0.0

    watched, triggers = Watched(), [ioh.logger.trigger.ALWAYS]
    analyzer = ioh.logger.Analyzer(
        triggers=triggers, root=str(root), folder_name="zdt", algorithm_name="NSGA2", store_positions=True
    )
    analyzer.watch(watched, ["F2"])
    optimum = ioh.RealSolution([0.0] * 3, 0.0)
    for shift in range(2):
        analyzer.attach_problem(ioh.MetaData(1, 1, "ZDT1", 3, ioh.OptimizationType.MIN))
        for i in range(1, 6):
            y, x = abs(i - 3.0) + shift, np.full(3, float(i))
            watched.F2 = 10.0 - y
            analyzer.call(ioh.LogInfo(i, y, y, y, y, y, y, x, [], [], optimum, True))
        analyzer.reset()
    analyzer.close()
    return root / "zdt"


def test_logs_of_several_objectives_by_the_maintainers_convention_are_read(tmp_path: Path) -> None:
    runs = read_runs(multi_objective_log(tmp_path))
    assert [run.n_evaluations for run in runs] == [5, 5]  # although the json says 0
    assert [(run.best.evaluation, run.best.y, run.best.x) for run in runs] == [(3, y, (3.0,) * 3) for y in (0.0, 1.0)]
    assert list(runs[1].columns["F2"]) == [7, 8, 9, 8, 7]


def test_a_cut_log_of_several_objectives_is_a_fault(tmp_path: Path) -> None:
    folder = multi_objective_log(tmp_path)
    (data,) = folder.glob("*/*.dat")
    lines = data.read_text().splitlines(keepends=True)
    data.write_text("".join(lines[:-1]))
    (fault,) = lint(folder)
    assert fault.kind == "truncated" and "run 2: the json has 5 evaluations, the data 4 rows" in fault.reason
    data.write_text("".join([*lines[:-1], lines[-2].replace("4 ", "5 ", 1)]))
    (fault,) = lint(folder)
    assert fault.kind == "invalid" and "the last value 3.0, the data 2.0" in fault.reason


def test_rows_can_be_trusted_where_the_index_contradicts_them(tmp_path: Path) -> None:
    """Evaluations and best values then come from the data; without being told so, the file is refused."""
    problem = tiny.table_problem()
    folder = write(tmp_path / "log", problem, random_run(problem, 8, 1))
    (wanted,) = read_runs(folder)
    (index,) = folder.glob("*.json")
    log = json.loads(index.read_text())
    run = log["scenarios"][0]["runs"][0]
    run["evals"], run["best"] = 20, {"evals": 15, "y": -1.0, "x": run["best"]["x"]}
    index.write_text(json.dumps(log))
    faults: list[Fault] = []
    assert not list(scan(folder, faults.append)) and "the json has 20 evaluations" in str(faults[0])
    (found,) = scan(folder, print, trust_data=True)
    assert (found.n_evaluations, found.best.y, found.best.x) == (8, wanted.best.y, wanted.best.x)


def test_files_of_other_formats_are_named(tmp_path: Path) -> None:
    """COCO's, and those of early versions of IOHexperimenter."""
    assert foreign_format(tmp_path) == ""
    (tmp_path / "bbobexp_f1.info").write_text("funcId = 1, DIM = 5\n")
    assert "there is an .info file of COCO or of IOHexperimenter before 0.3" in foreign_format(tmp_path)
