"""BANANAS as in its authors' code, to compare with."""

from typing import Annotated

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace
from optimizers.archive import code_keys, draw_unseen
from optimizers.cell import read_cell
from optimizers.deep_ensemble import Fit, LossName, deep_ensemble_predictions
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.path_encoding import PathEncoding, is_cell
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import mutate_each

_N_PARENTS, _N_MUTANTS = 5, 100  # of each parent, until there are as many candidates
_ALL_PATHS = 400  # NAS-Bench-101 has 364
_ORDER = ("avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3", "none", "skip_connect")  # decides which paths are cut off


@solvers.register(
    "bananas-published", summary="BANANAS as its authors' code has it: ten-layer predictors", family="model-based"
)
@as_solver
def bananas_published(
    task: Task,
    *,
    n_initial: PositiveInt = 10,
    batch_size: PositiveInt = 10,
    n_predictors: PositiveInt = 5,
    n_paths: PositiveInt = 40,
    loss: LossName = "mae",
    lower_bound: float = 4.5,
    n_epochs: PositiveInt = 150,
    learning_rate: Annotated[float, Between(1e-9, 1.0)] = 0.01,
) -> Loop:
    """Five networks of ten layers, mutants of the best, independent Thompson sampling, ten candidates at a time.

    Predictors learn the values as they are from the first 40 columns of the path encoding: the shortest paths, ordered
    by their operations, of which the first counts fastest. Mutants are those of the best candidate, then of the
    following four until there are a hundred, and none has all paths of one that is known. In cells with operations on
    their edges each edge changes with probability 1 / (edges - 2); in those with operations on their vertices each edge
    with 1 / edges and each operation with 1 / operations.

    About 20 ms a candidate. ``bananas`` is ours, with smaller networks that learn ranks.

    Differs: where no mutant is new, uniform draws take their place, and a run ends where every code has been seen. On
    spaces that are not cells, which the authors' code does not know, codes are one-hot and variables change with
    probability 1.5 / their number.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        n_initial: t_0, candidates before the first ensemble.
        batch_size: k, evaluations per ensemble.
        n_predictors: M, networks per ensemble.
        n_paths: Columns of the path encoding that are kept.
        loss: Of the networks: ``mae`` on tables, as in the code; ``mape``, as in the paper and on the space of DARTS.
        lower_bound: Of the values, for ``mape``: 4.5 % there.
        n_epochs: Of each network: 150 on tables, 10,000 on the space of DARTS.
        learning_rate: Of Adam: .01 on tables, 1e-5 on the space of DARTS.

    Raises:
        ValueError: In a run with ``mape``: a value that is not above ``lower_bound``.

    Source: white2021bananas, released code.
    """
    space, rng = task.space, task.rng
    view = PublishedView(space, n_paths)
    fit = Fit(loss, lower_bound, n_epochs, learning_rate)
    asked = view.new(task.start(max(n_initial, task.n_known)), set())
    Z, y = asked[:0], np.empty(0)
    while len(asked):
        y_asked = yield asked
        Z, y = np.concatenate([Z, asked]), np.concatenate([y, y_asked])
        candidates = _candidates(view, Z[np.argsort(y, kind="stable")[:_N_PARENTS]], set(view.keys(Z)), rng)
        if not len(candidates):
            asked = draw_unseen(space, batch_size, set(code_keys(Z)), rng)
            continue
        predicted = deep_ensemble_predictions(
            view.encode(Z), y, view.encode(candidates), n_predictors=n_predictors, fit=fit, rng=rng
        )
        samples = rng.normal(predicted.mean(axis=0), predicted.std(axis=0))
        asked = candidates[np.argsort(samples, kind="stable")[:batch_size]]


class PublishedView:
    """What the predictors see of a space, how candidates are mutated, and which of them count as equal.

    Args:
        space: Any; see ``bananas_published`` for cells.
        n_paths: Columns that are kept of a cell's path encoding.
    """

    def __init__(self, space: SearchSpace, n_paths: int) -> None:
        self.space = space
        self._paths = PathEncoding(space, most_columns=_ALL_PATHS) if is_cell(space) else None
        self._has_vertices = False
        self.rates = np.full(space.n_parameters, min(1.0, 1.5 / space.n_parameters))
        if self._paths is not None:
            self._kept = _shortest(self._paths, n_paths)
            cell = read_cell(space)
            self._has_vertices = bool(cell.vertices)
            n_edges, vertices = len(cell.edges), list(cell.vertices.values())
            self.rates[:] = 1.0 / (n_edges if vertices else max(n_edges - 2, 1))
            self.rates[vertices] = 1.0 / max(len(vertices), 1)

    def encode(self, Z: Codes) -> FloatArray:
        """Codes (n, d) as inputs of the predictors, (n, columns)."""
        return self.space.one_hot(Z) if self._paths is None else self._paths(Z)[:, self._kept]

    def keys(self, Z: Codes) -> list[bytes]:
        """A key per code (n, d): of its paths where vertices have the operations, else of itself."""
        if self._paths is None or not self._has_vertices:
            return code_keys(Z)
        return [row.tobytes() for row in self._paths(Z).astype(np.bool_)]

    def new(self, Z: Codes, known: set[bytes]) -> Codes:
        """The codes (n, d) whose keys are not known, one of each; their keys are known then."""
        kept = []
        for row, key in enumerate(self.keys(Z)):
            if key not in known:
                known.add(key)
                kept.append(row)
        return Z[kept]


def _candidates(view: PublishedView, best: Codes, known: set[bytes], rng: np.random.Generator) -> Codes:
    """Mutants of the best (n, d), one after the other until there are enough."""
    candidates = best[:0]
    for parent in best:
        if len(candidates) >= _N_MUTANTS:
            break
        mutants = mutate_each(view.space, np.repeat(parent[None], _N_MUTANTS, axis=0), rng, rate=view.rates)
        candidates = np.concatenate([candidates, view.new(mutants, known)])
    return candidates


def _shortest(paths: PathEncoding, n: int) -> list[int]:
    """Columns of the first paths, in the authors' order."""

    def place(column: int) -> tuple[int, list[tuple[int, str]]]:
        names = paths.columns[column]
        return len(names), [(_ORDER.index(name) if name in _ORDER else 0, name) for name in reversed(names)]

    return sorted(range(paths.n_columns), key=place)[:n]
