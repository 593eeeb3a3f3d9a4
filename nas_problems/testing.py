"""The conformance suite for problems: run it on your own before you plug it in.

>>> from nas_problems.testing import check_problem
>>> check_problem("mlp-car")
"""

import warnings

import numpy as np

import nas_problems
from nas_problems.array import check_count
from nas_problems.evaluation import Evaluations, InstancedEvaluator
from nas_problems.evaluators.pickling import pickle_evaluator
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.parameter import check_name
from nas_problems.pareto import nondominated
from nas_problems.problem import MAX_BASE_ID, Problem
from nas_problems.space import Codes
from nas_problems.space.testing import Checker, check_space

__all__ = ["check_problem", "check_space"]


def check_problem(
    problem: Problem | str, *, rng: np.random.Generator | None = None, n_candidates: int = 8, spawn: bool = True
) -> None:
    """Check everything that solvers, adapters and logs take for granted about a problem.

    Identity, space, values, metrics, failures, noise modes, fidelities, objectives, instances, optimum,
    and the refusal of bad input. On a live problem every check is a real training, but of few candidates.
    Candidates may fail, but not all of them: then something else is wrong, and the first reason says what.

    Args:
        problem: As published, or any variant; or what ``nas_problems.make`` makes one of, such as a registered name.
        rng: Draws the candidates; None: always the same ones.
        n_candidates: Number of candidates, >= 2.
        spawn: Whether evaluations must be ready to be sent to other processes, as ``--parallel evaluations`` does with
            a live problem; False for a lambda, or a function made inside another one.

    Raises:
        AssertionError: What does not hold; the message starts with the problem's label.
        KeyError: An unknown name.
        ValueError: ``n_candidates`` is not an integer >= 2.
    """
    check_count(n_candidates, "n_candidates", minimum=2)
    rng = np.random.default_rng(0) if rng is None else rng
    problem = nas_problems.make(problem) if isinstance(problem, str) else problem
    check = Checker(problem.label)
    _check_identity(check, problem)
    problem.prepare()
    if spawn and problem.is_live:
        _check_sendable(check, problem)
    check_space(problem.space, rng=rng, label=problem.label)
    if isinstance(problem.evaluator, TableEvaluator):
        _check_recorded(check, problem, problem.evaluator)
    Z = problem.space.sample(n_candidates, rng)
    Z.flags.writeable = False  # changing an argument raises
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # what is worse than a penalty is checked
        _check_values(check, problem.noise_free, Z)
    _check_noise(check, problem, Z)
    _check_fidelities_and_objectives(check, problem.noise_free, Z)
    _check_instances(check, problem.noise_free, Z)
    _check_optimum(check, problem, Z)
    _check_refusals(check, problem, Z)


def _check_identity(check: Checker, problem: Problem) -> None:
    check_name(problem.label, f"{problem.name}: label")
    low, high = (1, MAX_BASE_ID) if problem.label == problem.name else (MAX_BASE_ID + 1, 65_535)
    check(low <= problem.log_id <= high, f"log_id lies in {low} ... {high}")
    metrics = problem.evaluator.metrics
    check(all(name == metric.name for name, metric in metrics.items()), "metrics are listed under their names")
    check(all(metrics.get(metric.name) == metric for metric in problem.objectives), "objectives are metrics")
    if problem.test_metric is not None:
        check(problem.test_metric in metrics, "the test metric is a metric")
        check(problem.test_metric not in problem.objective_metrics, "the test metric is not an objective")
    check(bool(np.isfinite(problem.target)), "the target is finite")


