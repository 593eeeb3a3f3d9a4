"""What Traoré et al. state about centroid starts, and whether it holds on NAS-Bench-201."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.page import Claim, graded
from experiments.papers.centroid_init.work import Key, Searched
from nas_problems.array import FloatArray

CENTROIDS = ("centroid", "centroid rounded")
RIVALS = ("uniform", "latin-hypercube")

_FORGOTTEN = 10  # generations after which a head start should be gone


def initial_gap_claim(gaps: pd.DataFrame, relabelled: pd.DataFrame) -> Claim:
    """The start's advantage.

    Args:
        gaps: Points above the mean of the space, of the centroids alone and of the population that they are
            filled up to: columns start, problem, gap, population gap.
        relabelled: The same with relabelled operations: columns decoding, gap.
    """
    found = {start: gaps[gaps["start"] == start]["gap"] for start in CENTROIDS}
    holds = all((values > 0).all() for values in found.values())
    filled = gaps.groupby("start")["population gap"]
    ours = "; ".join(
        f"{start}: {values.min():+.1f} to {values.max():+.1f} "
        f"(population: {filled.min()[start]:+.1f} to {filled.max()[start]:+.1f})"
        for start, values in found.items()
    )
    return Claim(
        "Centroids give the best initial mean fitness",
        "up to 20 points above uniform and LHS (NAS-Bench-101)",
        f"points above the mean of the space, over the image sets: {ours}",
        "holds" if holds else "does not hold",
        "In brackets, with the uniform draws that fill the population up. With operations relabelled, which changes "
        "no cell, k-means centroids have gaps of "
        + ", ".join(
            f"{part['gap'].mean():+.1f} (sd {part['gap'].std():.1f}, {decoding})"
            for decoding, part in relabelled.groupby("decoding")
        )
        + ". Every code of NAS-Bench-201 is valid, so random starts have no invalid cells to lose points by.",
        "the centroids of every fit are better on average than the space, by both decodings",
    )


def final_claims(tests: pd.DataFrame) -> list[Claim]:
    """Long-term advantage; ``tests`` has problem, noise, solver, start, rival, p, difference of means."""
    published = {
        "EA": "p from 6e-8 to 0.006 against uniform and LHS",
        "GA": "p < 1e-6 at 36 epochs; 0.69 and 0.039 at 108",
    }
    counts = {"image sets": "problem", "noise modes": "noise", "rival starts": "rival"}
    tested = " x ".join(f"{tests[column].nunique()} {words}" for words, column in counts.items())
    claims = []
    for solver, numbers in published.items():
        parts, shares = [], []
        for start in CENTROIDS:
            here = tests[(tests["solver"] == solver) & (tests["start"] == start)]
            better = int(((here["p"] < 0.05) & (here["difference"] > 0)).sum())
            worse = int(((here["p"] < 0.05) & (here["difference"] < 0)).sum())
            parts.append(f"{start}: better in {better}, worse in {worse} of {len(here)}")
            shares.append(better / len(here))
        claims.append(
            Claim(
                f"{solver} finds better cells in the end from centroids",
                numbers,
                "; ".join(parts) + " comparisons at p < 0.05",
                graded(min(shares) > 0.5, weaker=max(shares) > 0.5),
                f"Rank-sum tests of the best found, {tested}, not corrected.",
                "better in more than half of the comparisons at 5 %, by both decodings; weaker: by one of them",
            )
        )
    return claims


def forgetting_claim(results: Mapping[Key, Searched], problems: Sequence[str]) -> Claim:
    """GA and aging evolution lose the head start; only starts that have one count."""
    kept = []
    n_generations = min(_FORGOTTEN, len(results[problems[0], "mean", "GA", "uniform"].population[0]) - 1)
    for solver in ("GA", "AE"):
        for problem in problems:
            for start in CENTROIDS:
                ours = results[problem, "mean", solver, start].population[0]
                gap = ours - results[problem, "mean", solver, "uniform"].population[0]
                if gap[0] > 1.0:
                    kept.append(gap[n_generations] / gap[0])
    if not kept:
        return Claim(
            "GA and aging evolution do not keep the head start",
            "populations fall to the level of the others after a few iterations",
            "no start is a point ahead",
            "cannot be tested here",
            "There is no head start that could be lost.",
            "every head start of more than a point is down to a quarter after ten generations",
        )
    return Claim(
        "GA and aging evolution do not keep the head start",
        "populations fall to the level of the others after a few iterations",
        f"after {n_generations} generations {100 * min(kept):.0f} to {100 * max(kept):.0f} % of it are left "
        f"({len(kept)} cases with a head start of more than a point)",
        "holds" if max(kept) < 0.25 else "does not hold",
        rule="every head start of more than a point is down to a quarter after ten generations",
    )


def solver_claims(runs: pd.DataFrame) -> list[Claim]:
    """Ranking and spread of the solvers, uniform starts, noise mean."""
    here = runs[(runs["start"] == "uniform") & (runs["noise"] == "mean")]
    means = here.groupby(["problem", "solver"])["best"].mean().unstack()
    spreads = here.groupby(["problem", "solver"])["best"].std().unstack()
    ranking = bool((means["EA"] >= means[["GA", "AE"]].max(axis=1)).all())
    above = bool((means[["EA", "GA", "AE"]].min(axis=1) >= means["RS"]).all())
    average, spread = means.mean(), spreads.mean()
    narrow = bool((spreads[["EA", "GA"]].max(axis=1) < spreads["AE"]).all())

    def listed(values: "pd.Series[float]", digits: int) -> str:
        return ", ".join(f"{solver} {values[solver]:.{digits}f}" for solver in ("GA", "EA", "AE", "RS"))

    return [
        Claim(
            "EA finds the best cells of the three solvers",
            "highest mean test fitness for all starts",
            f"mean accuracy over the image sets: {listed(average, 2)}",
            "holds" if ranking else "does not hold",
            "Uniform start, noise mean; on every image set.",
            "its mean is the highest on every image set",
        ),
        Claim(
            "All solvers are better than random search",
            "in every box plot",
            f"mean accuracy over the image sets: {listed(average, 2)}",
            "holds" if above else "does not hold",
            "Uniform start, noise mean; on every image set, with as many evaluations. At the paper's rates a child of "
            "EA changes half a variable of six on average, and only to the next operation.",
            "the mean of each is at least that of random search on every image set",
        ),
        Claim(
            "EA and GA spread less than aging evolution",
            "very narrow against more spread",
            f"mean standard deviation: {listed(spread, 3)}",
            "holds" if narrow else "does not hold",
            rule="both have a smaller standard deviation of the best found than aging evolution on every image set",
        ),
    ]


def transfer_claim(results: Mapping[Key, Searched], problems: Sequence[str]) -> Claim:
    """Head start of EA from centroids of another image set, and after one generation."""
    parts, first, second = [], [], []
    for problem in problems:
        base = results[problem, "mean", "EA", "uniform"].population[0]
        for start in CENTROIDS:
            gap = results[problem, "mean", "EA", start].population[0] - base
            first.append(gap[0])
            second.append(gap[1])
            parts.append(f"{problem}, {start}: {gap[0]:+.1f} then {gap[1]:+.1f}")
    return Claim(
        "Centroids of one data set give EA a head start on another",
        "about 14 points at the start, less but still ahead after a generation (five runs, So2Sat LCZ42)",
        "; ".join(parts),
        "holds" if min(first) > 0 and min(second) > 0 else "does not hold",
        "From CIFAR-10; mean of the population, start and after one generation of 19.",
        "ahead of the uniform start at the start and after a generation, on each other set and by both decodings",
    )


def clustering_claims(
    components: pd.DataFrame, counts: pd.DataFrame, samples: pd.DataFrame, methods: pd.DataFrame, *, problem: str
) -> list[Claim]:
    """Figures 3 to 7: components, encodings, reducers, numbers of clusters and samples, methods; of one problem."""

    def metric_wins(a: pd.DataFrame, b: pd.DataFrame) -> int:
        """Comparisons, row by row and metric by metric, in which ``a`` is better."""
        signs = {"silhouette": 1, "calinski_harabasz": 1, "davies_bouldin": -1}
        return sum(int((sign * (a[m].to_numpy() - b[m].to_numpy()) > 0).sum()) for m, sign in signs.items())

    lines = components.groupby(["encoding", "reducer"], sort=False)
    two_best = [
        all(g[m].iloc[0] >= g[m].max() for m in ("silhouette", "calinski_harabasz"))
        and g["davies_bouldin"].iloc[0] <= g["davies_bouldin"].min()
        for _, g in lines
    ]
    long, short = (components[components["encoding"] == name] for name in ("long", "short"))
    sparse = long[long["reducer"] == "svd"], long[long["reducer"] == "pca"]
    wins_long, wins_svd = metric_wins(long, short), metric_wins(*sparse)
    more = [metric_wins(g.iloc[[-1]], g.iloc[[0]]) for _, g in counts.groupby("encoding")]
    at = samples.groupby("sampled")[["silhouette", "calinski_harabasz", "davies_bouldin"]].mean()
    ratio = at.max() / at.min()
    ranks = (
        methods.assign(davies_bouldin=-methods["davies_bouldin"])
        .groupby("encoding")[["silhouette", "calinski_harabasz", "davies_bouldin"]]
        .rank(ascending=False)
        .mean(axis=1)
    )
    by_method = ranks.groupby(methods["method"]).mean().sort_values()
    return [
        Claim(
            f"{problem}: two components are best by all three metrics",
            "for both encodings and reducers",
            f"in {sum(two_best)} of {len(two_best)} combinations of encoding and reducer",
            graded(all(two_best), weaker=sum(two_best) > len(two_best) / 2),
            rule="in every combination of encoding and reducer; weaker: in more than half",
        ),
        Claim(
            f"{problem}: the long encoding clusters slightly better than the short one",
            "figure 3",
            f"better in {wins_long} of {3 * len(long)} comparisons",
            "holds" if wins_long > 1.5 * len(long) else "does not hold",
            rule="better in more than half of the comparisons, metric by metric",
        ),
        Claim(
            f"{problem}: truncated SVD is slightly better than PCA on the long encoding",
            "figure 4b",
            f"better in {wins_svd} of {3 * len(sparse[0])} comparisons",
            "holds" if wins_svd > 1.5 * len(sparse[0]) else "does not hold",
            rule="better in more than half of the comparisons, metric by metric",
        ),
        Claim(
            f"{problem}: more clusters are better by all three metrics",
            "both encodings, with a plateau between 20 and 30",
            f"from the fewest to the most clusters, {' and '.join(map(str, more))} of 3 metrics improve (long, short)",
            "holds" if all(n == 3 for n in more) else "does not hold",
            rule="from the fewest to the most clusters all three metrics improve, for both encodings",
        ),
        Claim(
            f"{problem}: only Calinski-Harabasz tells sample sizes apart",
            "the other two overlap",
            "largest over smallest mean of a sample size: "
            + ", ".join(f"{name} {ratio[name]:.2f}" for name in ("silhouette", "calinski_harabasz", "davies_bouldin")),
            "holds"
            if ratio["calinski_harabasz"] > 2 * max(ratio["silhouette"], ratio["davies_bouldin"])
            else "does not hold",
            rule="its largest over its smallest mean is more than twice that of either other metric",
        ),
        Claim(
            f"{problem}: the Bayesian mixture gives the most satisfying clusters",
            "by visual inspection",
            "mean rank by the three metrics: "
            + ", ".join(
                f"{name} {rank:.1f}" if rank == rank else f"{name} unranked" for name, rank in by_method.items()
            ),
            "cannot be tested here",
            "A statement on how clusters look; the metrics, which prefer compact clusters, are next to it.",
            "none: a visual judgement cannot be computed",
        ),
    ]


def diversity_claim(shares: Mapping[tuple[str, str], FloatArray], solvers: Sequence[str]) -> Claim:
    """Entries of the operation matrices that are active in at least one run in twenty."""
    active = {
        start: np.mean([(shares[solver, start] >= 0.05).sum() for solver in solvers]) for start in (*RIVALS, *CENTROIDS)
    }
    holds = max(active[start] for start in CENTROIDS) < min(active[start] for start in RIVALS)
    return Claim(
        "Cells found from centroids are more alike than those from the other starts",
        "fewer activated entries in the matrices",
        "entries found in at least 5 % of runs, mean over solvers: "
        + ", ".join(f"{start} {n:.1f}" for start, n in active.items()),
        "holds" if holds else "does not hold",
        "CIFAR-10, noise mean; of 30 entries, the smallest possible number is 6.",
        "both decodings have fewer entries than both other starts",
    )
