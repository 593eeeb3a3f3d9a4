"""What is known of the problems' landscapes: footprints, and places among the BBOB functions.

``iohnas footprint ... --out DIR/landscape/footprint`` and ``iohnas ela NAME --out DIR/landscape/NAME`` leave
their tables where a report on DIR finds them.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

import nas_problems
from ela.footprint import MEASURES, RADAR_MEASURES, Footprint, footprint, footprint_radar, footprint_table
from ela.landscape.landscape import can_be_enumerated
from experiments.page import Page, literal
from experiments.page.missing import left_out
from experiments.study import Study
from nas_problems.datasets.upstream import DataUnavailableError

_NEAREST = 3
_MOST = 12  # problems in one radar plot


def add_landscapes(page: Page, folder: Path, study: Study | None, *, compute: bool) -> None:
    """Add a section with footprints and places, where there are any.

    Args:
        page: The page.
        folder: The study's folder.
        study: The study; None: it cannot be read, and nothing is computed.
        compute: Compute the footprints of the study's recorded tables that can be enumerated.
    """
    notes: list[str] = []
    footprints = _computed(study, notes) if compute and study is not None else []
    labels = {one.problem for one in footprints}
    footprints += [one for one in _stored(folder / "landscape", notes) if one.problem not in labels]
    places = _places(folder / "landscape", notes)
    if not footprints and places.empty and not notes:
        return
    page.heading("Landscapes of the problems")
    if footprints:
        table = footprint_table(footprints).T
        table.index.name = "measure"
        known = [name for name in MEASURES if any(one.value(name) is not None for one in footprints)]
        page.table(
            table.loc[["candidates", *known]].astype(float),
            name="footprints",
            caption="Fitness landscape footprints; "
            + ("exact." if all(one.is_exact for one in footprints) else "exact, or estimated from a sample."),
        )
        axes = [name for name in RADAR_MEASURES if name in known]
        if len(axes) >= 3:
            page.figure(
                footprint_radar(footprints[:_MOST], measures=axes),
                name="footprint-radar",
                caption="Footprints: each axis ends at the largest value among the problems. Noise mode and fidelity "
                "are in the labels." + (f" The first {_MOST} of {len(footprints)}." if len(footprints) > _MOST else ""),
            )
    if not places.empty:
        page.table(
            places,
            name="bbob",
            caption=f"The {_NEAREST} BBOB functions nearest to each problem: share of the nearest rows, with the 2.5 % "
            "and 97.5 % quantile over parts of the design. Computed by `iohnas ela`.",
        )
    reasons = {(name, why): None for one in footprints for name, why in one.reasons.items()}
    notes += [f"No {literal(name)}: {literal(why)}." for name, why in reasons]
    for note in notes:
        page.text(f"- {note}")


def _computed(study: Study, notes: list[str]) -> list[Footprint]:
    footprints = []
    for name in study.problems:
        try:
            problem = nas_problems.make(name, noise=study.noise[0], fidelity=study.fidelity)
            if can_be_enumerated(problem):
                footprints.append(footprint(problem, seed=study.seed))
            else:
                notes.append(f"No footprint of {literal(name)}: not a recorded table that can be looked at whole.")
        except (KeyError, ImportError, OSError, ValueError, DataUnavailableError) as error:
            notes.append(f"No footprint of {literal(name)}: {left_out(error)}")
    return footprints


def _stored(folder: Path, notes: list[str]) -> list[Footprint]:
    footprints = []
    for path in sorted(folder.glob("*/footprints.csv")):
        try:
            table = pd.read_csv(path).set_index("measure")
            for name in table.columns:
                values = {
                    measure: float(str(table.at[measure, name])) for measure in MEASURES if measure in table.index
                }
                known = {measure: value for measure, value in values.items() if value == value}
                n = int(float(str(table.at["candidates", name]))) if "candidates" in table.index else 0
                footprints.append(Footprint(str(name), False, n, n, **known))  # type: ignore[arg-type]  # MEASURES are fields
        except (OSError, ValueError, KeyError) as error:
            notes.append(f"{literal(path)} cannot be read: {left_out(error)}")
    return footprints


def _places(folder: Path, notes: list[str]) -> pd.DataFrame:
    frames = []
    for path in sorted(folder.glob("*/nearest.csv")):
        try:
            frame = pd.read_csv(path)[["function", "share of nearest rows", "2.5 %", "97.5 %"]].head(_NEAREST)
            frames.append(frame.assign(problem=path.parent.name).iloc[:, [4, 0, 1, 2, 3]])
        except (OSError, ValueError, KeyError) as error:
            notes.append(f"{literal(path)} cannot be read: {left_out(error)}")
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


__all__: Sequence[str] = ["add_landscapes"]
