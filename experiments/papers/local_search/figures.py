"""Figures for the page on local search: trees, networks of optima, curves."""

import math
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ela.landscape.landscape import Landscape
from ela.landscape.layout import scaled_positions, tree_layout
from ela.landscape.lon import LocalOptimaNetwork
from experiments.figures import PALETTE
from nas_problems.array import FloatArray


def search_trees(
    landscapes: Mapping[str, Landscape], *, judged_by: Sequence[FloatArray | None] = (), n_best: int = 6
) -> Figure:
    """Draw the trees of local search that contain the best nodes; an edge is one iteration of local search.

    Args:
        landscapes: Title -> an exact landscape.
        judged_by: Per landscape, the values whose lowest ones define the best nodes, (n,); None: its own values.
        n_best: Number of best nodes, which are red; the trees drawn are those of the optima reached from them.

    Source: white2021, figure 4.1.
    """
    figure = Figure(figsize=(7.0 * len(landscapes), 7.0), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(landscapes)))
    judges = [*judged_by, *[None] * (len(landscapes) - len(judged_by))]
    for axes, judge, (title, landscape) in zip(panels, judges, landscapes.items(), strict=True):
        search = landscape.local_search
        best = np.argsort(landscape.y if judge is None else judge, kind="stable")[:n_best]
        roots = list(dict.fromkeys(search.optimum[best].tolist()))
        radii = [_draw_tree(axes, landscape, root, set(best.tolist()), draw=False) for root in roots]
        right = 0.0
        for root, radius in zip(roots, radii, strict=True):
            _draw_tree(axes, landscape, root, set(best.tolist()), offset=right + radius)
            right += 2 * radius + 0.8
        shown = np.isin(search.optimum, roots).mean()
        axes.set_title(f"{title}: {len(roots)} of {search.n_optima} trees, {shown:.1%} of all starts", fontsize=10)
        axes.set_aspect("equal")
        axes.axis("off")
    ranks = ScalarMappable(Normalize(0, 100), "viridis_r")
    figure.colorbar(ranks, ax=list(panels), label="rank (% of all nodes; 0: lowest)", shrink=0.6)
    return figure


def _draw_tree(
    axes: Axes, landscape: Landscape, root: int, best: set[int], *, offset: float = 0.0, draw: bool = True
) -> float:
    nodes, positions = tree_layout(landscape.local_search, root)
    radius = max(float(np.hypot(*positions.T).max()), 0.5)
    if not draw:
        return radius
    positions = positions + np.array([offset, 0.0])
    place = {int(node): i for i, node in enumerate(nodes)}
    parents = positions[[place[int(node)] for node in landscape.local_search.successor[nodes]]]
    rank = landscape.y.argsort().argsort()[nodes] / len(landscape)
    colors = matplotlib.colormaps["viridis_r"](rank)
    segments = np.stack([positions, parents], axis=1)
    axes.add_collection(LineCollection(list(segments), colors=colors, linewidths=0.3, rasterized=True))
    axes.scatter(positions[:, 0], positions[:, 1], s=1.5, c=colors, linewidths=0, zorder=2, rasterized=True)
    red = [i for i, node in enumerate(nodes.tolist()) if node in best]
    axes.scatter(positions[red, 0], positions[red, 1], s=26, color="red", zorder=3)
    return radius


