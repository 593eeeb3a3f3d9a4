"""What the searches found: how often each choice occurs in the final incumbents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pandas as pd

import nas_problems
from experiments.page.missing import reason_to_show
from experiments.report.result import Result
from experiments.report.runs import ProblemRuns
from experiments.study import Study
from experiments.text.number import number
from nas_problems.array import FloatArray, IntArray
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.parameter import Parameter
from nas_problems.space import Codes
from optimizers.decoded import codes_of

_MOST_CHOICES = 12
_BINS = 5  # of parameters with more values, of equal width on the parameter's own scale


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of runs whose incumbent has a value.

    Args:
        rows: ``parameter = value``.
        solvers: Columns.
        values: Shares in [0, 1], (rows, solvers).
    """

    rows: Sequence[str]
    solvers: Sequence[str]
    values: FloatArray


def incumbent_shares(problems: Sequence[ProblemRuns], study: Study) -> tuple[Mapping[str, Shares], Mapping[str, str]]:
    """Shares of every choice among the final incumbents.

    Args:
        problems: Finished runs.
        study: The study; its problems are made to read positions, and not evaluated.

    Returns:
        Problem -> shares, and problem -> why there are none.
    """
    shares, reasons = {}, {}
    names, unknown = problems_of_study(study)
    for one in (one for one in problems if not one.is_several):
        runs = {name: [run for run in runs if run.incumbent.size] for name, runs in one.searches.items()}
        runs = {name: of for name, of in runs.items() if of}
        if not runs:
            reasons[one.problem] = "positions were not logged"
            continue
        if one.problem not in names:
            whys = (why for name, why in unknown.items() if f"{one.problem}.".startswith(f"{name}."))
            reasons[one.problem] = next(whys, "not a problem of this study")
            continue
        try:
            shares[one.problem] = _shares(runs, names[one.problem])
        except (KeyError, ImportError, OSError, ValueError, DataUnavailableError) as error:
            reasons[one.problem] = reason_to_show(error)
    return shares, reasons


def problems_of_study(study: Study) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Label in logs -> registered name, and registered name -> why the problem cannot be made."""
    problems, unknown = {}, {}
    for name in study.problems:
        for noise in study.noise:
            try:
                problems[nas_problems.make(name, noise=noise, fidelity=study.fidelity).label] = name
            except KeyError as error:
                unknown[name] = f"{reason_to_show(error)}; if it is your own, give --import FILE"
            except (ImportError, OSError, ValueError, DataUnavailableError) as error:
                unknown[name] = reason_to_show(error)
    return problems, unknown


def _shares(runs: Mapping[str, Sequence[Result]], name: str) -> Shares:
    instances = sorted({run.record.instance for of in runs.values() for run in of})
    spaces = {instance: nas_problems.make(name, instance=instance).space for instance in {1, *instances}}
    parameters = {parameter.name: parameter for parameter in spaces[1].parameters}
    labels = {name: _labels(parameter) for name, parameter in parameters.items()}
    counts = {name: np.zeros((len(labels[name]), len(runs))) for name in parameters}
    for (j, of), instance in product(enumerate(runs.values()), instances):
        positions = [run.incumbent for run in of if run.record.instance == instance]
        if not positions:
            continue
        space = spaces[instance]
        Z = codes_of(space, np.array(positions))
        for k, parameter in enumerate(space.parameters):
            base = parameters[parameter.name]  # an instance has its choices in another order
            chosen = _row(base, base.encode(parameter.decode(Z[:, k])))
            counts[base.name][:, j] += np.bincount(chosen, minlength=len(labels[base.name])) / len(of)
    rows = [f"{name} = {label}" for name in parameters for label in labels[name]]
    return Shares(rows, list(runs), np.concatenate(list(counts.values())))


def _labels(parameter: Parameter) -> list[str]:
    n = parameter.n_choices
    if n is None:
        edges = [_text(value) for value in parameter.decode(parameter.from_unit(np.linspace(0, 1, _BINS + 1)))]
        return [f"{low} … {high}" for low, high in pairwise(edges)]
    starts = _starts(parameter)
    firsts, lasts = (parameter.decode(codes) for codes in (starts, np.append(starts[1:], n) - 1))
    return [_text(a) if a == b else f"{_text(a)} … {_text(b)}" for a, b in zip(firsts, lasts, strict=True)]


def _row(parameter: Parameter, codes: Codes) -> IntArray:
    if parameter.n_choices is None:
        return np.minimum((parameter.to_unit(codes) * _BINS).astype(np.int64), _BINS - 1)
    return np.searchsorted(_starts(parameter), codes, side="right") - 1


def _starts(parameter: Parameter) -> Codes:
    """First codes of the rows of a parameter: each choice, or, of many, parts of equal width without empty ones."""
    n = parameter.n_choices
    assert n is not None
    if n <= _MOST_CHOICES:
        return np.arange(n)
    return np.unique([_first_code(parameter, n, part / _BINS) for part in range(_BINS)])


def _first_code(parameter: Parameter, n: int, edge: float) -> int:
    """Smallest code that lies at ``edge`` or above on the parameter's own scale from 0 to 1, by bisection."""
    low, high = 0, n - 1
    while low < high:
        middle = (low + high) // 2
        if float(parameter.to_unit(np.array([middle]))[0]) >= edge:
            high = middle
        else:
            low = middle + 1
    return low


def _text(value: object) -> str:
    return number(value, 3) if isinstance(value, float) else str(value)


def shares_table(shares_of: Mapping[str, Shares]) -> pd.DataFrame:
    """All shares, one row per problem, solver and value."""
    rows = [
        {"problem": problem, "solver": solver, "value": row, "share_of_runs": shares.values[i, j]}
        for problem, shares in shares_of.items()
        for i, row in enumerate(shares.rows)
        for j, solver in enumerate(shares.solvers)
    ]
    return pd.DataFrame(rows, columns=["problem", "solver", "value", "share_of_runs"])
