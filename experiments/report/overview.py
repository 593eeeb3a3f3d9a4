"""The numbers of a study: one row per problem and solver."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments import statistics
from experiments.folder.record import RunRecord
from experiments.page.block import Mark
from experiments.report.runs import ProblemRuns
from experiments.statistics.comparison import LEVEL
from experiments.text.number import number
from nas_problems.array import FloatArray

TARGETS = ("easy", "median", "hard")

COLUMNS = [
    "problem", "solver", "runs", "final_regret", "final_low", "final_high", "coverage", "p_best", "rank", "aocc",
    "target_easy", "target_median", "target_hard", "ert_easy", "ert_median", "ert_hard", "reached",
    "evaluations_to_target", "cost_seconds", "wall_seconds", "n_distinct", "n_evaluations", "failed_evaluations",
    "failed_runs",
]  # fmt: skip


def overview(problems: Sequence[ProblemRuns], failures: Mapping[str, object]) -> pd.DataFrame:
    """One row per problem and solver, best median final regret first.

    Args:
        problems: Finished runs.
        failures: Runs that failed, by key.

    Returns:
        Columns: problem, solver, runs; final_regret (median), final_low and final_high (interval between
        order statistics) and coverage (its probability); p_best (Holm-corrected p-value against the best
        solver on the problem; NaN for the best itself); rank (of the median on the problem); aocc; three
        targets and the expected running time to each; reached (fraction of runs at the median target);
        evaluations_to_target (median; inf where no more than half of the runs reach it); cost_seconds,
        wall_seconds, n_distinct and n_evaluations (medians per run), failed_evaluations (fraction) and
        failed_runs. Solvers that only sample have no rank, area or running time: their ``final_regret`` is
        the median of the runs' means.
    """
    rows = [row for one in problems for row in _rows(one, failures)]
    rows += [
        {"problem": problem, "solver": name, "runs": 0, "failed_runs": _n_failed(failures, problem, name)}
        for problem, name in sorted({_place(key) for key in failures})
        if not any(row["problem"] == problem and row["solver"] == name for row in rows)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["problem", "final_regret"], ignore_index=True)


def _rows(one: ProblemRuns, failures: Mapping[str, object]) -> list[dict[str, object]]:
    finals = one.found
    ranks = dict(zip(finals, statistics.rank_within(np.array([np.median(v) for v in finals.values()])), strict=True))
    p: Mapping[str, float] = statistics.same_as_best(finals)[1] if len(finals) > 1 else {}
    rows = []
    for name, runs in (one.searches | one.samples).items():  # type: ignore[operator]  # both are dicts
        records = [run.record for run in runs]
        row: dict[str, object] = {
            "problem": one.problem,
            "solver": name,
            "runs": len(runs),
            **_median(one.final[name]),
            **{f"target_{label}": target for label, target in zip(TARGETS, one.targets, strict=True)},
            "cost_seconds": float(np.median([record.cost_seconds for record in records])),
            "wall_seconds": float(np.median([record.wall_seconds for record in records])),
            "n_distinct": float(np.median([run.n_distinct[-1] for run in runs])),
            "n_evaluations": float(np.median([record.n_evaluations for record in records])),
            "failed_evaluations": sum(r.n_failed for r in records) / sum(r.n_evaluations for r in records),
            "failed_runs": _n_failed(failures, one.problem, name),
        }
        if name in finals:
            row |= {"p_best": p.get(name, float("nan")), "rank": ranks[name]} | _search(one, name)
        rows.append(row)
    return rows


def _median(values: FloatArray) -> dict[str, float]:
    if not len(values):
        return {}
    interval = statistics.median_interval(values)
    return {
        "final_regret": float(np.median(values)),
        "final_low": interval.low,
        "final_high": interval.high,
        "coverage": interval.coverage,
    }


def _search(one: ProblemRuns, name: str) -> dict[str, float]:
    at, V = one.steps(name)
    ends = np.array([min(int(run.evaluations[-1]), one.budget) for run in one.searches[name]])
    hits = {label: statistics.first_hits(V, target, at) for label, target in zip(TARGETS, one.targets, strict=True)}
    return {
        "aocc": float(one.areas(name).mean()),
        **{f"ert_{label}": statistics.expected_running_time(evaluations, ends) for label, evaluations in hits.items()},
        "reached": float(np.mean(hits["median"] > 0)),
        "evaluations_to_target": statistics.median_hit(hits["median"]),
    }


def _place(key: str) -> tuple[str, str]:
    problem, algorithm, _ = key.split("/")
    return problem, algorithm


def _n_failed(failures: Mapping[str, object], problem: str, algorithm: str) -> int:
    return sum(_place(key) == (problem, algorithm) for key in failures)


# ---- what the page shows of it


def shown_finals(table: pd.DataFrame, problems: Sequence[ProblemRuns]) -> FloatArray:
    """Medians and intervals of the overview as ``ProblemRuns.shown``, (rows, 3): median, low, high."""
    finals: FloatArray = table[["final_regret", "final_low", "final_high"]].to_numpy(np.float64, copy=True)
    for one in problems:
        if one.measured is not None:  # whose low is the high of what is minimised
            rows = (table["problem"] == one.problem).to_numpy()
            finals[rows] = one.shown(finals[rows][:, [0, 2, 1]])
    return finals


def shown_overview(
    table: pd.DataFrame, final: str = "regret", problems: Sequence[ProblemRuns] = ()
) -> tuple[pd.DataFrame, dict[str, list[Mark]]]:
    """The overview with intervals as text, and which cells stand out: the best, and what is not told apart from it."""
    finals = shown_finals(table, problems).tolist()
    searched = table["rank"].notna()
    names = table["solver"].where(searched | (table["runs"] == 0), table["solver"] + " (mean of its draws)")
    shown = pd.DataFrame(
        {
            "problem": table["problem"],
            "solver": names,
            "runs": table["runs"],
            f"final {final}": [_with_interval(row, n) for row, n in zip(finals, table["runs"], strict=True)],
            "rank": table["rank"],
            "AOCC": table["aocc"],
            **{f"ERT {label}": [_evaluations(value) for value in table[f"ert_{label}"]] for label in TARGETS},
        }
    )
    marks: dict[str, list[Mark]] = {f"final {final}": [""] * len(table), "AOCC": [""] * len(table)}
    marks |= {f"ERT {label}": [""] * len(table) for label in TARGETS}
    for _, rows in table[searched].groupby("problem"):
        for i, row in rows.iterrows():
            position = int(str(i))
            if row["rank"] == rows["rank"].min():
                marks[f"final {final}"][position] = "best"
            elif row["p_best"] >= LEVEL or np.isnan(row["p_best"]):
                marks[f"final {final}"][position] = "tied" if row["p_best"] >= LEVEL else ""
            for column, name, best in (
                ("aocc", "AOCC", rows["aocc"].max()),
                *((f"ert_{label}", f"ERT {label}", rows[f"ert_{label}"].min()) for label in TARGETS),
            ):
                if row[column] == best and np.isfinite(best):
                    marks[name][position] = "best"
    return shown, marks


def _with_interval(final: Sequence[float], n_runs: int) -> str:
    median, low, high = final
    if np.isnan(median):
        return "–"
    if n_runs < 2:
        return number(median)
    return f"{number(median)} [{number(low, 3)}, {number(high, 3)}]"


def _evaluations(value: float) -> str:
    return "–" if np.isnan(value) else number(value if np.isinf(value) else round(value))


def shown_effort(table: pd.DataFrame) -> pd.DataFrame:
    """Training, time here, distinct candidates and failures."""
    share = 100 * table["n_distinct"] / table["n_evaluations"]
    return pd.DataFrame(
        {
            "problem": table["problem"],
            "solver": table["solver"],
            "evaluations": table["n_evaluations"],
            "distinct": [
                "–" if np.isnan(n) else f"{number(n)} ({number(part, 2)} %)"
                for n, part in zip(table["n_distinct"], share, strict=True)
            ],
            "failed evaluations (%)": 100 * table["failed_evaluations"],
            "failed runs": table["failed_runs"],
            "training (s)": table["cost_seconds"],
            "time here (s)": table["wall_seconds"],
        }
    )


def problems_table(problems: Sequence[ProblemRuns]) -> pd.DataFrame:
    """What was measured or minimised on every problem, and its three targets."""
    rows = []
    for one in problems:
        record, targets = one.record, one.shown(np.array(one.targets)).tolist()
        rows.append(
            {
                "problem": one.problem,
                "objective": _objective(record),
                "measured from": _measured_from(one),
                "evaluations": one.budget,
                **{f"{label} target": target for label, target in zip(TARGETS, targets, strict=True)},
                "AOCC between": _aocc_bounds(one),
                "noise": record.noise,
                "fidelity": record.fidelity,
            }
        )
    return pd.DataFrame(rows)


def _objective(record: RunRecord) -> str:
    """What users call it, and whether it is minimised."""
    metric = record.measured
    if metric is None or not metric.maximize:
        return f"{record.objective}, minimised"
    return f"{metric.measured_label}, maximised"


def _measured_from(one: ProblemRuns) -> str:
    record, metric = one.record, one.record.measured
    if one.is_several:
        return "hypervolume of the front"
    if not (record.target_is_optimum or record.target_is_bound):
        return "0 (no bound is known)"
    target = record.target if metric is None else metric.measured(record.target)
    return f"{number(target, 6)} ({'optimum' if record.target_is_optimum else 'bound'})"


def _aocc_bounds(one: ProblemRuns) -> str:
    """The targets of the AOCC, all of them observed, as no problem states its own."""
    if not one.searches:
        return "–"
    best, worst = one.shown(np.array(one.range)).tolist()
    return f"{number(best, 3)} and {number(worst, 3)}, {'logarithmic' if one.is_bounded else 'linear'}"


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row per solver: mean rank, problems on which it is best or not told apart from the best, mean AOCC."""
    searched = table[table["rank"].notna()]
    n_problems = searched["problem"].nunique()
    rows = []
    for name, own in searched.groupby("solver"):
        ranks = searched.loc[searched["problem"].isin(own["problem"]), ["problem", "rank"]].groupby("problem").min()
        best = own["rank"].to_numpy() == ranks.loc[own["problem"], "rank"].to_numpy()
        rows.append(
            {
                "solver": name,
                "mean rank": float(own["rank"].mean()),
                "best on": f"{int(best.sum())} of {n_problems}",
                "not told apart on": f"{int((~best & (own['p_best'] >= LEVEL)).sum())} of {n_problems}",
                "mean AOCC": float(own["aocc"].mean()),
                "runs": int(own["runs"].sum()),
                "failed runs": int(own["failed_runs"].sum()),
            }
        )
    columns = ["solver", "mean rank", "best on", "not told apart on", "mean AOCC", "runs", "failed runs"]
    return pd.DataFrame(rows, columns=columns).sort_values("mean rank", ignore_index=True)