def optima_networks(
    networks: Mapping[str, tuple[LocalOptimaNetwork, Landscape]], *, value_labels: Sequence[str], n_most: int = 60
) -> Figure:
    """Draw networks of local optima: disc areas show basins, red marks the best, edges are transitions between basins.

    Positions are the Hamming distances between optima, scaled to two dimensions.

    Args:
        networks: Title -> network with basin edges, and its landscape.
        value_labels: What is minimised, one per network.
        n_most: Most optima to draw, those with the largest basins.

    Source: ochoa2008.
    """
    figure = Figure(figsize=(6.0 * len(networks), 5.6), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(networks)))
    for axes, value_label, (title, (network, landscape)) in zip(panels, value_labels, networks.items(), strict=True):
        kept = np.sort(np.argsort(-network.basin_sizes, kind="stable")[:n_most])
        codes = landscape.Z[network.optima[kept]]
        positions = scaled_positions(landscape.space.distance(codes, codes, metric="hamming"))
        weights = network.matrix()[np.ix_(kept, kept)]
        rows, columns = np.nonzero(weights * (1 - np.eye(len(kept))))
        segments = np.stack([positions[rows], positions[columns]], axis=1)
        axes.add_collection(
            LineCollection(list(segments), colors="0.4", linewidths=4 * weights[rows, columns], alpha=0.6)
        )
        share = network.basin_sizes[kept] / network.basin_sizes.sum()
        discs = axes.scatter(
            positions[:, 0],
            positions[:, 1],
            s=20 + 3000 * share,
            c=network.y[kept],
            cmap="viridis_r",
            edgecolors=["red" if i == 0 else "white" for i in kept],
            linewidths=1.5,
            zorder=2,
        )
        figure.colorbar(discs, ax=axes, shrink=0.7, label=value_label)
        axes.set_title(f"{title}: {len(network.optima)} optima, {network.n_edges} edges", fontsize=10)
        axes.set(aspect="equal", xticks=[], yticks=[])
        axes.margins(0.15)
    return figure


def noise_sweep(scale: FloatArray, values: Mapping[str, FloatArray], *, markers: Mapping[str, float]) -> Figure:
    """Plot statistics of local search against the amount of noise; bands are one standard deviation over draws.

    Args:
        scale: Amounts of noise x, (k,).
        values: Title of a panel -> values, shape (k, draws).
        markers: Title -> published value for the standard search space (x = 1).
    """
    figure = Figure(figsize=(4.2 * len(values), 3.4), layout="constrained")
    for axes, (title, table) in zip(np.atleast_1d(figure.subplots(1, len(values))), values.items(), strict=True):
        mean, spread = table.mean(axis=1), table.std(axis=1)
        axes.plot(scale, mean, "o-", ms=3, color=PALETTE[0])
        axes.fill_between(scale, mean - spread, mean + spread, color=PALETTE[0], alpha=0.2)
        if title in markers:
            axes.plot([1.0], [markers[title]], "*", color=PALETTE[1], ms=10, label="published, standard")
            axes.legend(frameon=False, fontsize=8)
        axes.set(xlabel="noise x", ylabel=title)
        axes.set_ylim(bottom=0)
    return figure


def shares_within(curves: Mapping[str, Mapping[str, tuple[FloatArray, FloatArray]]]) -> Figure:
    """Plot the probability of reaching within epsilon of the global optimum, exact and predicted, one panel per table.

    Args:
        curves: Title -> label -> (epsilon, share).

    Source: white2021, figure 4.2, top right.
    """
    n_columns = min(2, len(curves))
    n_rows = math.ceil(len(curves) / n_columns)
    figure = Figure(figsize=(4.0 * n_columns, 3.6 * n_rows), layout="constrained")
    panels = np.atleast_1d(figure.subplots(n_rows, n_columns)).ravel()
    for axes, (title, lines) in zip(panels, curves.items(), strict=False):
        for i, (label, (eps, share)) in enumerate(lines.items()):
            is_exact = label.startswith("exact")
            color = "black" if is_exact else PALETTE[(i - 1) % len(PALETTE)]
            axes.plot(eps, share, color=color, ls="-" if is_exact else "--", label=label, lw=1.6)
        axes.set(xlabel="epsilon (loss in [0, 1])", ylabel="share of starts", ylim=(0, 1.05))
        axes.set_title(title, fontsize=9)
    for axes in panels[len(curves) :]:
        axes.set_visible(False)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    return figure


