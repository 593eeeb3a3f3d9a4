"""Ask + tell per candidate of our own solvers, compared with DEAP, pymoo and Nevergrad on the same table.

    python benchmarks/bench_ask_tell.py

Every side searches NAS-Bench-201 and looks values up in the same array, which is included in its time.
"""

import random
import warnings
from collections.abc import Callable, Iterator
from functools import partial

import cma
import nevergrad as ng
import numpy as np
import optuna
from deap import algorithms, base, creator, tools
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.problem import Problem as PymooProblem
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.operators.repair.rounding import RoundingRepair
from pymoo.operators.sampling.rnd import IntegerRandomSampling

import nas_problems
import optimizers
from benchmarks.measure import Row, alternate, show
from optimizers.solver import Task, ask_codes

PROBLEM = nas_problems.make("nb201-cifar10")
COLUMN = PROBLEM.tabulate()
VALUES = COLUMN.reshape((5,) * 6).data
OURS = {
    "random-search": optimizers.make("random-search"),
    "local-search": optimizers.make("local-search"),
    "local-search, query until lower": optimizers.make("local-search", variant="query-until-lower"),
    "local-search, continue at minimum": optimizers.make("local-search", variant="continue-at-minimum"),
    "simulated-annealing": optimizers.make("simulated-annealing"),
    "one-plus-one-ea": optimizers.make("one-plus-one-ea"),
    "aging-evolution": optimizers.make("aging-evolution"),
    "umda": optimizers.make("umda"),
    "reinforce": optimizers.make("reinforce"),
    "deap-ga": optimizers.make("deap-ga"),
    "deap-mu-plus-lambda": optimizers.make("deap-mu-plus-lambda"),
    "deap-mu-comma-lambda": optimizers.make("deap-mu-comma-lambda"),
}
WRAPPED = {
    name: optimizers.make(name)
    for name in (
        "pymoo-ga",
        "pymoo-de",
        "pymoo-pso",
        "pymoo-mixed",
        "cma-es",
        "bipop-cma-es",
        "optuna-tpe",
        "bananas",
        "bayesian-optimization",
        "nevergrad:DiscreteOnePlusOne",
    )
}
"""Solvers whose time is that of the library behind them; without a target, next to some of the bare libraries."""

Side = Callable[[int], tuple[float, list[int]]]
"""Budget -> best value and its code."""


def ours(solver: optimizers.ConfiguredSolver) -> Side:
    """A registered solver in the plainest ask-and-tell loop."""

    def search(budget: int) -> tuple[float, list[int]]:
        running = solver.factory(Task(PROBLEM.space, budget, np.random.default_rng(1)))
        best, left = (np.inf, [0] * 6), budget
        while left > 0:
            Z = ask_codes(running)[:left]
            y = COLUMN[Z @ PROBLEM.space.radix]
            running.tell(Z, y)
            left -= len(Z)
            row = y.argmin()
            if y[row] < best[0]:
                best = (float(y[row]), Z[row].tolist())
        return best

    return search


def deap(budget: int) -> tuple[float, list[int]]:
    """DEAP's (mu + lambda) with 30 parents, uniform crossover and uniform integer mutation."""
    random.seed(1)
    toolbox = base.Toolbox()
    toolbox.register("individual", tools.initRepeat, creator.BenchIndividual, lambda: random.randrange(5), 6)
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register("evaluate", lambda individual: (VALUES[tuple(individual)],))
    toolbox.register("mate", tools.cxUniform, indpb=0.5)
    toolbox.register("mutate", tools.mutUniformInt, low=0, up=4, indpb=1 / 6)
    toolbox.register("select", tools.selBest)
    best = tools.HallOfFame(1)
    algorithms.eaMuPlusLambda(
        toolbox.population(30), toolbox, 30, 30, 0.5, 0.5, budget // 30 - 1, halloffame=best, verbose=False
    )
    return best[0].fitness.values[0], list(best[0])


