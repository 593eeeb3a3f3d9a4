"""PNAS: progressive search, block by block, with a predictor that says which extensions are worth an evaluation."""

import itertools
import math

import numpy as np

from nas_problems.space import Codes, SearchSpace
from optimizers.archive import code_keys, draw_unseen, unseen_rows
from optimizers.decisions import Decisions
from optimizers.loop import Loop, as_solver
from optimizers.option import PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task

_MOST_EXTENSIONS = 1000  # of a block that the predictor looks at; of more a sample is drawn


@solvers.register("pnas", summary="PNAS: progressive search with an ensemble of predictors", family="model-based")
@as_solver
def pnas(
    task: Task,
    *,
    n_blocks: PositiveInt = 5,
    beam_size: PositiveInt = 10,
    n_predictors: PositiveInt = 5,
) -> Loop:
    """Extend the best candidates by one block of variables at a time; a predictor chooses which are evaluated.

    The variables are cut into ``n_blocks`` runs of neighbours. Level b combines the beam with every setting of
    block b, an ensemble of networks fitted to everything evaluated so far predicts them, and the ``beam_size``
    that look best are evaluated and are the next beam. After the last block the search begins again at the best
    candidates found, so that it uses its whole budget. No code is evaluated twice; where no extension is new,
    a candidate is drawn uniformly, and the run ends early where every code of the space has been seen.

    Differs: the paper's cells grow, these spaces have candidates of one length only, so that blocks which have not
    been decided yet keep the values of the first candidates; the predictors are networks on one-hot codes as in
    ``bananas``, not LSTMs, and predict ranks; the beam is 10, not 256, for budgets of hundreds.

    Args:
        task: What is searched; its initializer chooses the first beam.
        n_blocks: B, blocks that the variables are cut into, at most as many as there are variables.
        beam_size: K, candidates evaluated per level.
        n_predictors: Networks in the ensemble.

    Source: liu2018, Algorithm 1.
    """
    from optimizers.adapters.neural_ensemble import ensemble_predictions

    space, rng = task.space, task.rng
    decisions = Decisions(space)
    blocks = np.array_split(np.arange(space.n_parameters), min(n_blocks, space.n_parameters))
    seen: set[bytes] = set()
    asked = unseen_rows(task.start(max(beam_size, task.n_known)), seen)
    Z, y, beam = asked[:0], np.empty(0), asked
    for block in itertools.cycle(blocks):
        if len(asked):
            y_asked = yield asked
            Z, y = np.concatenate([Z, asked]), np.concatenate([y, y_asked])
            seen.update(code_keys(asked))
        if block is blocks[0]:
            beam = Z[np.argsort(y, kind="stable")[:beam_size]]
        extensions = unseen_rows(_extensions(space, decisions, beam, block.tolist(), rng), seen)
        if not len(extensions):
            extensions = draw_unseen(space, 1, seen, rng)
        if not len(extensions):
            return
        scores = ensemble_predictions(
            space.one_hot(Z), y, space.one_hot(extensions), n_predictors=n_predictors, rng=rng
        )
        asked = extensions[np.argsort(scores.mean(axis=0), kind="stable")[:beam_size]]
        beam = asked


def _extensions(
    space: SearchSpace, decisions: Decisions, beam: Codes, block: list[int], rng: np.random.Generator
) -> Codes:
    """The beam (k, d) with every setting of a block's variables, or with a sample of them; valid ones only."""
    counts = [decisions.counts[j] for j in block]
    n_settings = math.prod(counts)
    n_each = max(1, _MOST_EXTENSIONS // len(beam))
    if n_settings <= n_each:
        settings = np.array(list(itertools.product(*map(range, counts))), dtype=np.int64)
        settings = np.tile(settings, (len(beam), 1))
    else:
        settings = np.stack([rng.integers(count, size=n_each * len(beam)) for count in counts], axis=1)
    chosen = np.repeat(decisions.of_codes(beam), len(settings) // len(beam), axis=0)
    chosen[:, block] = settings
    extended = np.repeat(beam, len(settings) // len(beam), axis=0)
    extended[:, block] = decisions.to_codes(chosen, rng)[:, block]
    return extended[space.is_valid(extended)]
