"""What came out of a study: one table, convergence and ECDF figures, and the numbers behind them as csv.

Statistics become plain data here (``overview``, ``convergence_panels``, ``ecdf_panels``); how they are
shown is the business of ``experiments.figures`` and ``experiments.page``.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from experiments import statistics
from experiments.figures import MAX_PANELS, Curve, Panel, draw, shown_points
from experiments.folder import StudyFolder
from experiments.page import Page
from experiments.result import Result, load_results, regret_matrix
from nas_problems.array import FloatArray
from optimizers.ioh_format import Fault

Groups = Mapping[str, Mapping[str, Sequence[Result]]]
"""Problem -> algorithm -> runs."""


def grouped(results: Sequence[Result]) -> Groups:
    """Sorted results by problem and algorithm."""
    return {
        problem: {name: list(runs) for name, runs in groupby(of_problem, key=lambda r: r.record.algorithm)}
        for problem, of_problem in groupby(results, key=lambda r: r.record.problem)
    }


def overview(results: Sequence[Result], failures: Mapping[str, object]) -> pd.DataFrame:
    """One row per problem and solver, best median final regret first.

    Args:
        results: Finished runs, sorted.
        failures: Runs that failed, by key.

    Returns:
        Columns: problem, solver, runs, final_regret (median), target_regret (the median final regret of
        all runs on the problem), reached (fraction of runs at the target), evaluations_to_target (median;
        inf where fewer than half of the runs reach it), expected_running_time, cost_seconds and
        wall_seconds (medians per run), failed_evaluations (fraction) and failed_runs.
    """
    rows = []
    for problem, algorithms in grouped(results).items():
        budget = _budget([run for runs in algorithms.values() for run in runs])
        V = {name: regret_matrix(runs, budget) for name, runs in algorithms.items()}
        target = float(np.median(np.concatenate([values[:, -1] for values in V.values()])))
        for name, runs in algorithms.items():
            records = [run.record for run in runs]
            hits = statistics.first_hits(V[name], target)
            rows.append(
                {
                    "problem": problem,
                    "solver": name,
                    "runs": len(runs),
                    "final_regret": float(np.median(V[name][:, -1])),
                    "target_regret": target,
                    "reached": float(np.mean(hits > 0)),
                    "evaluations_to_target": statistics.median_hit(hits),
                    "expected_running_time": statistics.expected_running_time(hits, budget),
                    "cost_seconds": float(np.median([record.cost_seconds for record in records])),
                    "wall_seconds": float(np.median([record.wall_seconds for record in records])),
                    "failed_evaluations": sum(r.n_failed for r in records) / sum(r.n_evaluations for r in records),
                    "failed_runs": _n_failed(failures, problem, name),
                }
            )
    rows += [
        {"problem": problem, "solver": name, "runs": 0, "failed_runs": _n_failed(failures, problem, name)}
        for problem, name in sorted({_place(key) for key in failures})
        if not any(row["problem"] == problem and row["solver"] == name for row in rows)
    ]
    columns = ["problem", "solver", "runs", "final_regret", "target_regret", "reached", "evaluations_to_target"]
    columns += ["expected_running_time", "cost_seconds", "wall_seconds", "failed_evaluations", "failed_runs"]
    return pd.DataFrame(rows, columns=columns).sort_values(["problem", "final_regret"], ignore_index=True)


def _place(key: str) -> tuple[str, str]:
    problem, algorithm, _ = key.split("/")
    return problem, algorithm


def _n_failed(failures: Mapping[str, object], problem: str, algorithm: str) -> int:
    return sum(_place(key) == (problem, algorithm) for key in failures)


def _budget(results: Sequence[Result]) -> int:
    return max(int(run.evaluations[-1]) for run in results)


def convergence_panels(results: Sequence[Result]) -> list[Panel]:
    """Median regret of the incumbent with quartiles against evaluations, a panel per problem."""
    panels = []
    for problem, algorithms in grouped(results).items():
        runs = [run for found in algorithms.values() for run in found]
        budget = _budget(runs)
        at = shown_points(budget)
        x = (at + 1).astype(np.float64)
        curves = []
        for name, found in algorithms.items():
            lower, middle, upper = statistics.quantile_bands(regret_matrix(found, budget))[:, at]
            curves.append(Curve(name, x, middle, lower, upper))
        record = runs[0].record
        label = f"regret, {record.objective}" if record.target_is_optimum else _above(record.objective, record.target)
        panels.append(Panel(problem, "evaluations", label, curves, y_scale="log"))
    return panels


def _above(objective: str, bound: float) -> str:
    return objective if bound == 0 else f"{objective} above {bound:g}"


def ecdf_panels(results: Sequence[Result]) -> list[Panel]:
    """Fraction of (run, target) pairs reached against evaluations, a panel per problem."""
    panels = []
    for problem, algorithms in grouped(results).items():
        budget = _budget([run for found in algorithms.values() for run in found])
        at = shown_points(budget)
        x = (at + 1).astype(np.float64)
        V = {name: regret_matrix(found, budget) for name, found in algorithms.items()}
        best, worst = statistics.target_range(np.concatenate(list(V.values())))
        curves = [
            Curve(name, x, statistics.attainment(values, best=best, worst=worst).mean(axis=0)[at])
            for name, values in V.items()
        ]
        panels.append(Panel(problem, "evaluations", "fraction of targets reached", curves, y_range=(0, 1.02)))
    return panels


def caption(results: Sequence[Result]) -> str:
    """Noise modes, fidelities, instances and numbers of runs behind a figure, as one line."""
    records = [run.record for run in results]
    runs = sorted({len(found) for algorithms in grouped(results).values() for found in algorithms.values()})
    n_runs = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
    parts = [
        f"{n_runs} run{'' if n_runs == '1' else 's'} per curve",
        f"noise {', '.join(sorted({r.noise for r in records}))}",
        f"fidelity {', '.join(sorted({r.fidelity for r in records}))}",
    ]
    instances = sorted({r.instance for r in records})
    if instances != [1]:
        parts.append(f"instances {', '.join(map(str, instances))}")
    return "; ".join(parts)


def curves_table(panels: Sequence[Panel]) -> pd.DataFrame:
    """The numbers of panels, one row per drawn point."""
    frames = []
    for panel in panels:
        for curve in panel.curves:
            columns: dict[str, FloatArray | str] = {"problem": panel.title, "solver": curve.label}
            columns |= {"evaluations": curve.x, "value": curve.middle}
            if curve.lower is not None and curve.upper is not None:
                columns |= {"lower_quartile": curve.lower, "upper_quartile": curve.upper}
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def write_report(folder: StudyFolder, out: Path) -> tuple[pd.DataFrame, list[Fault], Path]:
    """Write the page of a study: table, figures, csv.

    Args:
        folder: The study's folder.
        out: Folder of the page, made if absent.

    Returns:
        The table of ``overview``, the files that could not be trusted and were left out, and the page.
    """
    faults: list[Fault] = []
    results = load_results(folder, faults.append)
    failures = folder.failures()
    table = overview(results, failures)
    page = Page(out, f"Study {folder.path.resolve().name}", f"iohnas report {folder.path}")
    study = folder.study
    page.text(
        f"{len(results)} runs of {study.budget} evaluations: {table['problem'].nunique()} problems, "
        f"{table['solver'].nunique()} solvers. {len(failures)} runs failed; {len(faults)} files were left out."
    )
    for fault in faults:
        page.text(f"- left out: {fault}")
    page.table(
        table,
        name="overview",
        caption="Medians over runs. Regret is that of the incumbent, without noise; the target is the median final "
        "regret of all runs on the problem. Cost: recorded or measured training; wall: time of the run here.",
    )
    for name, title, panels in (
        ("convergence", "Regret of the incumbent: median and quartiles", convergence_panels(results)),
        ("ecdf", "Fraction of targets reached, spread evenly over the logarithm", ecdf_panels(results)),
    ):
        for suffix, chunk in _chunks(panels):
            text = f"{title}; {caption([r for r in results if r.record.problem in {p.title for p in chunk}])}."
            page.figure(draw(chunk, caption=text), name=f"{name}{suffix}", caption=text)
        if panels:
            out.mkdir(parents=True, exist_ok=True)
            curves_table(panels).to_csv(out / f"{name}.csv", index=False)
            page.text(f"The numbers behind it: [csv]({name}.csv).")
    for key, failure in failures.items():
        page.text(f"- failed: {key}: {failure.reason}")
    return table, faults, page.write()


def _chunks(panels: Sequence[Panel]) -> Iterator[tuple[str, Sequence[Panel]]]:
    for i in range(0, len(panels), MAX_PANELS):
        yield ("" if len(panels) <= MAX_PANELS else f"-{i // MAX_PANELS + 1}"), panels[i : i + MAX_PANELS]
