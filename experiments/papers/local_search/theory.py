"""White et al. 2021, section 5: what the theory of local search predicts, compared with exact counts.

Source: white2021, theorem 5.1, lemmas 5.2 and 5.3, figures 4.2, 5.1 and 5.2.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

import nas_problems
from ela.landscape.landscape import Landscape
from ela.landscape.local_search import LocalSearch
from ela.landscape.theory import (
    LossModel,
    branching_fractions,
    expected_minima,
    expected_preimages,
    expected_share_within,
    fit_truncated_normal,
    hamming_second_preimage,
    measured_model,
    normal_model,
    uniform_share_within,
)
from ela.landscape.walks import exact_autocorrelation
from experiments.page import Claim, Page
from experiments.papers.local_search import figures
from nas_problems.array import FloatArray

N_NODES, N_NEIGHBOURS = 15_625, 24

SIGMA = {"cifar10": 0.18, "cifar100": 0.10, "imagenet16-120": 0.22}
V = 0.25
"""Published fits of eq. 5.3; the scale of the losses they were fitted to is not stated."""


def write_uniform_theory(page: Page, searches: Sequence[LocalSearch]) -> None:
    """Lemma 5.3 and preimages compared with simulation.

    Args:
        page: Gets a table, a figure and two claims.
        searches: Local search on tables of uniform labels.
    """
    page.heading("Theory, uniform labels")
    branching = branching_fractions(nas_problems.make("nb201-cifar10").base_space)
    eps = np.array([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 1.0])
    drawn = np.stack([search.share_within(eps) for search in searches])
    predicted = uniform_share_within(eps, s=N_NEIGHBOURS, branching=branching)
    tree = uniform_share_within(eps, s=N_NEIGHBOURS, branching=(1.0,) * 40)
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    frame = pd.DataFrame(
        {
            "epsilon": eps,
            "simulated": drawn.mean(axis=0),
            "sd of one draw": drawn.std(axis=0),
            "lemma 5.3": predicted,
            "lemma 5.3, all b = 1": tree,
        }
    )
    page.table(frame, name="lemma-5-3", caption=f"Share of starts within epsilon of the optimum, {len(drawn)} draws.")
    loss, simulated = _simulated_preimages(searches)
    lemma = np.stack([N_NEIGHBOURS**k * (1 - loss) ** (N_NEIGHBOURS * k) * _product(branching, k) for k in (1, 2, 3)])
    exact = np.stack([lemma[0], hamming_second_preimage(loss, n_parameters=6, n_choices=5), np.full(len(loss), np.nan)])
    page.figure(
        figures.preimages(loss, simulated, {"lemma 5.2": lemma, "with shared neighbours": exact}),
        name="figure-4-2-preimages",
        caption=f"How many nodes reach a node in one, two and three steps, against its loss: means over the nodes of "
        f"{len(drawn)} draws of uniform labels, and predictions.",
    )
    counts = np.array([search.n_optima for search in searches])
    expected = N_NODES / (N_NEIGHBOURS + 1)
    deviation = (counts.mean() - expected) / max(counts.std() / np.sqrt(len(counts)), 1e-9)
    page.claim(
        Claim(
            "Lemma 5.3, first part: n / (s + 1) local minima under uniform labels",
            f"{expected:.0f}",
            f"{counts.mean():.1f} in the mean of {len(counts)} draws",
            "holds" if abs(deviation) < 3 else "does not hold",
            f"{deviation:+.1f} standard errors",
        )
    )
    inside = np.abs(drawn.mean(axis=0) - predicted) < 3 * np.maximum(error, 1e-9)
    page.claim(
        Claim(
            "Lemma 5.3, second part: share within epsilon under uniform labels",
            "predicts exactly (figure 4.2)",
            f"eps = .01: {drawn[:, 3].mean():.3f} against {predicted[3]:.3f}; "
            f"eps = 1: {drawn[:, -1].mean():.3f} against {predicted[-1]:.3f}",
            "holds" if inside.all() else "does not hold",
            "every start ends somewhere, but the printed sum is below 1 at eps = 1: neighbourhoods on (K_5)^6 share "
            "nodes. Asked for: within 3 standard errors everywhere; a single draw differs by up to "
            f"{drawn.std(axis=0).max():.3f} (sd), which hides it at small epsilon",
        )
    )
    page.text(
        "One step back, `E|LS^-1|` is exact. Two steps back, the lemma multiplies probabilities that are not "
        "independent: the three other nodes on the line through w and u are neighbours of both. Counted once they "
        "give `19.2 (1 - l)^44` in place of `23.04 (1 - l)^48`, which is what the simulation shows."
    )


def _product(branching: Sequence[float], k: int) -> float:
    return float(np.prod([branching[j] / (j * N_NEIGHBOURS + 1) for j in range(k)]))


def _simulated_preimages(searches: Sequence[LocalSearch], depth: int = 3) -> tuple[FloatArray, FloatArray]:
    n_bins, top = 15, 0.15
    total, count = np.zeros((depth, n_bins)), np.zeros(n_bins)
    for search in searches:
        low = search.y < top
        bins = (search.y[low] / top * n_bins).astype(int)
        count += np.bincount(bins, minlength=n_bins)
        node = np.arange(len(search.y))
        alive = np.ones(len(node), dtype=bool)
        for k in range(depth):
            alive &= search.successor[node] != node
            node = np.where(alive, search.successor[node], node)
            sizes = np.bincount(node[alive], minlength=len(node))
            total[k] += np.bincount(bins, weights=sizes[low], minlength=n_bins)
    return (np.arange(n_bins) + 0.5) * top / n_bins, total / np.maximum(count, 1)


def write_fitted_theory(page: Page, datasets: Sequence[str]) -> None:
    """Theorem 5.1 with densities fitted to tables, compared with exact counts.

    Args:
        page: Gets a table, three figures and a claim.
        datasets: Image sets of NAS-Bench-201.
    """
    page.heading("Theory, fitted to tables")
    page.text(
        "Losses are validation errors, scaled so that the best recorded cell has 0 and the worst 1. `pdf_n`: the "
        "truncated normal nearest to their histogram. `pdf_e`: a normal around the own loss, as wide as the "
        "random-walk "
        "autocorrelation says, which is exact here (how the paper does it stands in an appendix that was not at "
        "hand). 'Measured' replaces "
        "both by histograms of the table. Preimages to depth 5."
    )
    branching = branching_fractions(nas_problems.make("nb201-cifar10").base_space)
    rows, curves, densities, joints = [], {}, {}, {}
    eps = np.linspace(0, 0.2, 81)
    for dataset in datasets:
        landscape = Landscape.enumerate(nas_problems.make(f"nb201-{dataset}"))
        spread = float(np.ptp(landscape.y))
        losses, search = (landscape.y - landscape.y.min()) / spread, landscape.local_search
        sigma, v = fit_truncated_normal(losses)
        rho = exact_autocorrelation(landscape.graph, losses)
        models = {
            "fitted": normal_model(sigma, v, correlation=rho),
            "published fit": normal_model(SIGMA[dataset], V, correlation=rho),
            "measured": measured_model(landscape.graph, losses, m=400),
        }
        row = {"dataset": dataset, "sigma": sigma, "published sigma": SIGMA[dataset], "v": v, "published v": V}
        row |= {"rho(1)": rho, "minima, exact": search.n_optima}
        row |= {f"minima, {name}": expected_minima(model, n=N_NODES, s=N_NEIGHBOURS) for name, model in models.items()}
        row |= {"one step before the best, exact": int((search.successor == search.optima[0]).sum() - 1)}
        row |= {f"one step before the best, {name}": _at_best(model, branching) for name, model in models.items()}
        rows.append(row)
        curves[dataset] = {"exact": (eps, search.share_within(spread * eps))}
        for name, model in models.items():
            share = expected_share_within(model, eps, s=N_NEIGHBOURS, branching=branching)
            curves[dataset][name] = (eps, share)
        densities[dataset] = (losses, models["fitted"].losses, models["fitted"].node * len(models["fitted"].node))
        coarse = measured_model(landscape.graph, losses, m=100)
        joints[dataset] = coarse.node[:, None] * coarse.neighbour
    frame = pd.DataFrame(rows).set_index("dataset").T
    frame.index.name = "quantity"
    page.table(
        frame, name="theory", caption="Theorem 5.1 and Lemma 5.2 beside exact counts, 200 epochs, mean of seeds."
    )
    page.figure(
        figures.shares_within(curves),
        name="figure-4-2-theory",
        caption="Share of starts that come within epsilon of the global optimum: exact, and Theorem 5.1 with three "
        "models of the losses; 200 epochs, denoised. A predicted share can exceed 1: its parts are not independent",
    )
    page.figure(
        figures.fitted_densities(densities),
        name="figure-5-1",
        caption="Validation losses (scaled to [0, 1], 200 epochs, mean of seeds) and fitted truncated normals.",
    )
    page.figure(
        figures.neighbour_densities(joints),
        name="figure-5-2",
        caption="Joint density of the losses of neighbours (log scale), 200 epochs, mean of seeds",
    )
    counted = frame.loc["minima, exact"].astype(float)
    fitted, measured = (frame.loc[f"minima, {name}"].astype(float) for name in ("fitted", "measured"))
    ratio = (fitted / counted).to_numpy()
    within = bool(((ratio >= 0.5) & (ratio <= 2)).all())
    page.claim(
        Claim(
            "Theorem 5.1 with fitted normals predicts real tables fairly accurately",
            "figure 4.2, top right",
            "; ".join(
                f"{name}: {fitted[name]:.0f} minima from fitted, {measured[name]:.0f} from measured densities, "
                f"{counted[name]:.0f} counted"
                for name in frame.columns
            ),
            "holds" if within else "does not hold",
            "asked for: minima from fitted densities within a factor of 2, with our reading of the fit",
        )
    )


def _at_best(model: LossModel, branching: Sequence[float]) -> float:
    return float(expected_preimages(model, s=N_NEIGHBOURS, branching=branching, depth=1)[1, 0])
