"""Static pictures: PNG and PDF next to the page, and the PNG inside it, too."""

import base64
import importlib
import io
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from PIL import Image

from experiments.page.block import Drawing

DPI = 150
_MARGIN = DPI // 12  # in pixels
_ROWS = 64  # of pixels, that are looked at together
_MOST = 4  # processes that draw, as each has a figure in memory
_FULL = 0.94  # a picture that fills so much of its figure is not cropped
_COLORS = 192  # flat figures look the same with them, and take a quarter of the room
_BACKENDS = {"pdf": "matplotlib.backends.backend_pdf", "svg": "matplotlib.backends.backend_svg"}
_FLAT = 32  # colours of one artist from which it counts as a colour map


@dataclass(frozen=True, slots=True)
class Inlined:
    """A picture as text for the page.

    Args:
        uri: ``data:`` address.
        width: In pixels of the page.
        height: In pixels of the page.
    """

    uri: str
    width: int
    height: int


FORMATS = ("png", "pdf", "svg")
"""What pictures can be written as."""


def save_all(
    figures: Mapping[str, Drawing], folder: Path, formats: Sequence[str] = ("png", "pdf")
) -> dict[str, Inlined]:
    """Draw and ``save`` several figures, on several cores where the system can.

    Args:
        figures: File name without suffix -> what draws the figure; a process has one in memory at a time.
        folder: Where to.
        formats: Of ``FORMATS``.

    Returns:
        The PNGs as text, by file name.

    Raises:
        OSError: A file cannot be written.
    """
    n = min(len(figures), _n_children())
    if n > 1:
        _import_backends(formats)
        with (
            suppress(BrokenProcessPool),  # one was killed, as where memory is short: one after the other, then
            ProcessPoolExecutor(n, get_context("fork"), _begin, (figures, folder, formats)) as pool,
        ):
            return dict(zip(figures, pool.map(_save_named, figures), strict=True))
    return {name: save(drawn(), folder, name, formats) for name, drawn in figures.items()}


def _n_children() -> int:
    """How many child processes can have what draws as it is: with other threads, a lock could be held for ever."""
    return min(_MOST, len(os.sched_getaffinity(0))) if sys.platform == "linux" and threading.active_count() == 1 else 1


def _import_backends(formats: Sequence[str]) -> None:
    """Import what every child would otherwise import by itself."""
    for suffix in formats:
        if suffix in _BACKENDS:
            importlib.import_module(_BACKENDS[suffix])


_Job = tuple[Mapping[str, Drawing], Path, Sequence[str]]
_job: list[_Job] = []  # of a child process


def _begin(figures: Mapping[str, Drawing], folder: Path, formats: Sequence[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends, and with it the children
    _job[:] = [(figures, folder, formats)]


def _save_named(name: str) -> Inlined:
    ((figures, folder, formats),) = _job
    return save(figures[name](), folder, name, formats)


def save(figure: Figure, folder: Path, name: str, formats: Sequence[str] = ("png", "pdf")) -> Inlined:
    """Write ``<name>.png`` and other formats, and return the PNG as text.

    Args:
        figure: The figure.
        folder: Where to.
        name: File name without suffix.
        formats: Of ``FORMATS``.

    Raises:
        OSError: A file cannot be written.
    """
    image, box = _drawn(figure)
    for suffix in formats:
        if suffix != "png":
            drawn = io.BytesIO()  # where a disk is full, matplotlib would raise an error of its own in place of that
            figure.savefig(drawn, format=suffix, bbox_inches=box)
            (folder / f"{name}.{suffix}").write_bytes(drawn.getvalue())
    FigureCanvasBase(figure)  # takes the place of the canvas, whose pixels would stay in memory
    content = io.BytesIO()
    if not _has_color_map(figure):  # whose colours are values: those stay as they are
        image = image.quantize(_COLORS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    image.save(content, format="PNG", dpi=(DPI, DPI), compress_level=6)  # the highest takes five times as long for 10 %
    (folder / f"{name}.png").write_bytes(content.getvalue())
    uri = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
    scale = DPI / 96
    return Inlined(uri, round(image.width / scale), round(image.height / scale))


def _has_color_map(figure: Figure) -> bool:
    """Whether colours stand for values: an image, a mapped collection, or one with many colours of its own."""
    for artist in figure.findobj(include_self=False):
        if isinstance(artist, ScalarMappable) and artist.get_array() is not None:
            return True
        if isinstance(artist, Collection):
            colors = (artist.get_facecolor(), artist.get_edgecolor())
            if any(len(np.unique(np.reshape(values, (-1, 4)), axis=0)) > _FLAT for values in colors):
                return True
    return False


def _drawn(figure: Figure) -> tuple[Image.Image, Bbox | Literal["tight"] | None]:
    """A figure as pixels without its empty margins, and how its PDF is to be cropped."""
    if figure.get_layout_engine() is None:  # then only matplotlib knows what lies beyond the edges
        content = io.BytesIO()
        figure.savefig(content, dpi=DPI, bbox_inches="tight")
        return Image.open(content).convert("RGB"), "tight"
    figure.set_dpi(DPI)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if not axis.get_label_text():  # where it is placed depends on all ticks, and nobody sees it
                axis.set_label_coords(0.0, 0.0)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    with rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)  # laid out by now; "none" would have each further format drawn twice
    buffer = np.asarray(canvas.buffer_rgba())
    pixels = buffer[:, :, :3]
    height, width = pixels.shape[:2]
    left, top, right, bottom = _edges(buffer)
    if right - left > _FULL * width and bottom - top > _FULL * height:
        return Image.fromarray(np.ascontiguousarray(pixels)), None
    y0, y1 = height - bottom, height - top
    box = Bbox([[left / DPI, y0 / DPI], [right / DPI, y1 / DPI]])
    return Image.fromarray(np.ascontiguousarray(pixels[top:bottom, left:right])), box


def _edges(pixels: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is drawn, with a margin; all of a blank picture.

    Args:
        pixels: Shape (height, width, 4); looked at part by part, as a copy of a large picture takes its memory again.
    """
    colors = pixels.view(np.uint32)[:, :, 0]  # a comparison per pixel
    height, width = colors.shape
    in_rows, in_columns = np.zeros(height, dtype=np.bool_), np.zeros(width, dtype=np.bool_)
    for start in range(0, height, _ROWS):
        is_drawn = colors[start : start + _ROWS] != colors[0, 0]
        in_rows[start : start + _ROWS] = is_drawn.any(axis=1)
        in_columns |= is_drawn.any(axis=0)
    rows, columns = np.flatnonzero(in_rows), np.flatnonzero(in_columns)
    if not len(rows):
        return 0, 0, width, height
    return (
        max(0, int(columns[0]) - _MARGIN),
        max(0, int(rows[0]) - _MARGIN),
        min(width, int(columns[-1]) + 1 + _MARGIN),
        min(height, int(rows[-1]) + 1 + _MARGIN),
    )