def preimages(loss: FloatArray, simulated: FloatArray, lines: Mapping[str, FloatArray]) -> Figure:
    """Plot the mean number of nodes that reach a node in k steps against its loss.

    Args:
        loss: Middle of each bin of loss, (b,).
        simulated: Means over draws, shape (steps, b), first row one step.
        lines: Label -> predictions, shape (steps, b).

    Source: white2021, figure 4.2, bottom right.
    """
    figure = Figure(figsize=(4.0 * len(simulated), 3.4), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(simulated)))
    for k, axes in enumerate(panels):
        axes.plot(loss, simulated[k], "ko", ms=4, label="simulated")
        for i, (label, values) in enumerate(lines.items()):
            if np.isfinite(values[k]).all():
                axes.plot(loss, values[k], "--", label=label, color=PALETTE[i])
        axes.set(xlabel="validation loss", ylabel=f"nodes {k + 1} {'step' if k == 0 else 'steps'} back")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def search_curves(panels: Mapping[str, Mapping[str, FloatArray]], *, label: str) -> Figure:
    """Plot the mean over trials and its standard error against evaluations, one panel per problem.

    The axis of values ends at the value of the worst solver after 16 evaluations.

    Args:
        panels: Title -> solver -> values of the incumbent, shape (trials, budget).
        label: What the incumbent's value is.

    Source: white2021, figure 4.2.
    """
    n_columns = 2
    n_rows = math.ceil(len(panels) / n_columns)
    figure = Figure(figsize=(5.0 * n_columns, 3.5 * n_rows), layout="constrained")
    grid = np.atleast_1d(figure.subplots(n_rows, n_columns)).ravel()
    for axes, (title, solvers) in zip(grid, panels.items(), strict=False):
        top = []
        for i, (solver, values) in enumerate(solvers.items()):
            mean = values.mean(axis=0)
            error = values.std(axis=0, ddof=1) / math.sqrt(len(values))
            x = np.arange(1, len(mean) + 1)
            axes.plot(x, mean, label=solver, color=PALETTE[i % len(PALETTE)])
            axes.fill_between(x, mean - error, mean + error, alpha=0.25, color=PALETTE[i % len(PALETTE)], linewidth=0)
            top.append(mean[min(15, len(mean) - 1)])
        axes.set(title=title, xlabel="evaluations", ylabel=label)
        low = min(values.mean(axis=0).min() for values in solvers.values())
        axes.set_ylim(low - 0.1 * (max(top) - low), max(top))
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside upper center", ncols=4, frameon=False)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    return figure


def against_noise(x: FloatArray, curves: Mapping[str, FloatArray], *, label: str) -> Figure:
    """Plot the final values of solvers against the amount of noise.

    Args:
        x: Amounts of noise, (k,).
        curves: Solver -> final values, (k, trials).
        label: What these values are.

    Source: white2021, figure 4.3.
    """
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for i, (solver, values) in enumerate(curves.items()):
        error = values.std(axis=1, ddof=1) / math.sqrt(values.shape[1])
        axes.errorbar(x, values.mean(axis=1), error, color=PALETTE[i % len(PALETTE)], marker="o", ms=3, label=solver)
    axes.set(xlabel="noise x", ylabel=label)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    return figure


def fitted_densities(tables: Mapping[str, tuple[FloatArray, FloatArray, FloatArray]]) -> Figure:
    """Plot histograms of losses and the truncated normals fitted to them.

    Args:
        tables: Title -> (losses, middles of the model's cells, its density there).

    Source: white2021, figure 5.1.
    """
    n_rows = math.ceil(len(tables) / 3)
    figure = Figure(figsize=(4.0 * min(3, len(tables)), 3.0 * n_rows), layout="constrained")
    panels = np.atleast_1d(figure.subplots(n_rows, min(3, len(tables)))).ravel()
    for axes in panels[len(tables) :]:
        axes.set_visible(False)
    for axes, (title, (losses, x, density)) in zip(panels, tables.items(), strict=False):
        axes.hist(losses, bins=100, density=True, color="0.7")
        axes.plot(x, density, color=PALETTE[1])
        axes.set(title=title, xlabel="validation loss", ylabel="density", ylim=(0, 1.4 * float(density.max())))
    return figure


def neighbour_densities(pairs: Mapping[str, FloatArray]) -> Figure:
    """Plot how likely architectures with losses u and v are neighbours; darker is more likely.

    Args:
        pairs: Title -> joint probabilities of cells, (m, m).

    Source: white2021, figure 5.2.
    """
    figure = Figure(figsize=(4.0 * len(pairs), 3.6), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(pairs)))
    for axes, (title, joint) in zip(panels, pairs.items(), strict=True):
        shown = np.log10(np.where(joint > 0, joint, np.nan))
        image = axes.imshow(
            shown.T,
            origin="lower",
            extent=(0, 1, 0, 1),
            cmap="Greys",
            norm=Normalize(-7, -1.5),
            interpolation="nearest",
        )
        axes.set(title=title, xlabel="loss u", ylabel="loss v of a neighbour")
    figure.colorbar(image, ax=list(panels), label="log10 of the probability", shrink=0.8)
    return figure