def _check_values(check: Checker, problem: Problem, Z: Codes) -> None:
    """Values of a deterministic problem, in batches, row by row, as lists, and one by one."""
    before = Z.copy()
    y = problem(Z)
    n_objectives = len(problem.objectives)
    check(y.shape == ((len(Z),) if n_objectives == 1 else (len(Z), n_objectives)), "one value per row and objective")
    check(y.dtype == np.float64 and bool(np.isfinite(y).all()), "values are finite float64")
    y[...] = -1.0  # the caller's to change
    y = problem(Z)
    check.same(problem(Z), y, "two calls give the same values")
    check.same(problem(Z.tolist()), y, "lists give the values of arrays")
    check.same(np.concatenate([problem(Z[i : i + 1]) for i in range(len(Z))]), y, "row by row as in a batch")
    check.same(problem(np.concatenate([Z[1:], Z])), np.concatenate([y[1:], y]), "repeated rows as single ones")
    check(problem(Z[:0]).shape == y[:0].shape, "no rows give no values")
    evaluations = problem.evaluate(Z)
    check(set(evaluations.metrics) >= set(problem.evaluator.metrics), "evaluate gives every metric")
    check.same(problem.minimised(evaluations), y, "values are the minimised evaluations")
    _check_evaluations(check, problem, evaluations, len(Z))
    if n_objectives == 1:
        value = problem.scalar()
        check.same([value(z) for z in Z.tolist()], y, "scalar gives the values of a batch")
        check.refuses("scalar, too few codes", ValueError, value, Z[0].tolist()[1:])
    check.same(Z, before, "arguments are not changed")


def _check_evaluations(check: Checker, problem: Problem, evaluations: Evaluations, n: int) -> None:
    check(len(evaluations) == n, "one evaluation per row")
    columns = evaluations.metrics.values()
    check(all(column.shape == (n,) and column.dtype == np.float64 for column in columns), "metrics are float64 (n,)")
    cost, failed = evaluations.cost_seconds, evaluations.failed
    check(cost.shape == (n,) and bool((np.isfinite(cost) & (cost >= 0)).all()), "costs are finite and >= 0")
    check(failed.shape == (n,) and failed.dtype == np.bool_, "failed is bool (n,)")
    check(sorted(evaluations.reason) == np.flatnonzero(failed).tolist(), "there is a reason for every failed row")
    check(all(np.isfinite(column[~failed]).all() for column in columns), "metrics are finite where nothing failed")
    if failed.all():
        why = evaluations.reason[0]
        raise AssertionError(
            f"{problem.label}: wanted a candidate that does not fail, {n} of {n} did; the first: {why}"
        )
    penalties = [metric.penalty for metric in problem.objectives]
    y = problem.minimised(evaluations).reshape(n, -1)
    check(bool((y[failed] == penalties).all()), "failed rows get the penalty")
    check(bool((y[~failed] <= penalties).all()), "no candidate is worse than the penalty of a failed one")
    for metric in problem.evaluator.metrics.values():
        if metric.lower_bound is not None:
            known = metric.minimised(evaluations.metrics[metric.name])[~failed]
            check(bool((known >= metric.lower_bound).all()), f"no candidate is below the lower bound of {metric.name}")


def _check_sendable(check: Checker, problem: Problem) -> None:
    try:
        pickle_evaluator(problem.evaluator)
    except ValueError as error:
        check(False, f"{error}, or say spawn=False where all evaluations stay in this process")


def _check_noise(check: Checker, problem: Problem, Z: Codes) -> None:
    known = problem.evaluator.noise_kinds
    check("mean" in known, "noise 'mean' is known")
    examples = {"mean": "mean", "sampled": "sampled", "seed": "seed-1", "scaled": "scaled:0.5"}
    for kind, text in examples.items():
        if kind not in known:
            check.refuses(f"noise {text}", ValueError, problem.variant, noise=text)
            continue
        noisy = problem.variant(noise=text)
        check(str(noisy.noise) == text, f"noise {text} is what was asked for")
        y = noisy(Z, rng=np.random.default_rng(5))
        check(bool(np.isfinite(y).all()), f"values with noise {text} are finite")
        check.same(noisy(Z, rng=np.random.default_rng(5)), y, f"equal generators give equal values with noise {text}")
        one_by_one = np.random.default_rng(5)
        rows = [noisy(Z[i : i + 1], rng=one_by_one) for i in range(len(Z))]
        check.same(np.concatenate(rows), y, f"row by row as in a batch with noise {text}")
        if noisy.noise.is_random:
            check.refuses(f"noise {text} without rng", ValueError, noisy, Z)
            check(not noisy.noise_free.noise.is_random, "noise_free has no randomness")
    if isinstance(problem.evaluator, TableEvaluator):
        _check_records(check, problem, problem.evaluator, Z)
    if "scaled" in known:
        still = problem.variant(noise="scaled:0")
        check.same(still(Z), problem.variant(noise="mean")(Z), "noise scaled:0 gives the mean")


