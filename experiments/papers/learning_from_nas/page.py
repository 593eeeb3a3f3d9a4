"""Neural network design: learning from neural architecture search (2020): chain CNNs among BBOB.

Source: vanstein2020.
"""

from pathlib import Path

from experiments.page import Page
from experiments.papers import new_page, reproductions
from experiments.papers.learning_from_nas.features import bbob_features, chain_task, feature_table, published_bbob
from experiments.papers.learning_from_nas.live import live_sample
from experiments.papers.learning_from_nas.notebook import published_distances
from experiments.papers.learning_from_nas.numbers import DATASETS
from experiments.papers.learning_from_nas.place import comparisons, distances, figures_of_features
from experiments.papers.learning_from_nas.rows import figures_of_rows, proposal
from experiments.papers.learning_from_nas.solvers import named_solvers
from experiments.papers.other_landscapes import place_other_problems
from nas_problems.datasets.chain_cnn import BBOB_FEATURES, FILES, NOTEBOOK


@reproductions.register(
    "learning-from-nas",
    summary="van Stein et al. 2020: 20 landscape features of chain CNNs, and their place among the BBOB functions",
    family="vanstein2020",
    files=(*FILES.values(), BBOB_FEATURES, NOTEBOOK),
)
def reproduce_learning_from_nas(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """The paper's feature table, figures 2 to 8, distances and nearest functions, next to ours.

    Args:
        out: The page's folder.
        quick: Fewer parts and points; numbers then do not mean much.
        seed: Seed of all samples.

    Raises:
        DataUnavailableError: The published rows are not available and cannot be downloaded.
    """
    page = new_page(out, "Learning from neural architecture search", "learning-from-nas", quick=quick, seed=seed)
    page.text(
        "Six published tables of 1000 trained networks each (three image sets, initial and reduced range), "
        "published features of 24 BBOB functions x 20 instances in 23-d by R flacco, and features of ours. "
        "Except for a sample of networks trained here, everything is computed from the published rows; where a "
        "surrogate is used it is said."
    )
    tasks = {dataset: chain_task(dataset, 5 if quick else 30, seed) for dataset in DATASETS}
    flacco = published_bbob()
    feature_table(page, tasks)
    bbob_features(page, flacco)
    figures_of_rows(page, quick)
    compared = comparisons(tasks, flacco, instances=2 if quick else 20)
    figures_of_features(page, tasks, compared)
    distances(page, compared)
    published_distances(page)
    named_solvers(page)
    proposal(page, quick)
    live_sample(page, out / ("work-quick" if quick else "work"), n=30 if quick else 200, quick=quick, seed=seed)
    place_other_problems(page, quick=quick, seed=seed)
    page.write()
    return page
