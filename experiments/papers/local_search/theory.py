"""White et al. 2021, section 5: what the theory of local search predicts, compared with exact counts.

Source: white2021, theorem 5.1, lemmas 5.2 and 5.3, figures 4.2, 5.1 and 5.2.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

import nas_problems
from ela.landscape.local_search import LocalSearch
from ela.landscape.theory import (
    branching_fractions,
    hamming_second_preimage,
    uniform_share_within,
)
from experiments.page import Claim, Page
from experiments.papers.local_search import figures
from nas_problems.array import FloatArray

N_NODES, N_NEIGHBOURS = 15_625, 24


def write_uniform_theory(page: Page, searches: Sequence[LocalSearch]) -> None:
    """Compare lemma 5.3 and the counts of preimages with simulation.

    Args:
        page: Written to.
        searches: Local searches on tables of uniform labels.
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
        caption=f"Number of nodes that reach a node in one, two and three steps, against its loss: means over the "
        f"nodes of {len(drawn)} draws of uniform labels, and predictions.",
    )
    _closed_form(page, searches)
    counts = np.array([search.n_optima for search in searches])
    expected = N_NODES / (N_NEIGHBOURS + 1)
    deviation = (counts.mean() - expected) / max(counts.std() / np.sqrt(len(counts)), 1e-9)
    page.claim(
        Claim(
            "Lemma 5.3, first part: n / (s + 1) local minima under uniform labels",
            f"{expected:.0f}",
            f"{counts.mean():.1f}, mean of {len(counts)} draws",
            "holds" if abs(deviation) < 3 else "does not hold",
            f"{deviation:+.1f} standard errors",
            "the mean of the draws is within three standard errors of n / (s + 1)",
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
            "every start ends somewhere, but the printed sum is below 1 at eps = 1, because neighbourhoods on (K_5)^6 "
            f"share nodes. Single draws differ by up to {drawn.std(axis=0).max():.3f} (sd), which hides that",
            "the mean of the draws is within three standard errors of the lemma at every epsilon",
        )
    )
    page.text(
        "One step back, `E|LS^-1|` is exact. Two steps back, the lemma multiplies probabilities that are not "
        "independent: the three other nodes on the line through w and u are neighbours of both. Counting them once "
        "gives `19.2 (1 - l)^44` in place of `23.04 (1 - l)^48`, in agreement with the simulation."
    )


def closed_form(loss: FloatArray, s: int) -> FloatArray:
    """Number of nodes that lead to a node of a loss: ``1 + s G^s exp(G^s)``, G the share of losses above it.

    Labels are uniform.

    Source: white2021, section 5.
    """
    above = (1 - loss) ** s
    return np.asarray(1 + s * above * np.exp(above))


def _closed_form(page: Page, searches: Sequence[LocalSearch]) -> None:
    """Write the number of all preimages, simulated and by the paper's closed form."""
    edges = np.array([0.0, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 1.0])
    total, count, weighted = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    for search in searches:
        bins = np.clip(np.searchsorted(edges, search.y, side="right") - 1, 0, len(count) - 1)
        total += np.bincount(bins, weights=all_preimages(search), minlength=len(count))
        weighted += np.bincount(bins, weights=closed_form(search.y, N_NEIGHBOURS), minlength=len(count))
        count += np.bincount(bins, minlength=len(count))
    page.table(
        pd.DataFrame(
            {
                "loss from": edges[:-1],
                "to": edges[1:],
                "simulated": total / np.maximum(count, 1),
                "closed form": weighted / np.maximum(count, 1),
            }
        ),
        name="closed-form",
        digits=3,
        caption=f"Number of nodes that pass through a node in any number of steps, including itself, by its loss: "
        f"means over {len(searches)} draws of uniform labels, and the closed form 1 + s G^s exp(G^s), which assumes "
        "that all branches are full.",
    )


def all_preimages(search: LocalSearch) -> FloatArray:
    """Number of starts that pass through each node, including itself, (n,)."""
    size = np.ones(len(search.y))
    for node in np.argsort(-search.y, kind="stable").tolist():
        to = int(search.successor[node])
        if to != node:
            size[to] += size[node]
    return size


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
