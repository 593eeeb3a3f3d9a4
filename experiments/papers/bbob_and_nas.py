"""BBOB and NAS side by side: which functions *behave* like a NAS problem, and whether looks tell.

A problem is the vector of its solvers' losses. Source: smithmiles2014 (instance space and footprints); mantel1967.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ela.correlation import spearman
from experiments.figures import PALETTE
from experiments.landscape.figures import draw_matrix
from experiments.page import Claim, Page, graded
from experiments.papers import new_page, reproductions
from nas_problems.array import FloatArray
from optimizers.selector.portfolio import REFERENCE, Portfolio, shipped_portfolio, source_of

BUDGET = 300
"""Total evaluations at which problems are compared."""

_LARGEST = 2.0  # log2 losses count as at most so much
_FEWEST = 10  # problems of a source; fewer have no interval
_TIE = 0.1  # log2 of a loss by which another solver counts as equally good


@dataclass(frozen=True)
class Mantel:
    """How far distances of one kind predict those of another, over the same problems.

    Args:
        correlation: Rank correlation of the distances of all pairs.
        low: 2.5 % quantile over problems drawn with replacement; pairs of a problem with itself do not count.
        high: 97.5 % quantile.
        p: Share of relabellings of the problems with at least this correlation.
    """

    correlation: float
    low: float
    high: float
    p: float


def mantel(A: FloatArray, B: FloatArray, *, rng: np.random.Generator, repetitions: int = 500) -> Mantel:
    """The Mantel test of two matrices of distances, (n, n) each, with an interval over the objects.

    Source: mantel1967.
    """
    n = len(A)
    i, j = np.triu_indices(n, 1)
    found = spearman(A[i, j], B[i, j])
    drawn, relabelled = [], []
    for _ in range(repetitions):
        rows = rng.integers(0, n, size=n)
        a, b = rows[i], rows[j]
        distinct = a != b
        drawn.append(spearman(A[a, b][distinct], B[a, b][distinct]))
        order = rng.permutation(n)
        relabelled.append(spearman(A[order][:, order][i, j], B[i, j]))
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    return Mantel(found, low, high, float((1 + (np.array(relabelled) >= found).sum()) / (repetitions + 1)))


@reproductions.register(
    "bbob-and-nas",
    summary="BBOB, PBO, NAS and HPO placed by how solvers do on them, and whether their looks tell",
    family="smithmiles2014",
)
def reproduce_bbob_and_nas(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Place all problems of the shipped portfolio by the losses of the solvers that all of them have.

    Args:
        out: The page's folder.
        quick: Few draws.
        seed: Of draws of problems.
    """
    whole = shipped_portfolio().at(BUDGET)
    plain = [s for s, solver in enumerate(whole.solvers) if solver != REFERENCE]
    loss = np.clip(whole.loss[0, plain], -_LARGEST, _LARGEST).T  # (P, S)
    solvers = [whole.solvers[s] for s in plain]
    sources = np.array([source_of(name) for name in whole.problems])
    counted = whole.runs[0, plain][whole.runs[0, plain] > 0]
    page = new_page(out, "BBOB and NAS, by how solvers do on them", "bbob-and-nas", quick=quick, seed=seed)
    page.text(
        f"Every problem is the vector of log2 losses of {len(solvers)} solvers at {BUDGET} evaluations: mean regret "
        "over the run, divided by that of random search; 0 is random search, -1 half its regret. Two problems behave "
        "alike where solvers that are good on one are good on the other. Solvers follow 30 uniform candidates; on "
        "analytic problems other than BBOB in 2, 10 and 20 dimensions their runs without these stand for them. Losses "
        f"are means of {counted.min()} to {counted.max()} runs, and so are noisy: distances between any two problems "
        "contain that noise."
    )
    page.figure(
        draw_matrix(_sorted(loss, whole)[0].T, _sorted(loss, whole)[1], solvers),
        name="matrix",
        caption=f"Loss of the solvers that ran on all problems, at {BUDGET} evaluations; blue beats random search.",
    )
    shipped = shipped_portfolio()
    b = shipped.nearest_budget(BUDGET)
    page.figure(
        draw_matrix(shipped.loss[b], shipped.problems, shipped.solvers),
        name="everything",
        caption=f"All solvers and schedules on all problems at {BUDGET} evaluations; grey: not run.",
    )
    behaviour = _distances(loss)
    features = whole.features.mean(axis=1)
    spread = features.std(axis=0)
    looks = _distances((features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0))
    page.heading("Which functions behave like a NAS or HPO problem")
    page.table(
        _nearest(whole, behaviour, looks, sources),
        name="nearest",
        caption="For every NAS and HPO problem the analytic functions with the smallest root mean square difference of "
        "log2 losses, and the function that looks most like it by the features of 30 points.",
        digits=3,
    )
    page.heading("Instance space")
    positions, shares = _plane(loss)
    page.figure(
        _instance_space(positions, sources, loss, solvers),
        name="instance-space",
        caption="Problems in the plane of the two first principal components of their losses "
        f"({shares[0]:.0%} and {shares[1]:.0%} of the variance): left by source, right by the best solver.",
    )
    page.table(
        _footprints(loss, solvers, sources),
        name="footprints",
        caption=f"Share of the problems of each source on which a solver is within {_TIE} (log2) of the best.",
        digits=2,
    )
    page.heading("Do looks tell?")
    rng = np.random.default_rng(seed)
    rows = []
    for name, kept in [("all", np.ones(len(sources), dtype=bool))] + [
        (s, sources == s) for s in dict.fromkeys(sources)
    ]:
        if kept.sum() >= _FEWEST:
            found = mantel(
                looks[np.ix_(kept, kept)], behaviour[np.ix_(kept, kept)], rng=rng, repetitions=50 if quick else 500
            )
            rows.append(
                {
                    "problems": name,
                    "number": int(kept.sum()),
                    "rank correlation": found.correlation,
                    "2.5 %": found.low,
                    "97.5 %": found.high,
                    "p": found.p,
                }
            )
            if name == "all":
                page.claim(_claim(found, int(kept.sum())))
    page.table(
        pd.DataFrame(rows),
        name="mantel",
        caption="Mantel test: rank correlation of distances in features (18 features of 30 points and of the space) "
        "with distances in losses, with 95 % intervals over problems drawn with replacement, and the share p of "
        "relabellings that reach it.",
        digits=2,
    )
    page.write()
    return page


