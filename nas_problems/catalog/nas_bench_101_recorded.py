"""NAS-Bench-101 with holes: what the searches of the centroid paper saw of it, predicted elsewhere.

18,149 cells have accuracies after 36 or 108 epochs, with up to three trainings each, on the train, validation and
test images. A forest predicts the others; the metric ``is_predicted`` says which. Searches visit good cells, so that
the forest knows little of bad ones: on the cells that were not visited its predictions of test accuracy after 108
epochs have a rank correlation (Kendall) of .64 with the truth, and explain a sixth of its variance. A random forest
predicts recorded cells that it has not seen no better than these extremely randomized trees (Kendall .726 and .729 of
validation accuracy), so that the latter stay.
"""

import csv
import gzip
import io
from functools import cache

import numpy as np
from numpy.typing import NDArray

import nas_problems
from nas_problems.array import BoolArray, FloatArray
from nas_problems.catalog.nas_bench_101 import METRICS as COMPUTED
from nas_problems.cell.cost101 import costs
from nas_problems.cell.feature101 import cell_features
from nas_problems.cell.index101 import N_CELLS, cell_index, listed_space
from nas_problems.datasets.cache import load_cached
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.evaluators.invalid import Invalid, with_invalid
from nas_problems.evaluators.records import exact_mean
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.frame.predicted import IS_PREDICTED
from nas_problems.problem import Problem

RUNS = ConvertedFile(
    "nasbench101_partial/traore_p2_runs.csv.gz",
    "kalifou/data-driven-initialization-to-search, history at commit a4135fb (accuracies in the logs of its runs)",
    "f33a10d0efc82b8d8802ce5396028793218b943f7722803931cd5927aa327309",
    "none stated",
)

EPOCHS = (36, 108)
SPLITS = ("train", "validation", "test")
METRICS = {
    **{f"{split}_accuracy": Metric(f"{split}_accuracy", "%", maximize=True, penalty=100.0) for split in SPLITS},
    "n_parameters": COMPUTED["n_parameters"],
    "flops": COMPUTED["flops"],
    IS_PREDICTED.name: IS_PREDICTED,
}

_N_TREES = 25
_MOST_RECORDS = 3


def records() -> FloatArray:
    """Recorded accuracies in percent, (epochs, cells, records, splits); NaN where there is none.

    Raises:
        DataUnavailableError: The file is not there.
        ValueError: The file has another hash.
    """
    recorded = np.full((len(EPOCHS), N_CELLS, _MOST_RECORDS, len(SPLITS)), np.nan)
    lines = list(csv.DictReader(io.StringIO(gzip.decompress(RUNS.read()).decode())))
    Z = np.array([[*map(int, line["upper_triangle_bits"]), *map(int, line["op_codes"])] for line in lines])
    level = [EPOCHS.index(int(line["epochs"])) for line in lines]
    place = [int(line["record"]) for line in lines]
    values = [[float(line[f"{split}_accuracy"]) for split in SPLITS] for line in lines]
    recorded[level, cell_index().rows_of(Z), place] = 100 * np.array(values)
    return recorded


def _predicted() -> dict[str, NDArray[np.float32]]:
    """Predictions of a forest per number of epochs for all cells, (epochs, cells, splits)."""
    from sklearn.ensemble import ExtraTreesRegressor

    recorded = records()
    X = cell_features(cell_index(), np.arange(N_CELLS), costs(cell_index())).astype(np.float32)
    predicted = np.empty((len(EPOCHS), N_CELLS, len(SPLITS)), dtype=np.float32)
    for level in range(len(EPOCHS)):
        means = np.stack([exact_mean(recorded[level, :, :, i]) for i in range(len(SPLITS))], axis=1)
        known = np.flatnonzero(np.isfinite(means).all(axis=1))
        forest = ExtraTreesRegressor(_N_TREES, min_samples_leaf=2, max_features=0.5, random_state=0)
        forest.fit(X[known], means[known])
        predicted[level] = forest.predict(X)
    return {"predicted": predicted}  # single precision, so that sums in another order change nothing


@cache
def _evaluator() -> TableEvaluator:
    recorded = records()
    predicted = load_cached(f"nas-bench-101-recorded-{RUNS.sha256[:16]}", _predicted)["predicted"]
    is_hole: BoolArray = np.isfinite(recorded).reshape(len(EPOCHS), N_CELLS, -1).sum(axis=2) == 0
    recorded[:, :, 0] = np.where(is_hole[:, :, None], predicted, recorded[:, :, 0])
    price = costs(cell_index())
    values = {f"{split}_accuracy": recorded[..., i] for i, split in enumerate(SPLITS)}
    for name in ("n_parameters", "flops"):
        column = getattr(price, name).astype(np.float64)
        values[name] = np.broadcast_to(column[None, :, None], (len(EPOCHS), N_CELLS, 1))
    values[IS_PREDICTED.name] = is_hole[:, :, None].astype(np.float64)
    return TableEvaluator(listed_space(), values, METRICS, Fidelities("epochs", EPOCHS))


@nas_problems.register(
    "nb101-recorded",
    summary="NAS-Bench-101 on CIFAR-10, validation error: 18,149 recorded cells, others predicted",
    family="nas101",
    files=(RUNS,),
)
def _problem(*, invalid: Invalid = "refused") -> Problem:
    problem = Problem(
        name="nb101-recorded",
        function_id=20_603,
        base_space=listed_space(),
        evaluator=_evaluator(),
        objectives=(METRICS["validation_accuracy"],),
        source="traore2023",
        test_metric="test_accuracy",
    )
    return with_invalid(problem, invalid)
