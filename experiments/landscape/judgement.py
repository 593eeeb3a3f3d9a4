"""How much is lost by choosing a solver in one way or another, on problems that the choice has not seen.

Every choice is fitted on a training part alone, its own settings included (nested), and judged on the problems that
were held out: each problem in turn, each family, or a whole source.

Source: kerschke2019 (single best and virtual best solver, gap closed).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nas_problems.array import FloatArray
from optimizers.selector.features import FREE, NAMES
from optimizers.selector.fit import LARGEST, best_unseen, bounded, fit, losses_of, single_best
from optimizers.selector.model import Model
from optimizers.selector.portfolio import REFERENCE, SOURCES, Portfolio, source_of

HOLD_OUT = {
    "problem": "each problem in turn",
    "family": "each family in turn",
    "source": "all problems of its source (NAS or HPO)",
    "analytic": "all NAS and HPO problems: BBOB and PBO alone are learned from",
}
"""What is held out -> in words."""

SINGLE, SCHEDULE, RANDOM, VIRTUAL = "single best solver", "best schedule", "random search", "virtual best"
FEATURES, KINDS, PLACEBO = "features", "dimension and kinds", "permuted features"
CHOICES = (SINGLE, SCHEDULE, FEATURES, KINDS, PLACEBO, RANDOM, VIRTUAL)
"""Ways to choose, in the order of tables."""

_DRAWS = 10_000


@dataclass(frozen=True, eq=False)
class Judgement:
    """Losses on problems held out.

    Args:
        budget: Total evaluations.
        held_out: One of ``HOLD_OUT``.
        problems: Judged ones, (P,).
        loss: Way to choose -> log2 loss, (P,).
        chosen: Way to choose -> what it chose most often for each problem, (P,); of those that choose once per part.
    """

    budget: int
    held_out: str
    problems: tuple[str, ...]
    loss: dict[str, FloatArray]
    chosen: dict[str, tuple[str, ...]]

    def difference(self, choice: str, other: str, *, seed: int = 0) -> tuple[float, float, float]:
        """Mean difference of log2 losses and its 95 % interval by a bootstrap over problems."""
        return mean_interval(self.loss[choice] - self.loss[other], seed=seed)

    def gap_closed(self, choice: str) -> float:
        """Share of the way from the single best to the virtual best solver; NaN where they are the same."""
        gap = float((self.loss[SINGLE] - self.loss[VIRTUAL]).mean())
        return float((self.loss[SINGLE] - self.loss[choice]).mean()) / gap if gap > 1e-9 else float("nan")

    def frame(self) -> pd.DataFrame:
        """A row per way to choose."""
        rows = []
        for choice in CHOICES:
            mean, low, high = self.difference(choice, SINGLE)
            rows.append(
                {
                    "budget": self.budget,
                    "held out": self.held_out,
                    "choice": choice,
                    "loss": 2 ** float(self.loss[choice].mean()),
                    "log2 less single best": mean,
                    "2.5 %": low,
                    "97.5 %": high,
                    "gap closed": self.gap_closed(choice),
                }
            )
        return pd.DataFrame(rows)


def judge(portfolio: Portfolio, *, budget: int, held_out: str, judged: Sequence[str] = ("NAS", "HPO")) -> Judgement:
    """Choose for problems held out, in every way, and say what that loses.

    Args:
        portfolio: Losses and features.
        budget: Total evaluations, one of the portfolio's.
        held_out: One of ``HOLD_OUT``.
        judged: Sources of the problems that are judged, and, but for ``analytic``, learned from.

    Raises:
        ValueError: No problem to judge, or too few to learn from.
    """
    learned = portfolio.only(lambda name: held_out == "analytic" or source_of(name) in judged)
    whole = learned.at(budget)
    rows = [p for p, name in enumerate(whole.problems) if source_of(name) in judged]
    if not rows:
        raise ValueError(f"portfolio: wanted problems of {', '.join(judged)}, found none")
    loss: dict[str, FloatArray] = {choice: np.full(len(whole.problems), np.nan) for choice in CHOICES}
    chosen = {choice: [""] * len(whole.problems) for choice in (SINGLE, SCHEDULE)}
    for held, rest in _parts(whole, rows, held_out):
        _judge_part(whole, held, rest, loss, chosen)
    return Judgement(
        int(whole.budgets[0]),
        held_out,
        tuple(whole.problems[p] for p in rows),
        {choice: values[rows] for choice, values in loss.items()},
        {choice: tuple(values[p] for p in rows) for choice, values in chosen.items()},
    )


def validated(portfolio: Portfolio, *, look: bool) -> Model:
    """A model fitted on all problems of a portfolio, with what such choices lose on families held out.

    All losses are ``bounded``, as in the means that a model has.

    At a budget at which it looks these are choices of models fitted on the other families, elsewhere choices without a
    look.

    Args:
        portfolio: Losses and features. Budgets at which there is nothing to choose are left out.
        look: Whether runs begin with a design.
    """
    features = NAMES if look else FREE
    model = fit(portfolio, features=features, look=look)
    rows = []
    for budget in model.budgets.tolist():
        part = portfolio.at(budget)
        losses: list[tuple[float, float]] = []
        for family in dict.fromkeys(part.families):
            held = [p for p, name in enumerate(part.families) if name == family]
            rest = [p for p, name in enumerate(part.families) if name != family]
            if len(rest) >= 3:
                training, test = part.rows(rest), part.rows(held)
                loss = bounded(test)
                ours = loss[best_unseen(training)]
                if model.looks(budget):
                    ours = losses_of(fit(training, features=features, look=look), test)
                losses += zip(ours.tolist(), loss[single_best(training)].tolist(), strict=True)
        rows.append(_validation(np.array(losses).reshape(-1, 2)))
    return replace(model, validation=np.array(rows))


def mean_interval(values: FloatArray, *, seed: int = 0) -> tuple[float, float, float]:
    """Mean of values (n,), n >= 1, and its 95 % interval by a bootstrap."""
    draws = np.random.default_rng(seed).integers(0, len(values), size=(_DRAWS, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975]).tolist()
    return float(values.mean()), low, high


def _validation(losses: FloatArray) -> FloatArray:
    """Mean loss, that of the single best solver, difference and its interval over problems, (5,)."""
    if len(losses) < 2:
        return np.full(5, np.nan)
    return np.array([*losses.mean(axis=0), *mean_interval(losses[:, 0] - losses[:, 1])])


def _parts(whole: Portfolio, rows: Sequence[int], held_out: str) -> Iterator[tuple[list[int], list[int]]]:
    """Problems that are held out together, and those that are learned from then."""
    everything = range(len(whole.problems))
    key: Callable[[int], str] = {
        "problem": lambda p: whole.problems[p],
        "family": lambda p: whole.families[p],
        "source": lambda p: source_of(whole.problems[p]),
        "analytic": lambda p: "analytic" if source_of(whole.problems[p]) == list(SOURCES)[2] else "recorded",
    }[held_out]
    for name in dict.fromkeys(key(p) for p in rows):
        yield [p for p in rows if key(p) == name], [p for p in everything if key(p) != name]


def _judge_part(
    whole: Portfolio, held: list[int], rest: list[int], loss: dict[str, FloatArray], chosen: dict[str, list[str]]
) -> None:
    training, test = whole.rows(rest), whole.rows(held)
    actual = np.clip(test.loss[0], -LARGEST, LARGEST)
    for choice, s in ((SINGLE, single_best(training)), (SCHEDULE, best_unseen(training))):
        loss[choice][held] = actual[s]
        for p in held:
            chosen[choice][p] = whole.solvers[s]
    loss[RANDOM][held] = actual[whole.solvers.index(REFERENCE)]
    loss[VIRTUAL][held] = actual.min(axis=0)
    loss[FEATURES][held] = losses_of(fit(training, features=NAMES), test)
    loss[KINDS][held] = losses_of(fit(training, features=FREE, look=False), test)
    rng = np.random.default_rng(len(rest))
    shuffled = whole.features[rng.permutation(len(whole.problems))]
    placebo = Portfolio(**{**whole.__dict__, "features": shuffled})
    loss[PLACEBO][held] = losses_of(fit(placebo.rows(rest), features=NAMES), placebo.rows(held))
