"""DARTS cells on CIFAR-10 by models: our own of 214 measured cells, and NAS-Bench-301's of 50,000.

``darts-cifar10`` is a model that we fitted, not a measurement: 214 cells that were drawn at random and trained for 600
epochs, 20 cells deep (their test accuracy is the best over the epochs, as its authors count). Random cells differ by
.23 percentage points, and two trainings of one cell by .13, so that little can be learned from them: ``held_out`` says
how much. It is good for trying solvers on the space, not for claims about architectures. The measured cells are
recorded, and ``is_predicted`` says which are not.

``nb301-cifar10`` is NAS-Bench-301's published ensemble, converted from the user's copy by ``iohnas data import``; its
members are its seeds.

Source: yang2020; zela2022; liu2019.
"""

import csv
import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

import nas_problems
from nas_problems.array import FloatArray
from nas_problems.cell.feature_darts import cell_features
from nas_problems.cell.genotype import read_genotype
from nas_problems.datasets import nas_bench_301
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Metric, Noise, NoiseKind
from nas_problems.evaluators.ensemble import ForestEnsemble, LinearEnsemble
from nas_problems.evaluators.model import member_values
from nas_problems.frame.predicted import IS_PREDICTED
from nas_problems.problem import Problem
from nas_problems.space import Codes
from nas_problems.supernet.space import DARTS

GENOTYPES = ConvertedFile(
    "nas_frustratingly_hard/genotypes_214.csv.gz",
    "antoyang/NAS-Benchmark at commit c2758da73192d408aad458768f26d3537dd78c40 (214 genotypes and their accuracy)",
    "54efc90d5a356fbcf5592af3ceaa7f91be09bd90167b8da476dd4f979d2885ca",
    "GPL-3.0",
)
"""The measured cells; their licence is another one than ours, so that they do not come with iohnas."""

TEST = Metric("test_accuracy", "%", maximize=True, penalty=100.0)
VALIDATION = Metric("validation_accuracy", "%", maximize=True, penalty=100.0)


def measured() -> tuple[Codes, FloatArray]:
    """The measured cells, (214, 32), and their test accuracy in percent, (214,).

    Raises:
        DataUnavailableError: The file is not there.
        ValueError: The file has another hash.
    """
    lines = list(csv.DictReader(io.StringIO(gzip.decompress(GENOTYPES.read()).decode())))
    Z = np.array([read_genotype(line["genotype"]) for line in lines])
    return Z, np.array([float(line["best_test_acc"]) for line in lines])


@cache
def _fitted() -> tuple[dict[bytes, float], LinearEnsemble]:
    Z, accuracy = measured()
    return dict(zip(map(_key, Z), accuracy.tolist(), strict=True)), LinearEnsemble.fit(cell_features(Z), accuracy)


def _key(code: Codes) -> bytes:
    return np.ascontiguousarray(code, dtype=np.int64).tobytes()


def held_out(*, n_folds: int = 10, seed: int = 0) -> dict[str, float]:
    """How well measured cells are predicted by models that have not seen them: R2, Spearman, Kendall.

    Args:
        n_folds: Random parts, each predicted from the others.
        seed: Of the parts.

    Raises:
        DataUnavailableError: See ``measured``.
    """
    from nas_problems.surrogate.compare import agreement

    Z, accuracy = measured()
    X, part = cell_features(Z), np.random.default_rng(seed).permutation(len(Z)) % n_folds
    predicted = np.empty(len(Z))
    for fold in range(n_folds):
        inside = part == fold
        predicted[inside] = LinearEnsemble.fit(X[~inside], accuracy[~inside]).predict(X[inside])
    return agreement(accuracy, predicted)


@dataclass(frozen=True)
class MembersEvaluator:
    """An ensemble over cells of DARTS.

    Args:
        metric: What is predicted.
        predict: Codes to what each member predicts, (n, members).
        recorded: Gives measured cells by the bytes of their canonical code; they are the same in every noise mode.
    """

    metric: Metric
    predict: Callable[[Codes], FloatArray]
    recorded: Callable[[], Mapping[bytes, float]]

    @property
    def kind(self) -> EvaluatorKind:
        """A model."""
        return "computed"

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """What is predicted, and whether it was."""
        return {self.metric.name: self.metric, IS_PREDICTED.name: IS_PREDICTED}

    @property
    def fidelities(self) -> Fidelities:
        """One."""
        return Fidelities("surrogate", (1.0,))

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        """All: a seed is a member."""
        return frozenset({"mean", "sampled", "seed", "scaled"})

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        """See ``Evaluator.evaluate``; one draw of ``rng`` per row in a random noise mode.

        Raises:
            DataUnavailableError: What the model is made of is not there.
            ValueError: A member that the ensemble does not have.
        """
        codes = DARTS.space.canonical(Z)
        values = member_values(self.predict(codes), noise, rng)
        known = self.recorded()
        measured = [known.get(_key(code)) for code in codes]
        for row, value in enumerate(measured):
            if value is not None:
                values[row] = value
        columns = {self.metric.name: values, IS_PREDICTED.name: np.array([float(value is None) for value in measured])}
        nothing = np.zeros(len(codes))
        return Evaluations({name: columns[name] for name in metrics}, nothing, nothing.astype(np.bool_))


def _own_members(Z: Codes) -> FloatArray:
    return _fitted()[1].predict_members(cell_features(Z))


def _own_records() -> Mapping[bytes, float]:
    return _fitted()[0]


def _nb301_members(Z: Codes) -> FloatArray:
    ensemble: ForestEnsemble = nas_bench_301.load()
    return ensemble.predict_members(nas_bench_301.inputs(Z))


def _problem(name: str, function_id: int, evaluator: MembersEvaluator, source: str) -> Problem:
    return Problem(
        name=name,
        function_id=function_id,
        base_space=DARTS.space,
        evaluator=evaluator,
        objectives=(evaluator.metric,),
        source=source,
    )


nas_problems.register(
    "darts-cifar10",
    summary="DARTS cells on CIFAR-10, test error: our model of 214 measured cells",
    family="darts",
    files=(GENOTYPES,),
)(partial(_problem, "darts-cifar10", 20_701, MembersEvaluator(TEST, _own_members, _own_records), "yang2020"))
nas_problems.register(
    "nb301-cifar10",
    summary="DARTS cells on CIFAR-10, validation error: NAS-Bench-301's ensemble, from the user's copy",
    family="darts",
)(partial(_problem, "nb301-cifar10", 20_702, MembersEvaluator(VALIDATION, _nb301_members, dict), "zela2022"))
