"""Solvers, the initializers that start them, and the loop that runs them on a problem.

>>> import nas_problems, optimizers
>>> log = optimizers.run("local-search", nas_problems.make("nb201-cifar10"), budget=300, seed=1)
>>> len(log), float(log.y.min().round(3))  # validation error in percent
(300, 8.393)
"""

from optimizers.ioh_algorithm import BudgetExhausted, IohAlgorithm
from optimizers.loop import as_solver
from optimizers.minimizer import from_minimizer
from optimizers.registry import (
    collections,
    initializer_names,
    make,
    make_initializer,
    names,
    options,
    register,
    solvers,
    traits,
)
from optimizers.run import run
from optimizers.runlog import RunLog
from optimizers.solver import At, ConfiguredSolver, Initializer, Solver, SolverFactory, Task, Traits

__all__ = [
    "At",
    "BudgetExhausted",
    "ConfiguredSolver",
    "Initializer",
    "IohAlgorithm",
    "RunLog",
    "Solver",
    "SolverFactory",
    "Task",
    "Traits",
    "as_solver",
    "collections",
    "from_minimizer",
    "initializer_names",
    "make",
    "make_initializer",
    "names",
    "options",
    "register",
    "run",
    "solvers",
    "traits",
]
