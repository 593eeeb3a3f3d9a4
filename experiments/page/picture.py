"""Static pictures: PNG and PDF beside the page, and a small copy inside it."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from PIL import Image

DPI = 150
_COLORS = 96  # of the copy; flat figures look the same with them


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


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write ``<name>.png`` and ``<name>.pdf``."""
    png, pdf = folder / f"{name}.png", folder / f"{name}.pdf"
    if figure.get_layout_engine() is None:  # drawn twice: once to find the edges
        figure.savefig(png, dpi=DPI, bbox_inches="tight")
        figure.savefig(pdf, bbox_inches="tight")
        return
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_layout_engine("none")  # laid out by now; once is enough
    Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").save(png, dpi=(DPI, DPI))
    FigureCanvasPdf(figure).print_pdf(pdf)


def inline(path: Path) -> Inlined:
    """A PNG with fewer colours, as ``data:`` address."""
    with Image.open(path) as image:
        opaque = image.convert("RGB")
        scale = DPI / 96
        width, height = round(opaque.width / scale), round(opaque.height / scale)
        few = opaque.quantize(_COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        content = io.BytesIO()
        few.save(content, format="PNG", optimize=True)
    return Inlined("data:image/png;base64," + base64.b64encode(content.getvalue()).decode(), width, height)
