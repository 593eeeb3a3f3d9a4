"""The conformance suite finds what is wrong: one broken problem or space per promise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from nas_problems import Categorical, Fidelities, Integer, Metric, Noise, Problem, Real, SearchSpace
from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.evaluation import Evaluations, EvaluatorKind, EvaluatorWrapper, NoiseKind
from nas_problems.evaluators.function import FunctionEvaluator, from_function
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.space import Codes
from nas_problems.testing import check_problem, check_space
from tests.nas_problems import tiny

SPACE = SearchSpace((Categorical("a", (1, 2, 3)), Categorical("b", (1, 2, 3, 4))))
ERROR = Metric("error", "%", lower_bound=0.0)


@dataclass(frozen=True, eq=False)
class Broken:
    """An evaluator whose value is the sum of the codes, changed by ``spoil``."""

    spoil: Callable[[Codes, Evaluations], Evaluations]
    kinds: frozenset[NoiseKind] = frozenset({"mean"})
    metrics: Mapping[str, Metric] = field(default_factory=lambda: {"error": ERROR})
    fidelities: Fidelities = field(default_factory=lambda: Fidelities("epochs", (1,)))

    kind: EvaluatorKind = "computed"

    @property
    def noise_kinds(self) -> frozenset[NoiseKind]:
        return self.kinds

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        values = {name: Z.sum(axis=1).astype(np.float64) for name in metrics}
        good = Evaluations(values, np.ones(len(Z)), np.zeros(len(Z), dtype=np.bool_), {})
        return self.spoil(Z, good)


def keep(Z: Codes, good: Evaluations) -> Evaluations:
    return good


def problem(spoil: Callable[[Codes, Evaluations], Evaluations] = keep) -> Problem:
    return Problem("broken", 908, SPACE, Broken(spoil), (ERROR,), "none")


def with_values(good: Evaluations, values: FloatArray) -> Evaluations:
    return replace(good, metrics=dict.fromkeys(good.metrics, values))


def test_a_good_problem_passes() -> None:
    check_problem(problem())


def depends_on_the_batch(Z: Codes, good: Evaluations) -> Evaluations:
    return with_values(good, Z.sum(axis=1) + float(len(Z)))


def depends_on_history(Z: Codes, good: Evaluations) -> Evaluations:
    calls.append(len(Z))
    return with_values(good, Z.sum(axis=1) + float(len(calls)))


calls: list[int] = []


def changes_its_argument(Z: Codes, good: Evaluations) -> Evaluations:
    Z += 0
    return good


def wrong_shape(Z: Codes, good: Evaluations) -> Evaluations:
    return with_values(good, np.zeros((len(Z), 1)))


def wrong_dtype(Z: Codes, good: Evaluations) -> Evaluations:
    return with_values(good, Z.sum(axis=1))


def negative_cost(Z: Codes, good: Evaluations) -> Evaluations:
    return replace(good, cost_seconds=-good.cost_seconds)


def cost_is_not_known(Z: Codes, good: Evaluations) -> Evaluations:
    return replace(good, cost_seconds=np.full(len(Z), np.nan))


def fails_without_a_reason(Z: Codes, good: Evaluations) -> Evaluations:
    return replace(good, failed=np.ones(len(Z), dtype=np.bool_))


def not_finite_without_failure(Z: Codes, good: Evaluations) -> Evaluations:
    return with_values(good, np.full(len(Z), np.nan))


def better_than_possible(Z: Codes, good: Evaluations) -> Evaluations:
    return with_values(good, -1.0 - Z.sum(axis=1))


def fails(Z: Codes, good: Evaluations) -> Evaluations:
    nothing = with_values(good, np.full(len(Z), np.nan))
    return replace(nothing, failed=np.ones(len(Z), dtype=np.bool_), reason=dict.fromkeys(range(len(Z)), "a typo"))


def worse_than_failed(Z: Codes, good: Evaluations) -> Evaluations:
    return with_values(good, np.full(len(Z), 100.5))


@pytest.mark.parametrize(
    ("spoil", "promise"),
    [
        (depends_on_the_batch, "row by row as in a batch"),
        (depends_on_history, "two calls give the same values|lists give|the minimised"),
        (wrong_shape, "one value per row and objective"),
        (negative_cost, "costs are finite and >= 0"),
        (cost_is_not_known, "costs are finite and >= 0"),
        (fails_without_a_reason, "there is a reason for every failed row"),
        (not_finite_without_failure, "metrics are finite where nothing failed"),
        (wrong_dtype, "metrics are float64"),
        (fails, "wanted a candidate that does not fail, 8 of 8 did; the first: a typo"),
        (worse_than_failed, "no candidate is worse than the penalty of a failed one"),
        (better_than_possible, "no candidate is below the lower bound of error"),
    ],
)
def test_broken_promises_are_named(spoil: Callable[[Codes, Evaluations], Evaluations], promise: str) -> None:
    calls.clear()
    with pytest.raises(AssertionError, match=f"^broken: .*({promise})"):
        check_problem(problem(spoil))


def test_a_changed_argument_is_noticed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        check_problem(problem(changes_its_argument))


def test_noise_that_ignores_its_generator() -> None:
    def random(Z: Codes, good: Evaluations) -> Evaluations:
        return with_values(good, Z.sum(axis=1) + (next(ticks) if noisy else 0.0))

    ticks = iter(np.arange(1e6))
    noisy: list[int] = []
    evaluator = Broken(random, kinds=frozenset({"mean", "sampled"}))
    broken = replace(problem(), evaluator=evaluator)
    check_problem(broken)
    noisy.append(1)
    with pytest.raises(AssertionError, match="broken: two calls give the same values"):
        check_problem(broken)


def test_a_metric_that_is_missing() -> None:
    def forget(Z: Codes, good: Evaluations) -> Evaluations:
        return replace(good, metrics={"error": good.metrics["error"]})

    evaluator = Broken(forget, metrics={"error": ERROR, "seconds": Metric("seconds")})
    with pytest.raises(AssertionError, match="broken: evaluate gives every metric"):
        check_problem(replace(problem(), evaluator=evaluator))


def test_messages_start_with_the_label() -> None:
    broken = replace(problem(negative_cost), evaluator=Broken(negative_cost, fidelities=Fidelities("epochs", (1, 2))))
    with pytest.raises(AssertionError, match=r"^broken\.epochs-1: "):
        check_problem(broken.variant(fidelity=1))


def test_the_number_of_candidates_is_checked() -> None:
    with pytest.raises(ValueError, match="n_candidates: wanted an integer >= 2, found 1"):
        check_problem(problem(), n_candidates=1)


@pytest.mark.parametrize("make", tiny.ALL)
def test_multi_objective_problems_pass(make: Callable[[], Problem]) -> None:
    made = make()
    check_problem(made.variant(objective=tuple(made.evaluator.metrics)))


# ---- spaces


def test_a_canonical_form_that_is_not_idempotent() -> None:
    space = SearchSpace(SPACE.parameters, canonical_form=lambda Z: np.maximum(Z - 1, 0))
    with pytest.raises(AssertionError, match=r"^toy: canonical is idempotent"):
        check_space(space, label="toy")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (np.array([True]), r"validity: wanted 32 booleans, found shape \(1,\) of bool"),
        (np.ones(32), r"validity: wanted 32 booleans, found shape \(32,\) of float64"),
    ],
    ids=["shape", "dtype"],
)
def test_a_validity_test_that_gives_something_else(found: BoolArray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_space(SearchSpace(SPACE.parameters, validity=lambda Z: found))


def test_a_canonical_form_that_loses_a_parameter() -> None:
    space = SearchSpace(SPACE.parameters, canonical_form=lambda Z: Z[:, :1])
    with pytest.raises(ValueError, match=r"canonical_form: wanted codes of shape \(32, 2\), found \(32, 1\)"):
        check_space(space)


def _sparse(n_recorded: int, validity: Callable[[Codes], BoolArray] | None = None) -> Problem:
    space = SearchSpace(tiny.TABLE_SPACE.parameters, validity=validity)
    evaluator = tiny.table_evaluator(space, failed_rows=tuple(range(36 - n_recorded)))
    return Problem("sparse", 909, space, evaluator, (tiny.ACCURACY,), "none")


def test_a_sparse_table_is_told_of_validity() -> None:
    remedy = r"SearchSpace\(parameters, validity=\.\.\.\)"
    for n_recorded in (1, 12, 18):
        wanted = rf"sparse: most candidates are recorded \({36 - n_recorded} of 36 are not\): .*" + remedy
        with pytest.raises(AssertionError, match=wanted):
            check_problem(_sparse(n_recorded))
    check_problem(_sparse(19))
    check_problem(_sparse(12, validity=lambda Z: tiny.TABLE_SPACE.index_of(Z) >= 24))


class HidingEvaluator(TableEvaluator):
    """Counts only the records that did not fail."""

    def n_seeds(self, metric: str, fidelity: float) -> IntArray:
        counts: IntArray = np.isfinite(self.values[metric][self.fidelities.values.index(fidelity)]).sum(axis=1)
        return counts


def test_a_failed_record_that_hides_others_is_found() -> None:
    """With the counts of an earlier version: numbers of records without the failed ones."""
    values = np.arange(72.0).reshape(1, 36, 2)
    values[0, ::2, 0] = np.nan
    arguments = (tiny.TABLE_SPACE, {"error": values}, {"error": ERROR}, Fidelities("epochs", (1,)))
    check_problem(Problem("gaps", 910, tiny.TABLE_SPACE, TableEvaluator(*arguments), (ERROR,), "none"))
    with pytest.raises(AssertionError, match="gaps: a mean fails where every record did"):
        check_problem(Problem("gaps", 910, tiny.TABLE_SPACE, HidingEvaluator(*arguments), (ERROR,), "none"))


class LinearDraws(Integer):
    """An integer that promises a log scale and forgets it where a value is mutated."""

    def another(self, codes: Codes, unit: FloatArray) -> Codes:
        return np.floor(unit * self.n_choices).astype(np.int64)


@pytest.mark.parametrize("other", [Categorical("a", (1, 2)), Real("a", 0.0, 1.0)])
def test_a_log_scale_that_is_forgotten_is_found(other: Categorical | Real) -> None:
    check_space(SearchSpace((Integer("width", 1, 999, log=True), other)))
    with pytest.raises(AssertionError, match="values of width are drawn on its log scale"):
        check_space(SearchSpace((LinearDraws("width", 1, 999, log=True), other)))


def test_functions_that_no_other_process_can_be_sent_are_told_with_the_remedy() -> None:
    """``run --parallel evaluations`` would refuse them; where all stays in one process, nothing is wrong."""
    made = from_function(lambda config: float(config["a"]), SearchSpace((Integer("a", 0, 9),)), name="of-a-lambda")
    wanted = "of-a-lambda: .*cannot be sent to other processes.*top level of a module, or say spawn=False"
    with pytest.raises(AssertionError, match=wanted):
        check_problem(made)
    check_problem(made, spawn=False)


def test_what_a_problem_lacks_is_looked_for_first() -> None:
    class Lacking(FunctionEvaluator):
        def prepare(self) -> None:
            raise ImportError("nothing works without it")

    made = from_function(float, SearchSpace((Integer("a", 0, 9),)), name="lacking")
    lacking = replace(made, evaluator=Lacking(made.base_space, float, made.objectives))
    with pytest.raises(ImportError, match="nothing works without it"):
        check_problem(lacking)
    wrapped = EvaluatorWrapper()
    wrapped._evaluator = lacking.evaluator
    with pytest.raises(ImportError, match="nothing works without it"):
        wrapped.prepare()
