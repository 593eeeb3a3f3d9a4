"""Figures 4 and 5: training curves, and how early they tell the end."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import kendalltau, pearsonr

from experiments.figures import PALETTE
from experiments.page import Claim, Page
from experiments.papers.frustratingly_hard import published
from nas_problems.array import FloatArray

WINDOWS = (1, 3, 6)
"""Epochs over which a moving average of the accuracy goes."""


def correlation_with_end(curves: FloatArray, window: int) -> FloatArray:
    """Pearson's correlation of the accuracy after each epoch with that after the last one, (epochs - window + 1,).

    Args:
        curves: (epochs, n).
        window: Epochs of a moving average that takes the place of the accuracy; 1: the accuracy itself.
    """
    means = np.lib.stride_tricks.sliding_window_view(curves, window, axis=0).mean(axis=-1)
    return np.array([pearsonr(row, curves[-1])[0] for row in means])


def kendall_with_end(curves: FloatArray, epoch: int, window: int) -> float:
    """Kendall's tau of the mean accuracy of the epochs up to one with that after the last epoch.

    Args:
        curves: (epochs, n).
        epoch: The last one of the mean, counted from 1.
        window: Epochs of the mean; 1: the accuracy itself.
    """
    return float(kendalltau(curves[max(0, epoch - window) : epoch].mean(axis=0), curves[-1])[0])


def write_curves(page: Page, curves: FloatArray) -> None:
    """Write the curves of random cells, and the correlation of early with final accuracy.

    Args:
        page: Written to.
        curves: Test accuracy on digits in percent after every epoch, (epochs, n).
    """
    page.heading("Figures 4 and 5: training curves")
    finite = curves[:, np.isfinite(curves).all(axis=0)]
    shown = {"digits": finite}
    if published.CURVES.at_hand:
        shown["CIFAR-10 (published)"] = published.curves()["n_214_random_architectures"].T
    windows = {title: WINDOWS if title == "digits" else (1, 10, 50) for title in shown}
    correlations = {
        title: {w: correlation_with_end(values, w) for w in windows[title] if w < len(values)}
        for title, values in shown.items()
    }
    page.figure(
        _curves(shown), name="figure-4", caption="Test accuracy after every epoch, one line per random architecture."
    )
    page.figure(
        _correlations(correlations),
        name="figure-5",
        caption="Pearson's correlation of the accuracy after an epoch, or of its moving average over a window that "
        "ends there, with the accuracy after the last epoch.",
    )
    page.table(
        _kendall_table(shown),
        name="curves-kendall",
        digits=2,
        caption="Kendall's tau of the accuracy after an epoch, and of its mean over a thirtieth of the training that "
        "ends there (20 epochs of 600), with the accuracy after the last epoch.",
    )
    widths = list(correlations["digits"])
    raw, *smooth = correlations["digits"].values()
    gains = [float((values[:-1] - raw[len(raw) - len(values) : -1]).mean()) for values in smooth]
    half = len(raw) // 2
    page.claim(
        Claim(
            "Moving averages of the accuracy tell the end better than the accuracy itself",
            "a stronger correlation at all epochs (figure 5)",
            f"{max(gains):+.3f} on average over the epochs; raw correlation {raw[half - 1]:.2f} at half time",
            "holds" if max(gains) > 0 else "does not hold",
            f"{finite.shape[1]} cells on digits; the better of windows of {' and '.join(map(str, widths[1:]))} epochs."
            + _published_gain(correlations),
            "the correlation is higher on average over the epochs with the better window",
        )
    )


def _kendall_table(shown: Mapping[str, FloatArray]) -> pd.DataFrame:
    rows = []
    for title, curves in shown.items():
        window = max(2, round(len(curves) / 30))
        for share in (1 / 12, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6, 11 / 12):
            epoch = max(1, round(share * len(curves)))
            taus = [kendall_with_end(curves, epoch, width) for width in (1, window)]
            rows.append([title, epoch, len(curves), taus[0], window, taus[1]])
    columns = ["images", "epoch", "of", "tau, that epoch", "window", "tau, mean of the window"]
    return pd.DataFrame(rows, columns=columns)


def _curves(shown: Mapping[str, FloatArray]) -> Figure:
    figure = Figure(figsize=(5.0 * len(shown), 3.4), layout="constrained")
    for axes, (title, curves) in zip(np.atleast_1d(figure.subplots(1, len(shown))), shown.items(), strict=True):
        axes.plot(np.arange(1, len(curves) + 1), curves, color=PALETTE[0], linewidth=0.4, alpha=0.4, rasterized=True)
        axes.set(xlabel="epoch", ylabel="test accuracy (%)", title=f"{title}, {curves.shape[1]} architectures")
    return figure


def _correlations(found: Mapping[str, Mapping[int, FloatArray]]) -> Figure:
    figure = Figure(figsize=(5.0 * len(found), 3.2), layout="constrained")
    for axes, (title, windows) in zip(np.atleast_1d(figure.subplots(1, len(found))), found.items(), strict=True):
        for place, (window, values) in enumerate(windows.items()):
            epochs = np.arange(window, window + len(values))
            axes.plot(epochs, values, color=PALETTE[place], label="raw" if window == 1 else f"window {window}")
        axes.set(xlabel="epoch", ylabel="correlation with the end", title=title, ylim=(None, 1.02))
        axes.legend(frameon=False, loc="lower right")
    return figure


def _published_gain(correlations: Mapping[str, Mapping[int, FloatArray]]) -> str:
    """What moving averages gain on cells of DARTS, in the authors' own curves."""
    found = [values for title, values in correlations.items() if title != "digits"]
    if not found:
        return ""
    raw, *smooth = found[0].values()
    gains = [float((values - raw[len(raw) - len(values) :]).mean()) for values in smooth]
    return f" In the authors' curves of DARTS's cells it is {max(gains):+.3f}"