def _claim(found: Mantel, n: int) -> Claim:
    return Claim(
        text="Problems that look alike behave alike",
        published="rank correlation of distances > 0",
        ours=f"{found.correlation:.2f} ({found.low:.2f} to {found.high:.2f}), p = {found.p:.3f}",
        verdict=graded(found.low > 0.5, weaker=found.low > 0),
        why=f"{n} problems at {BUDGET} evaluations",
        rule="holds: the whole 95 % interval is above 0.5; weaker: above 0",
    )


def _distances(X: FloatArray) -> FloatArray:
    """Root mean square differences of the rows, (n, n)."""
    return np.asarray(np.sqrt(((X[:, None, :] - X[None, :, :]) ** 2).mean(axis=2)))


def _sorted(loss: FloatArray, whole: Portfolio) -> tuple[FloatArray, list[str]]:
    """Rows by the name of the source, in their own order inside."""
    order = sorted(range(len(whole.problems)), key=lambda p: source_of(whole.problems[p]))
    return loss[order], [whole.problems[p] for p in order]


def _nearest(whole: Portfolio, behaviour: FloatArray, looks: FloatArray, sources: FloatArray) -> pd.DataFrame:
    analytic = np.flatnonzero(~np.isin(sources, ["NAS", "HPO"]))
    rows = []
    for p in np.flatnonzero(np.isin(sources, ["NAS", "HPO"])):
        order = analytic[np.argsort(behaviour[p, analytic], kind="stable")]
        seen = analytic[looks[p, analytic].argmin()]
        rows.append(
            {
                "problem": whole.problems[p],
                "behaves like": ", ".join(whole.problems[q] for q in order[:3]),
                "distance": behaviour[p, order[0]],
                "looks like": whole.problems[seen],
                "distance in behaviour of that": behaviour[p, seen],
                "rank of that": int((behaviour[p, analytic] < behaviour[p, seen]).sum()) + 1,
            }
        )
    return pd.DataFrame(rows)


def _plane(loss: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The two first principal components, (P, 2), and the shares of all of the variance."""
    centred = loss - loss.mean(axis=0)
    U, s, _ = np.linalg.svd(centred, full_matrices=False)
    return U[:, :2] * s[:2], s**2 / (s**2).sum()


def _footprints(loss: FloatArray, solvers: Sequence[str], sources: FloatArray) -> pd.DataFrame:
    good = loss <= loss.min(axis=1, keepdims=True) + _TIE
    columns: dict[str, list[object]] = {"solver": list(solvers)}
    for source in dict.fromkeys(sources.tolist()):
        columns[f"{source} ({int((sources == source).sum())})"] = good[sources == source].mean(axis=0).tolist()
    return pd.DataFrame(columns)


def _instance_space(positions: FloatArray, sources: FloatArray, loss: FloatArray, solvers: Sequence[str]) -> Figure:
    figure = Figure(figsize=(11, 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    best = np.array(solvers)[loss.argmin(axis=1)]
    for axis, groups, title in ((left, sources, "source"), (right, best, "best solver")):
        for i, group in enumerate(sorted(set(groups.tolist()))):
            here = positions[groups == group]
            color, marker = PALETTE[i % len(PALETTE)], "oD^sv"[i % 5]
            axis.scatter(here[:, 0], here[:, 1], s=34, color=color, marker=marker, alpha=0.8, label=group, linewidths=0)
        axis.set(title=title, xlabel="first principal component")
        axis.grid(linewidth=0.3)
        n_columns = 3 if len(axis.get_legend_handles_labels()[1]) <= 3 else 2
        axis.legend(fontsize=7, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=n_columns)
    left.set_ylabel("second principal component")
    return figure
