"""Figures of a study for papers: matplotlib figures, made from the runs of any study's folder, or from runs in memory.

Colours belong to solvers: the order of ``labels`` decides, so that the figures of one paper agree. Fonts, line
widths, colours and sizes are those of matplotlib's settings; see ``experiments.figures.drawn_in``.
"""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from experiments.figures import draw
from experiments.folder import StudyFolder
from experiments.report.curves import convergence_panels, ecdf_panels, time_panels
from experiments.report.figures import draw_boxes, draw_ranks
from experiments.report.final import compare, final_boxes
from experiments.report.memory import runs_of
from experiments.report.result import load_results
from experiments.report.runs import ProblemRuns, by_problem, solvers_of
from experiments.report.selection import Selection
from nas_problems.array import brief
from optimizers.ioh_format import Fault, FormatError
from optimizers.runlog import RunLog

Runs = Sequence[ProblemRuns] | Sequence[RunLog]
"""Of a study's folder, or in memory."""


def load_runs(
    path: Path | str, *, solvers: Sequence[str] | None = None, problems: Sequence[str] | None = None
) -> list[ProblemRuns]:
    """The finished runs of a study, one entry per problem.

    Args:
        path: The study's folder.
        solvers: Which solvers, see ``Selection``; None: all.
        problems: Which problems; None: all.

    Raises:
        FormatError: Runs that are damaged; all are named.
        KeyError: A name that no run has; the message has the nearest ones.
        ValueError: Not the folder of a study, or no finished runs in it.
    """
    faults: list[Fault] = []
    results = load_results(StudyFolder.open(path), faults.append)
    if faults:
        raise FormatError(tuple(faults))
    if not results:
        raise ValueError(f"{path}: wanted finished runs, found none")
    return by_problem(Selection(solvers, problems).of(results))


def plot_convergence(runs: Runs, *, labels: Sequence[str] | None = None) -> Figure:
    """Median and quartiles of what the incumbent is worth against evaluations, a panel per problem.

    Args:
        runs: From ``load_runs``, at most nine problems; or what ``optimizers.run`` returned, see ``runs_of``.
        labels: All solvers in the order of their colours; None: those of these problems.

    Raises:
        ValueError: No problem, or more than nine.
    """
    problems = _checked(runs)
    return draw(convergence_panels(problems), labels=_labels(problems, labels))


def plot_time(runs: Runs, *, labels: Sequence[str] | None = None) -> Figure:
    """``plot_convergence`` against seconds of training.

    Raises:
        ValueError: No problem with logged seconds, or more than nine.
    """
    problems = _checked(runs)
    return draw(time_panels(problems), labels=_labels(problems, labels))


def plot_targets(runs: Runs, *, labels: Sequence[str] | None = None) -> Figure:
    """Fractions of targets reached (ECDF) against evaluations: over all problems, and a panel per problem.

    Raises:
        ValueError: No problem, or more than eight.
    """
    problems = _checked(runs)
    return draw(ecdf_panels(problems), labels=_labels(problems, labels))


def plot_final(runs: Runs, *, labels: Sequence[str] | None = None) -> Figure:
    """What every run ended with, a point each, and boxes; a panel per problem.

    Raises:
        ValueError: No problem with an evaluation that succeeded.
    """
    problems = _checked(runs)
    boxes = final_boxes(problems)
    shown = [problem for problem, groups in boxes.panels.items() if groups]
    if not shown:
        raise ValueError("problems: wanted at least one with an evaluation that succeeded, found none")
    return draw_boxes(boxes, shown, _labels(problems, labels))


def plot_ranks(runs: Runs, *, labels: Sequence[str] | None = None) -> Figure:
    """Ranks over problems and instances, and which solvers are not told apart.

    Raises:
        ValueError: Fewer than two solvers that searched all problems.
    """
    problems = _checked(runs)
    comparison, notes = compare(problems)
    if comparison is None:
        raise ValueError(f"problems: wanted two solvers that searched all of them, found fewer; {'; '.join(notes)}")
    return draw_ranks(comparison, _labels(problems, labels))


def _checked(runs: Runs) -> Sequence[ProblemRuns]:
    """What ``load_runs`` gives, or an error that names it."""
    given = list(runs) if isinstance(runs, Sequence) else [runs]
    if given and isinstance(runs, Sequence) and all(isinstance(each, RunLog) for each in given):
        return runs_of([each for each in given if isinstance(each, RunLog)])
    problems = [each for each in given if isinstance(each, ProblemRuns)]
    if len(problems) < len(given) or not isinstance(runs, Sequence):
        wrong = [each for each in given if not isinstance(each, ProblemRuns)]
        raise ValueError(
            "runs: wanted what load_runs gives of a study's folder, or what optimizers.run returned, found "
            f"{brief((wrong or given)[0])}"
        )
    return problems


def _labels(problems: Sequence[ProblemRuns], labels: Sequence[str] | None) -> list[str]:
    """The solvers in the order of their colours; those that are not listed come last."""
    known = list(dict.fromkeys(labels or ()))
    return known + [name for name in solvers_of(problems) if name not in known]
