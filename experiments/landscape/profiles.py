"""Losses by budget, family by family, as a picture."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from experiments.figures import drawn_style, grid, log_axis, set_title, tick_text, tidy
from optimizers.handover import members
from optimizers.selector.fit import LARGEST, bounded
from optimizers.selector.portfolio import REFERENCE, Portfolio

_MOST_LINES = 7
_TICKS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0)
_ENOUGH = 0.7  # of the runs that a solver has at another budget


def profiled(portfolio: Portfolio, budget: int) -> list[str]:
    """Solvers whose profiles are drawn: the best schedules and the best single solvers on average, best first."""
    part = portfolio.at(budget)
    means = bounded(part).mean(axis=1)
    order = [part.solvers[s] for s in np.argsort(means, kind="stable") if part.solvers[s] != REFERENCE]
    kinds = [len(members(solver)) == 1 for solver in order]
    single = [solver for solver, alone in zip(order, kinds, strict=True) if alone][: _MOST_LINES // 2]
    schedules = [solver for solver, alone in zip(order, kinds, strict=True) if not alone]
    chosen = {*single, *schedules[: _MOST_LINES - len(single)]}
    return [solver for solver in order if solver in chosen]


def draw_profiles(portfolio: Portfolio, solvers: list[str]) -> Figure:
    """A panel per family: geometric mean of the losses of its problems at each budget; random search is 1.

    Args:
        portfolio: Losses. A budget that a solver lacks on a problem of the family is left out of its line, and one
            that clearly fewer runs have than others: means over other runs would bend the line.
        solvers: Whose lines, in the order of their colours.
    """
    groups = [family.split("-")[0] for family in portfolio.families]
    names = list(dict.fromkeys(groups))
    figure, panels = grid(len(names), 3.4, 2.7)
    for axes, name in zip(panels, names, strict=True):
        here = np.flatnonzero(np.array(groups) == name)
        for i, solver in enumerate(solvers):
            loss = np.clip(portfolio.loss[:, portfolio.solvers.index(solver)][:, here], -LARGEST, LARGEST)
            runs = portfolio.runs[:, portfolio.solvers.index(solver)][:, here].sum(axis=1)
            whole = np.flatnonzero(~np.isnan(loss).any(axis=1) & (runs >= _ENOUGH * runs.max()))
            if not len(whole):
                continue
            color, line = drawn_style(i)
            values = 2 ** loss[whole].mean(axis=1)
            label = solver if axes is panels[0] else None
            axes.plot(portfolio.budgets[whole], values, line, color=color, linewidth=1.5, marker="o", ms=3, label=label)
        axes.axhline(1.0, color="#888888", linewidth=0.9)
        axes.set(xscale="log", yscale="log", xlabel="evaluations", ylabel="loss (random search: 1)")
        log_axis(axes.xaxis, portfolio.budgets.astype(np.float64))
        axes.yaxis.set_major_locator(FixedLocator(list(_TICKS)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value)))
        axes.yaxis.set_minor_locator(NullLocator())
        set_title(axes, f"{name} ({len(here)})")
        tidy(axes)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return figure
