"""Static pictures: PNG and PDF beside the page, and a small copy inside it."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image, ImageChops

DPI = 150
_MARGIN = DPI // 12  # in pixels
_FULL = 0.94  # a picture that fills so much of its figure is not cropped
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
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib gives it none
    figure.set_layout_engine("none")  # laid out by now; once is enough
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]  # matplotlib gives it none
    image = Image.fromarray(np.asarray(pixels)).convert("RGB")
    left, top, right, bottom = _edges(image)
    if right - left > _FULL * image.width and bottom - top > _FULL * image.height:
        image.save(png, dpi=(DPI, DPI))
        FigureCanvasPdf(figure).print_pdf(pdf)  # type: ignore[no-untyped-call]  # matplotlib gives it none
        return
    image.crop((left, top, right, bottom)).save(png, dpi=(DPI, DPI))
    y0, y1 = image.height - bottom, image.height - top
    figure.savefig(pdf, bbox_inches=Bbox([[left / DPI, y0 / DPI], [right / DPI, y1 / DPI]]))


def _edges(image: Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is drawn, with a margin; all of a blank picture."""
    paper = Image.new("RGB", image.size, image.getpixel((0, 0)))
    left, top, right, bottom = ImageChops.difference(image, paper).getbbox() or (0, 0, *image.size)
    return (
        max(0, left - _MARGIN),
        max(0, top - _MARGIN),
        min(image.width, right + _MARGIN),
        min(image.height, bottom + _MARGIN),
    )


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
