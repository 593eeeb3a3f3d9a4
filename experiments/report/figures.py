"""Static figures of a report next to convergence and ECDF: boxes, shares, ranks."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.figures import drawn_style, grid, log_axis, panel_size, plain, set_title, tidy
from experiments.page.chart import BAR_MEANING, Boxes, box_summary
from experiments.report.incumbent import Shares
from experiments.statistics import Comparison
from nas_problems.array import FloatArray


def draw_boxes(boxes: Boxes, problems: Sequence[str], labels: Sequence[str]) -> Figure:
    """Final values: a box and a point per run, a panel per problem.

    Args:
        boxes: The values.
        problems: Which panels, at least one.
        labels: All solvers in the order of their colours.
    """
    most = max(len(boxes.panels[problem]) for problem in problems)
    figure, panels = grid(len(problems), 4.6, 1.2 + 0.27 * most)
    for axes, problem in zip(panels, problems, strict=True):
        groups = boxes.panels[problem]
        everything: FloatArray = np.concatenate([np.empty(0), *groups.values()])
        floor = log_axis(axes.xaxis, everything) if problem in boxes.log else None
        summaries = [np.maximum(box_summary(values), -np.inf if floor is None else floor) for values in groups.values()]
        line = {"linewidth": 1.2}
        drawn = axes.bxp(
            [dict(zip(("whislo", "q1", "med", "q3", "whishi"), each.tolist(), strict=True)) for each in summaries],
            positions=range(len(groups)), orientation="horizontal", widths=0.6, showfliers=False, boxprops=line,
            whiskerprops=line, capprops=line, medianprops={"linewidth": 2},
        )  # fmt: skip
        for row, (name, values) in enumerate(groups.items()):
            color = drawn_style(labels.index(name))[0]
            pairs = (*drawn["whiskers"][2 * row : 2 * row + 2], *drawn["caps"][2 * row : 2 * row + 2])
            for artist in (drawn["boxes"][row], drawn["medians"][row], *pairs):
                artist.set_color(color)
            x = values if floor is None else np.maximum(values, floor)
            spread = 0.4 * ((np.arange(len(x)) * 0.618) % 1 - 0.5)  # golden ratio: even, and the same each time
            axes.plot(x, row + spread, ".", color=color, alpha=0.5, markersize=4)
        axes.set_yticks(range(len(groups)), [plain(name, 30) for name in groups])
        axes.invert_yaxis()
        set_title(axes, problem)
        axes.set_xlabel(plain(boxes.labels[problem]), fontsize="small")
        tidy(axes)
    return figure


def draw_shares(shares_of: Mapping[str, Shares]) -> Figure:
    """Shares of runs whose incumbent has a value: a panel per problem."""
    tallest = max(len(shares.rows) for shares in shares_of.values())
    widest = max(len(shares.solvers) for shares in shares_of.values())
    figure, panels = grid(len(shares_of), 3.2 + 0.32 * widest, 1.6 + 0.17 * tallest)
    image = None
    for axes, (problem, shares) in zip(panels, shares_of.items(), strict=True):
        image = axes.imshow(100 * shares.values, cmap="Blues", vmin=0, vmax=100, aspect="auto")
        names = [plain(name, 24) for name in shares.solvers]
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize="x-small")
        axes.set_yticks(range(len(shares.rows)), [plain(row, 36) for row in shares.rows], fontsize="xx-small")
        axes.tick_params(left=False, bottom=False)  # names stand next to their rows; each mark is drawn by itself
        set_title(axes, problem)
    assert image is not None
    figure.colorbar(image, ax=panels, label="share of runs (%)", shrink=0.6, fraction=0.05)
    return figure


def draw_ranks(comparison: Comparison, labels: Sequence[str]) -> Figure:
    """Mean ranks, the ranks on every block, and bars that join solvers which are not told apart.

    Source: demsar2006, section 3.2.2.
    """
    n = len(comparison.solvers)
    lanes = np.arange(len(comparison.cliques)) % 12
    width, height = panel_size(7.5, 0.9 + 0.3 * n)
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    last = max(2.0, float(comparison.ranks.max()))
    for row, name in enumerate(comparison.solvers):
        color = drawn_style(labels.index(name))[0]
        ranks, counts = np.unique(comparison.ranks[:, row], return_counts=True)
        area = 20 + 230 * (counts - 1) / max(1, len(comparison.ranks) - 1)  # points²: what is tied does not hide
        axes.scatter(ranks, np.full(len(ranks), row), s=area, color=color, alpha=0.3, linewidths=0)
        axes.plot(comparison.mean_ranks[row], row, "D", color=color, markersize=9, markeredgecolor="white")
    for lane, clique in zip(lanes, comparison.cliques, strict=True):
        rows = [comparison.solvers.index(name) for name in clique]
        x = last + 0.35 + 0.16 * lane
        axes.plot([x, x], [rows[0] - 0.25, rows[-1] + 0.25], color="#666666", linewidth=3, solid_capstyle="butt")
    axes.set_yticks(range(n), [plain(name, 36) for name in comparison.solvers])
    axes.set_ylim(n - 0.4, -0.6)
    axes.set_xlim(0.7, last + 0.6 + 0.16 * min(12, len(comparison.cliques)))
    label = "rank (1: best); area of a dot: number of problems; diamond: mean"
    axes.set_xlabel(f"{label}; {BAR_MEANING}" if comparison.cliques else label, fontsize="small")
    tidy(axes)
    return figure