def _check_recorded(check: Checker, problem: Problem, table: TableEvaluator) -> None:
    """Most valid candidates have a record."""
    assert problem.fidelity is not None
    level = problem.fidelities.values.index(problem.fidelity)
    recorded = np.isfinite(table.values[problem.objective_metrics[0]][level]).any(axis=1)
    valid = problem.base_space.is_valid(problem.base_space.from_rows(np.arange(len(recorded))))
    n_missing, n_valid = int((valid & ~recorded).sum()), int(valid.sum())
    check(
        2 * n_missing < n_valid,
        f"most candidates are recorded ({n_missing} of {n_valid} are not): where they were never trained, give the "
        f"space a test that refuses them, SearchSpace(parameters, validity=...), so that no solver asks for them",
    )


def _check_records(check: Checker, problem: Problem, table: TableEvaluator, Z: Codes) -> None:
    """A row of a table fails as a whole where each of its records did; a failed record hides no other."""
    n_seeds = max(table.values[name].shape[2] for name in problem.objective_metrics)
    failed = [
        problem.variant(noise=f"seed-{k}").evaluate(Z, metrics=problem.objective_metrics).failed for k in range(n_seeds)
    ]
    mean = problem.variant(noise="mean").evaluate(Z, metrics=problem.objective_metrics)
    if len(problem.objectives) == 1:
        check.same(mean.failed, np.all(failed, axis=0), "a mean fails where every record did")


def _check_fidelities_and_objectives(check: Checker, problem: Problem, Z: Codes) -> None:
    levels = np.array([problem.fidelities.values[0], problem.fidelities.full])
    mixed = problem.minimised(problem.evaluate(Z[:2], fidelity=levels, metrics=problem.objective_metrics))
    alone = [problem.variant(fidelity=level)(Z[[i]]) for i, level in enumerate(levels.tolist())]
    check.same(mixed, np.concatenate(alone), "a batch of mixed fidelities is its rows one after another")
    check.refuses("fidelity -1", ValueError, problem.variant, fidelity=-1.0)
    for fidelity in problem.fidelities.values:
        lower = problem.variant(fidelity=fidelity)
        check(bool(np.isfinite(lower(Z)).all()), f"values with {problem.fidelities.name} {fidelity:g} are finite")
        check((lower.label == problem.label) == (fidelity == problem.fidelity), "each fidelity has its own label")
    check.refuses("an unknown objective", KeyError, problem.variant, objective="no such metric")
    check.refuses("an unknown metric", KeyError, problem.evaluate, Z, metrics=["no such metric"])
    for name in problem.evaluator.metrics:
        other = problem.variant(objective=name)
        check(other.objective_metrics == (name,), f"objective {name} is what was asked for")
        check(bool(np.isfinite(other(Z)).all()), f"values of objective {name} are finite")


def _check_instances(check: Checker, problem: Problem, Z: Codes) -> None:
    for wrong in (0, -1, 65_536):
        check.refuses(f"instance {wrong}", ValueError, problem.variant, instance=wrong)
    if isinstance(problem.evaluator, InstancedEvaluator):
        _check_own_instances(check, problem, Z)
        return
    base = problem.variant(instance=1)
    configs = problem.space.decode(Z)
    wanted = problem(Z)
    for instance in (1, 2, 3, 65_535):
        other = problem.variant(instance=instance)
        check(sorted(other.space.names) == sorted(base.space.names), f"instance {instance} has the same parameters")
        codes = other.space.encode(configs)
        check(other.space.decode(codes) == configs, f"instance {instance} decodes to the same configurations")
        check(base.space.decode(other.to_base(codes)) == configs, "to_base keeps configurations")
        check.same(other(codes), wanted, f"instance {instance} gives a configuration the same value")
        check(other.log_id == problem.log_id and other.label == problem.label, "instances share id and label")
        check(other.target == problem.target, f"instance {instance} has the same target")


