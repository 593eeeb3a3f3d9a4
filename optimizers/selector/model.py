"""A learned choice among schedules: what each loses, predicted from features by ridge regression, and how surely."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from nas_problems.array import LARGEST_COUNT, FloatArray, IntArray
from nas_problems.array_file import Layout
from optimizers.handover import read_plan
from optimizers.selector.features import NAMES
from optimizers.selector.file import FileLayout, read, write


@dataclass(frozen=True, slots=True)
class Choice:
    """What a model chooses.

    Args:
        plan: Text of the schedule, for ``optimizers.handover.read_plan``.
        expected: Its expected loss: mean regret over the run, divided by that of random search.
        by_features: Whether the features decided, or it is what is best on average.
    """

    plan: str
    expected: float
    by_features: bool


@dataclass(frozen=True, eq=False)
class Model:
    """Ridge regressions of log2 losses, one per budget and schedule.

    Args:
        plans: Texts of the schedules, (S,); after a design each begins with ``random-search:<n_design>:``.
        blind: Per budget the plan that is taken without a look, see ``optimizers.selector.fit.best_unseen``, (B,).
        n_design: Evaluations of the design; 0: there is none, and only the space is looked at.
        budgets: Total evaluations, increasing, (B,).
        features: Names, (F,), some of ``optimizers.selector.NAMES``.
        centre: Means of the features, (F,).
        scale: Their standard deviations, (F,).
        mean: Mean log2 loss of each plan over the problems, (B, S); inf where it cannot be chosen at a budget.
        slopes: Change of the log2 loss per standard deviation of a feature, (B, S, F).
        spread: Covariance of the slopes but for the residual variance, (B, F, F).
        residual: Standard deviation of what is not predicted of the difference to the default, (B, S).
        default: The plan with the smallest mean, (B,).
        caution: Standard errors by which another plan must be ahead of the default, (B,); inf: it is always taken.
        blind_loss: Mean log2 loss of the blind plan, (B,).
        ridge: Penalty of the slopes, in problems, (B,).
        validation: On families held out, with everything fitted on the others: mean bounded log2 loss of what is
            chosen so, with or without a look, that of the single best solver, and the difference with its 95 %
            interval over problems, (B, 5); NaN: not computed.
        n_problems: Problems behind it, (B,).
    """

    plans: tuple[str, ...]
    blind: tuple[str, ...]
    n_design: int
    budgets: IntArray
    features: tuple[str, ...]
    centre: FloatArray
    scale: FloatArray
    mean: FloatArray
    slopes: FloatArray
    spread: FloatArray
    residual: FloatArray
    default: IntArray
    caution: FloatArray
    blind_loss: FloatArray
    ridge: FloatArray
    validation: FloatArray
    n_problems: IntArray

    def nearest_budget(self, budget: float) -> int:
        """Row of the budget that is nearest on a log scale."""
        return int(np.abs(np.log(self.budgets / budget)).argmin())

    def looks(self, budget: int) -> bool:
        """Whether features decide at a budget: their validation says so, and a design leaves half of the budget."""
        return budget >= 2 * self.n_design and bool(np.isfinite(self.caution[self.nearest_budget(budget)]))

    def without_look(self, budget: int) -> Choice:
        """What is taken without a look at a budget."""
        b = self.nearest_budget(budget)
        return Choice(self.blind[b], 2 ** float(self.blind_loss[b]), by_features=False)

    def predict(self, X: FloatArray, budget: int) -> tuple[FloatArray, FloatArray]:
        """Log2 losses of the plans and the standard errors of their differences to the default, (n, S) each.

        Args:
            X: Features in the order of ``features``, (n, F).
            budget: Evaluations of the run.
        """
        b = self.nearest_budget(budget)
        scaled = np.clip((X - self.centre) / self.scale, -3, 3)  # no further than problems have been seen
        uncertain = np.sqrt(1 / self.n_problems[b] + np.einsum("nf,fg,ng->n", scaled, self.spread[b], scaled))
        return self.mean[b] + scaled @ self.slopes[b].T, uncertain[:, None] * self.residual[b]

    def rows(self, X: FloatArray, budget: int) -> IntArray:
        """Row of the plan with the smallest predicted loss, if it is surely ahead of the default; else the default.

        Args:
            X: Features in the order of ``features``, (n, F).
            budget: Evaluations of the run.

        Returns:
            Shape (n,).
        """
        b = self.nearest_budget(budget)
        default = int(self.default[b])
        if not np.isfinite(self.caution[b]):
            return np.full(len(X), default)
        loss, error = self.predict(X, budget)
        lead = loss[:, [default]] - (loss + self.caution[b] * error)
        lead[:, default] = 0.0
        return np.asarray(lead.argmax(axis=1))

    def choose(self, x: FloatArray, budget: int) -> Choice:
        """What is chosen for one problem; see ``rows``.

        Args:
            x: Features in the order of ``features``, (F,).
            budget: Evaluations of the run.
        """
        s = int(self.rows(x[None, :], budget)[0])
        loss, _ = self.predict(x[None, :], budget)
        return Choice(self.plans[s], 2 ** float(loss[0, s]), by_features=s != self.default[self.nearest_budget(budget)])

    def save(self, path: Path | str) -> None:
        """Write the model as a file of iohnas."""
        write(path, self, _LAYOUT)

    def fault(self) -> str | None:
        """Why it cannot choose; None: it can."""
        if not len(self.budgets) or not self.plans:
            return "one without budgets or plans"
        if unknown := set(self.features) - set(NAMES):
            return f"features that are not known: {sorted(unknown)}"
        if self.default.max() >= len(self.plans):
            return f"plan {self.default.max()} as default where there are {len(self.plans)}"
        if np.isnan(self.mean).any() or np.isnan(self.caution).any():
            return "losses or cautions that are not numbers"
        if not np.isfinite(self.mean[np.arange(len(self.budgets)), self.default]).all():
            return "a default whose loss is not finite"
        lowest = np.linalg.eigvalsh((self.spread + self.spread.transpose(0, 2, 1)) / 2).min(initial=0.0)
        if lowest < -1e-6 * np.abs(self.spread).max(initial=1.0):
            return "a spread that gives negative variances"
        return None

    @classmethod
    def load(cls, path: Path | str) -> "Model":
        """Read what ``save`` wrote.

        Raises:
            OSError: It cannot be read.
            ValueError: Another kind of file, one that is damaged or was changed, one that cannot choose, or a plan that
                cannot be read.
        """
        model = cls(**read(path, _LAYOUT))
        if reason := model.fault():
            raise ValueError(f"{path}: wanted {_LAYOUT.what}, found {reason}")
        for plan in (*model.plans, *model.blind):
            read_plan(plan)
        return model


_LARGEST_LOSS = 1000.0  # log2: powers of 2 have to be numbers
_MOST = 1e30  # of a feature or a slope: products of a few stay numbers

_LAYOUT = FileLayout(
    "a model of 'iohnas portfolio fit'",
    {
        "mean": Layout("f", ("B", "S"), low=-_LARGEST_LOSS, finite=False),  # infinite: not run with this budget
        "budgets": Layout("iu", ("B",), low=1, high=LARGEST_COUNT, increasing=True),
        "centre": Layout("f", ("F",), low=-_MOST, high=_MOST),
        "scale": Layout("f", ("F",), low=1 / _MOST, high=_MOST),
        "slopes": Layout("f", ("B", "S", "F"), low=-_MOST, high=_MOST),
        "spread": Layout("f", ("B", "F", "F"), low=-_MOST, high=_MOST),
        "residual": Layout("f", ("B", "S"), low=0, high=_MOST),
        "default": Layout("iu", ("B",), low=0),
        "caution": Layout("f", ("B",), low=0, finite=False),
        "blind_loss": Layout("f", ("B",), low=-_LARGEST_LOSS, high=_LARGEST_LOSS),
        "ridge": Layout("f", ("B",), low=0),
        "validation": Layout("f", ("B", 5), finite=False),
        "n_problems": Layout("iu", ("B",), low=1, high=LARGEST_COUNT),
    },
    names={"plans": "S", "blind": "B", "features": "F"},
    counts=("n_design",),
    distinct=("plans", "features"),
)


@cache
def shipped_model() -> Model:
    """The model that comes with the package, made by ``iohnas portfolio fit`` from the shipped portfolio."""
    with resources.as_file(resources.files("optimizers").joinpath("data/selector.npz")) as path:
        return Model.load(path)