def pymoo(budget: int) -> tuple[float, list[int]]:
    """A genetic algorithm of pymoo with rounding, population 30."""
    problem = PymooProblem(n_var=6, n_obj=1, xl=0, xu=4, vtype=int)
    repair = RoundingRepair()
    algorithm = GA(
        pop_size=30,
        sampling=IntegerRandomSampling(),
        crossover=SBX(prob=1.0, eta=3.0, vtype=float, repair=repair),
        mutation=PM(prob=1.0, eta=3.0, vtype=float, repair=repair),
    )
    algorithm.setup(problem, termination=("n_eval", budget), seed=1)
    while algorithm.has_next():
        population = algorithm.ask()
        population.set("F", COLUMN[population.get("X").astype(np.int64) @ PROBLEM.space.radix][:, None])
        for individual in population:
            individual.evaluated.update({"F", "G", "H"})
        algorithm.evaluator.n_eval += len(population)
        algorithm.tell(infills=population)
    best = algorithm.opt[0]
    return float(best.F[0]), best.X.astype(int).tolist()


def nevergrad(budget: int) -> tuple[float, list[int]]:
    """Nevergrad's discrete (1 + 1) on six choices."""
    choices = ng.p.Choice(list(range(5)), repetitions=6)
    choices.random_state.seed(1)
    optimizer = ng.optimizers.registry["DiscreteOnePlusOne"](choices, budget=budget)
    best = (np.inf, [0] * 6)
    for _ in range(budget):
        candidate = optimizer.ask()
        y = VALUES[candidate.value]
        optimizer.tell(candidate, y)
        best = min(best, (y, list(candidate.value)))
    return best


def cma_es(budget: int) -> tuple[float, list[int]]:
    """Cma on six integers from 0 to 4, started again when it stops."""
    options = {"bounds": [-0.5, 4.5], "integer_variables": list(range(6)), "verbose": -9, "seed": 1}
    best, left = (np.inf, [0] * 6), budget
    while left > 0:
        es = cma.CMAEvolutionStrategy([2.0] * 6, 1.25, options)
        while not es.stop() and left > 0:
            X = es.ask()
            Z = np.clip(np.rint(X), 0, 4).astype(np.int64)
            y = COLUMN[Z @ PROBLEM.space.radix]
            es.tell(X, y.tolist())
            left -= len(X)
            best = min(best, (float(y.min()), Z[y.argmin()].tolist()))
    return best


def optuna_tpe(budget: int) -> tuple[float, list[int]]:
    """Optuna's multivariate TPE on six choices."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(multivariate=True, seed=1))
    choices: dict[str, optuna.distributions.BaseDistribution] = {
        f"edge_{j}": optuna.distributions.CategoricalDistribution(range(5)) for j in range(6)
    }
    best = (np.inf, [0] * 6)
    for _ in range(budget):
        trial = study.ask(choices)
        code = list(trial.params.values())
        y = float(VALUES[tuple(code)])
        study.tell(trial, y)
        best = min(best, (y, code))
    return best


BARE: dict[str, Side] = {
    "pymoo-ga": pymoo,
    "cma-es": cma_es,
    "optuna-tpe": optuna_tpe,
    "nevergrad:DiscreteOnePlusOne": nevergrad,
}
"""The bare libraries behind some of ``WRAPPED``."""


def rows() -> Iterator[Row]:
    """Times; every best value is the table's, or this fails."""
    warnings.simplefilter("ignore")
    creator.create("BenchFitness", base.Fitness, weights=(-1.0,))
    creator.create("BenchIndividual", list, fitness=creator.BenchFitness)
    sides: dict[str, tuple[Side, int]] = {name: (ours(solver), 3000) for name, solver in OURS.items()}
    sides |= {name: (ours(solver), 150) for name, solver in WRAPPED.items()}
    sides |= {f"bare {name}": (side, 150) for name, side in BARE.items()}
    sides |= {"DEAP": (deap, 3000), "pymoo": (pymoo, 600), "Nevergrad": (nevergrad, 300)}
    for name, (side, budget) in sides.items():
        y, code = side(budget)
        assert y == PROBLEM([code])[0], (name, y, code)
    seconds = alternate({name: partial(side, budget) for name, (side, budget) in sides.items()}, repetitions=5)
    per_candidate = {name: 1e6 * seconds[name] / budget for name, (_, budget) in sides.items()}
    rivals = {name: per_candidate[name] for name in ("DEAP", "pymoo", "Nevergrad")}
    for name in OURS:
        yield Row(f"{name}, per candidate", per_candidate[name], "us", rivals, target=30)
    for name in WRAPPED:
        bare = {"the bare library": per_candidate[f"bare {name}"]} if name in BARE else {}
        yield Row(f"{name}, per candidate", per_candidate[name], "us", bare)


if __name__ == "__main__":
    show(rows())