def _check_own_instances(check: Checker, problem: Problem, Z: Codes) -> None:
    """Instances of the evaluator: other values on the same space, the same ones whenever they are asked for."""
    for instance in (1, 2, 3, 65_535):
        other = problem.variant(instance=instance)
        check(other.space == problem.space, f"instance {instance} has the same space")
        check.same(other.variant(instance=problem.instance)(Z), problem(Z), f"instance {instance} leads back")
        check.same(problem.variant(instance=instance)(Z), other(Z), f"instance {instance} has the same values again")
        check(bool(np.isfinite(other(Z)).all()), f"values of instance {instance} are finite")
        check(other.log_id == problem.log_id and other.label == problem.label, "instances share id and label")
        if other.optimum is not None or other.lower_bound is not None:
            check(bool((other(Z) >= other.target).all()), f"nothing is better than the target of instance {instance}")


def _check_optimum(check: Checker, problem: Problem, Z: Codes) -> None:
    optimum = problem.optimum
    evaluations = problem.noise_free.evaluate(Z)
    values, failed = problem.noise_free.minimised(evaluations), evaluations.failed
    if len(problem.objectives) == 1 and (optimum is not None or problem.lower_bound is not None):
        check(bool((values[~failed] >= problem.target).all()), "no candidate is better than the target")
    if (front := problem.pareto_front) is not None:
        check.same(problem.noise_free(front.Z), front.Y, "the Pareto front has the values of its codes")
        check(not problem.noise_free.evaluate(front.Z).failed.any(), "no failed candidate is on the front")
        both = np.concatenate([front.Y, values[~failed]])
        check(bool(nondominated(both)[: len(front.Y)].all()), "nothing beats the front")
    if optimum is None:
        return
    check(len(optimum.Z) >= 1 and bool(problem.space.is_valid(optimum.Z).all()), "optimal codes are valid")
    check.same(problem.noise_free(optimum.Z), np.full(len(optimum.Z), optimum.y), "optimal codes have the best value")
    check(not problem.noise_free.evaluate(optimum.Z).failed.any(), "no failed candidate is optimal")
    if not problem.is_table:
        return
    sound = problem.space.is_valid(problem.space.from_rows(np.arange(len(problem.tabulate()))))
    sound &= ~problem.tabulate_failed()
    check(bool(optimum.y == problem.tabulate()[sound].min()), "nothing in the table is better than the optimum")


def _check_refusals(check: Checker, problem: Problem, Z: Codes) -> None:
    rng = np.random.default_rng(0)
    above, below = Z.astype(np.float64), Z.astype(np.float64)
    above[0] = problem.space.upper + 1
    below[0] = problem.space.lower - 1
    bad: dict[str, object] = {
        "one row without brackets": Z[0],
        "a column too many": np.concatenate([Z, Z[:, :1]], axis=1),
        "a column too few": Z[:, 1:],
        "three dimensions": Z[None],
        "codes above the range": above.astype(problem.space.dtype),
        "codes below the range": below.astype(problem.space.dtype),
        "NaN": np.full(Z.shape, np.nan),
        "infinity": np.full(Z.shape, np.inf),
        "texts": Z.astype(str),
        "objects": np.full(Z.shape, None),
        "booleans": Z.astype(np.bool_),
        "complex numbers": Z.astype(np.complex128),
        "rows of different length": [[0], [0, 0]],
        "a number": 0,
        "nothing": None,
    }
    for what, wrong in bad.items():
        check.refuses(what, ValueError, problem, wrong, rng=rng)
        check.refuses(what, ValueError, problem.evaluate, wrong, rng=rng)
