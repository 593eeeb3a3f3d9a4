"""The pictures of README and documentation, and the numbers behind them: ``python -m docs.pictures``.

Next to every picture lies a csv with its data. A test computes the data again and compares, and finds the checksum
of the csv in the picture, so that neither can be of another day than the code.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import ela
import nas_problems
import optimizers
from docs.marked import replaced
from experiments.figures import Curve, Panel, draw
from experiments.landscape.analysis import analyse
from experiments.landscape.figures import draw_matrix, nearest_functions
from experiments.statistics import expected_running_time, first_hits, quantile_bands
from experiments.study import Study
from nas_problems.array import FloatArray
from optimizers.regret import regret_so_far
from optimizers.selector.fit import bounded
from optimizers.selector.recorded import recorded_searches
from optimizers.solver_text import parse_solver

FOLDER = Path(__file__).with_name("figures")
PAGE = Path(__file__).with_name("noise.md")
CHECKSUM = "iohnas data sha256"
"""Key of the checksum in a picture's metadata."""

SOLVERS = {
    "local-search[variant=query-until-lower]": "local search, query until lower",
    "local-search": "local search, all neighbours",
    "local-search[variant=continue-at-minimum]": "local search, continue at minimum",
    "aging-evolution": "aging evolution",
    "random-search": "random search",
}
NOISE = Study(
    problems=("nb201-cifar10",), solvers=tuple(SOLVERS), budget=300, runs=50, seed=1, noise=("mean", "sampled")
)
"""What ``docs/noise.md`` and the README are about."""


@dataclass(frozen=True)
class Picture:
    """A figure and the data that it shows."""

    figure: Figure
    data: pd.DataFrame


# ---- does noise decide?


@cache
def noise_runs() -> Mapping[tuple[str, str], FloatArray]:
    """Noise mode and solver -> noise-free regret of the incumbent after each evaluation, (runs, budget)."""
    rows: dict[tuple[str, str], list[FloatArray]] = {}
    for run in NOISE.plan():
        problem = nas_problems.make(run.problem, noise=run.noise)
        log = optimizers.run(parse_solver(run.solver), problem, budget=run.budget, seed=run.seed)
        regret = regret_so_far(problem, log.Z, log.y, failed=log.failed)
        padded = np.pad(regret, (0, run.budget - len(regret)), mode="edge")
        rows.setdefault((run.noise, run.solver), []).append(padded)
    return {key: np.array(regrets) for key, regrets in rows.items()}


def noise() -> Picture:
    """Regret of five solvers without and with noise."""
    steps = np.arange(1, NOISE.budget + 1)
    shown = np.array([1, 2, 5, 10, 20, 50, 100, 200, 300])
    panels, rows = [], []
    for mode in NOISE.noise:
        curves = []
        for solver, label in SOLVERS.items():
            low, middle, high = quantile_bands(noise_runs()[mode, solver])
            curves.append(Curve(label, steps.astype(np.float64), middle, low, high))
            rows += [(mode, label, int(n), low[n - 1], middle[n - 1], high[n - 1]) for n in shown]
        title = "the mean of all trainings" if mode == "mean" else "one recorded training per query"
        panels.append(Panel(title, "evaluations", "regret (percentage points)", curves, y_scale="log"))
    columns = ["noise", "solver", "evaluations", "lower_quartile", "median", "upper_quartile"]
    return Picture(draw(panels), pd.DataFrame(rows, columns=columns))


def noise_table() -> pd.DataFrame:
    """Final regret, runs that reach the target, and ERT, of the same runs."""
    rows = []
    for mode in NOISE.noise:
        target = float(np.median([noise_runs()[mode, solver][:, -1] for solver in SOLVERS]))
        for solver, label in SOLVERS.items():
            V = noise_runs()[mode, solver]
            hits = first_hits(V, target)
            ert = expected_running_time(hits, NOISE.budget)
            rows.append((mode, label, float(np.median(V[:, -1])), 100 * float(np.mean(hits > 0)), ert))
    return pd.DataFrame(rows, columns=["noise", "solver", "regret", "reached_percent", "ert"])


def noise_markdown() -> str:
    """The table of ``docs/noise.md``."""
    rows = {(row.noise, row.solver): row for row in noise_table().itertuples(index=False)}
    lines = [
        "| solver | `mean`: regret | reached | ERT | `sampled`: regret | reached | ERT |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for label in SOLVERS.values():
        cells = [cell for mode in NOISE.noise for cell in _cells(rows[mode, label])]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cells(row: Any) -> Iterator[str]:
    yield f"{row.regret:.3f}"
    yield f"{row.reached_percent:.0f} %"
    yield f"{row.ert:,.0f}" if np.isfinite(row.ert) else "never"


def with_table(page: str) -> str:
    """A page with the table between its marks."""
    return replaced(page, "<!-- made by python -m docs.pictures -->", f"\n{noise_markdown()}\n")


# ---- landscapes

MEASURES = ("fitness_mean", "fitness_sd", "ruggedness", "optima_share", "fdc", "neutrality", "locality")
"""What a table with one fidelity has: all but persistence."""


def footprint() -> Picture:
    """Footprints of NAS-Bench-201 on three data sets."""
    names = ("nb201-cifar10", "nb201-cifar100", "nb201-imagenet16-120")
    footprints = [ela.footprint(nas_problems.make(name), seed=1) for name in names]
    table = ela.footprint_table(footprints).map(lambda value: value if isinstance(value, (int, float)) else np.nan)
    radar = ela.footprint_radar(footprints, measures=MEASURES)
    return Picture(radar, table[list(MEASURES)].reset_index(names="problem"))


def placement() -> Picture:
    """Shares of BBOB functions among the nearest rows of three problems."""
    names = ("nb201-cifar10", "fcnet-protein", "mlp-vehicle")
    analyses = {name: analyse(nas_problems.make(name), n=250, seed=1, repetitions=10, instances=5) for name in names}
    shares = pd.DataFrame({name: each.placement.share for name, each in analyses.items()}, index=np.arange(1, 25))
    figure = nearest_functions({name: each.placement for name, each in analyses.items()})
    return Picture(figure, shares.reset_index(names="function"))


def losses() -> Picture:
    """How all solvers did on all recorded problems."""
    table = recorded_searches().at(300)
    rows = np.argsort(bounded(table).mean(axis=1), kind="stable").tolist()
    solvers = [table.solvers[s] for s in rows]
    data = pd.DataFrame(2 ** table.loss[0, rows], columns=list(table.problems))
    data.insert(0, "solver", solvers)
    return Picture(draw_matrix(table.loss[0, rows], table.problems, solvers), data)


PICTURES: Mapping[str, Callable[[], Picture]] = {
    "noise": noise,
    "footprint": footprint,
    "nearest-functions": placement,
    "losses": losses,
}
"""Name of the files -> what makes them."""


def checksum(csv: Path) -> str:
    """What a picture's metadata say of its data."""
    return hashlib.sha256(csv.read_bytes()).hexdigest()


def write(name: str, picture: Picture) -> None:
    """Write a picture and its data into the folder of figures."""
    csv = FOLDER / f"{name}.csv"
    picture.data.to_csv(csv, index=False, float_format="%.6g", lineterminator="\n")
    picture.figure.savefig(
        FOLDER / f"{name}.png", dpi=130, metadata={CHECKSUM: checksum(csv)}, bbox_inches="tight", facecolor="white"
    )


if __name__ == "__main__":
    for file_name, make in PICTURES.items():
        write(file_name, make())
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
