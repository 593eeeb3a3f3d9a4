"""A warm start: of many candidates drawn uniformly, those of which zero-cost proxies promise most."""

from collections.abc import Sequence

import numpy as np

from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.archive import draw_unseen
from optimizers.option import PositiveInt
from optimizers.registry import initializers


class BestByProxy:
    """Draws distinct candidates, and returns those with the best mean rank over some zero-cost metrics, best first.

    The largest values are the best ones: of proxies, and of parameters and FLOPs, which are the baseline that proxies
    are compared with. The problem is one that knows them; the space may be searched in another problem, such as a
    table of the same networks.

    Args:
        problem: What measures; it must have the space that is searched.
        proxies: Names of zero-cost metrics of it.
        n_per_candidate: Candidates that are drawn for each that is returned.

    Raises:
        ValueError: A metric that is not a zero-cost one of the problem; the message has those that are.

    Source: abdelfattah2021, section 5.1 (warm-up).
    """

    label = "best-by-proxy"

    def __init__(self, problem: Problem, proxies: Sequence[str], *, n_per_candidate: int = 10) -> None:
        known = problem.zero_cost
        if not proxies or (unknown := [name for name in proxies if name not in known]):
            found = "none" if not proxies else repr(unknown[0])
            listed = ", ".join(known) or "it has none"
            raise ValueError(f"proxies: wanted zero-cost metrics of {problem.label} ({listed}), found {found}")
        self._problem, self._proxies, self._n = problem, tuple(proxies), n_per_candidate

    def __call__(self, space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        """Choose ``n`` rows of codes, shape (n, d), fewer where the space has no more.

        Raises:
            ValueError: Another space than that of the problem, such as that of another instance.
        """
        if space.parameters != self._problem.space.parameters:
            raise ValueError(
                f"space: wanted that of {self._problem.label}, instance {self._problem.instance}, found another"
            )
        from scipy.stats import rankdata  # half a second, which lists and reports need not wait for

        if n == 0:
            return space.sample(0, rng)
        Z = draw_unseen(space, n * self._n, frozenset(), rng)
        measured = self._problem.noise_free.evaluate(Z, metrics=self._proxies).metrics
        ranks = [rankdata(-np.nan_to_num(measured[name], nan=-np.inf)) for name in self._proxies]
        return Z[np.argsort(np.mean(ranks, axis=0), kind="stable")[:n]]


@initializers.register(
    "best-by-proxy", summary="of ten candidates drawn for each, those with the best zero-cost proxy", family="model"
)
def make_best_by_proxy(problem: Problem, *, proxies: str = "", n_per_candidate: PositiveInt = 10) -> BestByProxy:
    """The initializer for a problem with zero-cost metrics.

    Args:
        problem: What will be searched.
        proxies: Zero-cost metrics, such as ``synflow`` or ``synflow+n_parameters``; empty: ``synflow``, or
            ``n_parameters`` where the problem does not have it.
        n_per_candidate: See ``BestByProxy``.

    Raises:
        ValueError: See ``BestByProxy``.
    """
    names = tuple(name.strip() for name in proxies.split("+")) if proxies else ()
    usual = tuple(name for name in ("synflow", "n_parameters") if name in problem.zero_cost)
    return BestByProxy(problem, names or usual[:1], n_per_candidate=n_per_candidate)
