"""What is compared, on which data."""

import nas_problems
from experiments.page import Page
from experiments.papers.centroid_init.plan import Fitted, Sizes
from experiments.papers.centroid_init.work import POPULATION


def introduction(page: Page, sizes: Sizes, fitted: Fitted, seed: int) -> None:
    """What is compared, on which data."""
    problem = nas_problems.make(sizes.problems[0])
    epochs = " and ".join(f"{value:g}" for value in problem.fidelities.values)
    found = [len(fit["nearest"]) for fits in fitted.values() for fit in fits]
    span = f"{min(found)}" if min(found) == max(found) else f"{min(found)} to {max(found)}"
    sampled = max(fit["nearest"].n_sampled for fits in fitted.values() for fit in fits)
    page.text(
        f"The paper clusters a sample of NAS-Bench-101 by architecture and fitness and starts searches from the "
        f"{POPULATION} centroids. Here the space is NAS-Bench-201, whose 15,625 codes are all valid. Encoding of the "
        f"searches and of the clusters, unless said otherwise: short (six operation codes; of the clusters also the "
        f"validation accuracy after {epochs} epochs). Searches see the validation accuracy after 200 epochs, with "
        f"noise `mean` (average of the recorded seeds) or `sampled` (one of them per query); the paper's clusters see "
        f"test accuracy, which no solver sees. What is shown is noise-free validation accuracy."
    )
    page.text(
        f"`centroid`: Bayesian mixture on two components of a truncated SVD, of each cluster the sampled member "
        f"nearest to its mean by all features; `centroid rounded`: the rounded mean of the same cluster's codes. "
        f"Fits per image set: {sizes.fits}, which "
        f"runs take in turn, each from {sampled:,} evaluated cells ({100 * sampled / 15_625:.0f} % of the space; not "
        f"charged to the searches, as in the paper). Asked for {POPULATION} clusters, the mixture fills {span} "
        f"of them; the rest of the population is drawn uniformly. Seed {seed}; all runs: [runs.csv](runs.csv)."
    )
