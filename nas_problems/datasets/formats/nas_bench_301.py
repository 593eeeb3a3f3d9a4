"""NAS-Bench-301's XGBoost models, each written as JSON."""

from collections.abc import Callable
from pathlib import Path

from nas_problems.datasets.nas_bench_301 import convert
from nas_problems.datasets.published_format import PublishedFormat, formats


def _convert(path: Path, *, on_batch: Callable[[int], None], any_file: bool) -> tuple[int, Path]:
    """See ``nas_bench_301.convert``; the models of any folder are taken, and read at once."""
    return convert(path)


formats.register("nas-bench-301", summary="NAS-Bench-301's XGBoost models, each written as JSON", family="surrogates")(
    PublishedFormat(
        wanted="the folder xgb_v1.0", problem="nb301-cifar10", accepts=Path.is_dir, convert=_convert, unit="model"
    )
)
