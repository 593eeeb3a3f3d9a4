"""Traoré, Camero, Zhu 2021: compact networks by differentiable search.

Source: traore2021compact.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.page import Claim, Page, graded
from experiments.papers import new_page, reproductions
from experiments.papers.compact import published
from nas_problems.network.available import check_torch

_LOST, _MORE_LOST = 0.59, 3.0  # percentage points


@reproductions.register(
    "compact",
    summary="Traoré et al. 2021: compact networks by losses on cost and depth, next to residual networks",
    family="traore2021compact",
)
def reproduce_compact(out: Path, *, quick: bool = False, seed: int = 1) -> Page:
    """Table 5.3: sizes of residual networks exactly; S to S+C+D searched, and trained on two kinds of splits.

    Searches and trainings take about half an hour on one core; each is a file in ``<out>/work`` once it is done, and a
    page that was stopped goes on.

    Args:
        out: Folder of the page.
        quick: Tiny networks, one epoch, one run.
        seed: Of the first run.

    Raises:
        ImportError: torch is not installed.
    """
    check_torch("a supernet")
    from experiments.papers.compact.work import QUICK, Sizes, drawn
    from nas_problems.datasets.image_sets import load_digits
    from nas_problems.datasets.small_sets import load_trial_images

    sizes = QUICK if quick else Sizes()
    images = load_digits() if quick else drawn(load_trial_images(), sizes)
    page = new_page(out, "Compact networks by differentiable search", "compact", quick=quick, seed=seed)
    page.text(
        "The paper searches cells for So2Sat LCZ42 (d1: cities of their own for the test; d2: a random part of the "
        f"same cities). Here the images are {len(images.labels)} of `{images.name}` with {images.shape.height} x "
        f"{images.shape.width} pixels: for d1, groups of images that look alike are kept for the "
        "test; for d2, a random fifth. Searches are made on d2. Parameters and multiply-accumulates are counted for "
        "the paper's images (10 channels, 32 x 32 pixels, 17 classes), each multiply-accumulate once. "
        f"Networks are trained with {sizes.channels} channels in their first block and {sizes.depth} cells a block (16 "
        f"and 3 there), searches take {sizes.search_epochs} epochs (105 there); sizes are counted with 16 channels."
    )
    _write_sizes(page)
    _write_networks(page, out / ("work-quick" if quick else "work"), images, sizes, seed=seed)
    page.write()
    return page


def _write_sizes(page: Page) -> None:
    from experiments.papers.compact.work import counts, resnet

    page.heading("Sizes of residual networks")
    depths = {"ResNet-8": 8, "ResNet-20": 20, "ResNet-32": 32, "ResNet-110": 110}
    rows = []
    for name, depth in depths.items():
        parameters, macs = counts(resnet(depth))
        printed = published.TABLE.loc[name] if name in published.TABLE.index else None
        rows.append(
            {
                "network": name,
                "parameters (M)": parameters,
                "published": np.nan if printed is None else printed["parameters (M)"],
                "MACs (M)": macs,
                "published ": np.nan if printed is None else printed["MACs (M)"],
            }
        )
    frame = pd.DataFrame(rows).set_index("network")
    page.table(
        frame,
        name="resnets",
        digits=5,
        caption="Million parameters and multiply-accumulates. What the paper prints as ResNet32 (0.27, 41.85) is "
        "ResNet-20.",
    )
    both = frame.dropna()
    apart = (both["MACs (M)"] / both["published "] - 1).abs().max()
    page.claim(
        Claim(
            "The baselines are CIFAR-style residual networks of 8, 32 and 110 layers",
            "0.08, 0.27, 1.73 M parameters",
            ", ".join(f"{value:.3f}" for value in both["parameters (M)"]),
            "holds" if apart < 0.01 else "does not hold",
            f"multiply-accumulates differ by at most {100 * apart:.2f} %; but the second has 20 layers, not 32",
            "parameters and multiply-accumulates within 1 % of the published ones",
        )
    )


def _write_networks(page: Page, folder: Path, images: object, sizes: object, *, seed: int) -> None:
    from experiments.papers.compact import work
    from nas_problems.datasets.images import ImageSet

    assert isinstance(images, ImageSet) and isinstance(sizes, work.Sizes)
    page.heading("Searched networks and baselines, trained")
    splits = {"d1": work.group_split(images), "d2": work.random_split(images)}
    rows, depths = [], []
    for name in sizes.resnets:
        build = work.resnet(work.RESNETS[name])
        judged = {d: [work.judged(folder, f"{name}-{d}", build, part, seed, sizes)] for d, part in splits.items()}
        rows.append(_row(name, judged, [work.counts(build)]))
    for variant in work.VARIANTS:
        place = work.backbone(variant, sizes)
        codes = [work.found(folder, variant, images, seed + k, sizes) for k in range(sizes.n_runs)]
        builds = [work.compact(place, code) for code in codes]
        judged = {
            d: [
                work.judged(folder, f"{variant}-{k}-{d}", build, part, seed + k, sizes)
                for k, build in enumerate(builds)
            ]
            for d, part in splits.items()
        }
        wide = work.backbone(variant, replace(sizes, channels=work.PAPERS_CHANNELS))
        rows.append(_row(variant, judged, [work.counts(work.compact(wide, code)) for code in codes]))
        found = [place.cells.decode(code).depths or place.depths for code in codes]
        depths.append([variant, "; ".join("-".join(map(str, one)) for one in found)])
    ours = pd.DataFrame(rows).set_index("method")
    page.table(ours, name="table-5-3", caption=f"Means over {sizes.n_runs} runs; one run of the residual networks.")
    page.table(published.TABLE, name="table-5-3-published", caption="Published: So2Sat LCZ42, four runs, table 5.3.")
    page.table(
        pd.DataFrame(depths, columns=["variant", "depths of the three blocks"]), name="depths", caption="By run."
    )
    _claims(page, ours)


def _row(name: str, judged: object, sizes: list[tuple[float, float]]) -> dict[str, object]:
    assert isinstance(judged, dict)
    row: dict[str, object] = {"method": name}
    for measure in ("OA", "AA", "kappa"):
        for d, runs in judged.items():
            row[f"{measure} {d}"] = float(np.mean([run[measure] for run in runs]))
    parameters, macs = np.mean(sizes, axis=0)
    return row | {"parameters (M)": float(parameters), "MACs (M)": float(macs)}


def _claims(page: Page, ours: pd.DataFrame) -> None:
    on_d1 = ours["OA d1"]
    better = [variant for variant in ("S+C", "S+D") if on_d1[variant] > on_d1["S"]]
    page.claim(
        Claim(
            "Losses on cost or depth improve on S where the test is from elsewhere (d1)",
            "OA 64.05 (S), 64.25 (S+C), 64.96 (S+D)",
            ", ".join(f"{variant} {on_d1[variant]:.2f}" for variant in ("S", "S+C", "S+D")),
            "holds" if len(better) == 2 else "does not hold",
            f"by the mean overall accuracy; {', '.join(better) or 'neither'} above S",
            "both have a higher mean overall accuracy than S",
        )
    )
    from experiments.papers.compact.work import counts, resnet

    parameters, macs = counts(resnet(110))
    saved = 100 * (1 - max(ours.loc["S+D", "parameters (M)"] / parameters, ours.loc["S+D", "MACs (M)"] / macs))
    page.claim(
        Claim(
            "S+D is at least 91.8 % smaller than ResNet-110",
            "91.9 % in parameters, 92.1 % in FLOPs",
            f"{saved:.1f} %",
            "holds" if saved >= 91.8 else "does not hold",
            "the smaller of both savings, counted for the paper's images",
            "the smaller saving is at least 91.8 %",
        )
    )
    if "ResNet-110" in ours.index:
        lost = float(ours.loc["ResNet-110", "OA d2"] - ours.loc["S+D", "OA d2"])
        page.claim(
            Claim(
                "S+D is nearly as accurate as ResNet-110 where test and training are from the same places (d2)",
                "0.59 points of overall accuracy less",
                f"{abs(lost):.2f} points {'less' if lost >= 0 else 'more'}",
                graded(lost <= _LOST, weaker=lost <= _MORE_LOST),
                "by the mean overall accuracy of the runs of S+D, and one of ResNet-110, after the same short training",
                f"at most {_LOST} points less, as published; weaker: at most {_MORE_LOST}",
            )
        )
    smaller = ours.loc["S+C", "MACs (M)"] < ours.loc["S", "MACs (M)"]
    page.claim(
        Claim(
            "The loss on cost makes networks cheaper",
            "30.37 (S), 24.10 (S+C) million multiply-accumulates",
            f"{ours.loc['S', 'MACs (M)']:.2f} (S), {ours.loc['S+C', 'MACs (M)']:.2f} (S+C)",
            "holds" if smaller else "does not hold",
            "by the mean over runs",
            "fewer multiply-accumulates than without it",
        )
    )
    page.claim(
        Claim(
            "Urban classes (1 to 10) are confused more than the others",
            "figure 2 of the paper",
            "",
            "cannot be tested here",
            "it is about the classes of So2Sat LCZ42",
            "the ten urban classes have a lower mean accuracy than the others",
        )
    )
