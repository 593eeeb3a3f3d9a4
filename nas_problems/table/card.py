"""The card of a table: what it is, how it was made, on what, at which cost, and how to check it."""

import hashlib
import platform
from importlib import metadata
from pathlib import Path

import numpy as np

from nas_problems.frame.predicted import PredictedEvaluator
from nas_problems.network.skeleton import GraphSkeleton
from nas_problems.table.file import BuiltTable
from nas_problems.table.plan import SCORES

_PACKAGES = ("iohnas", "numpy", "scikit-learn", "torch")


def surroundings(device: str = "cpu") -> dict[str, str]:
    """Machine and versions, for a table's record.

    Args:
        device: Where its networks were trained.
    """
    known = {
        "device": _device(device),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    return known | {name: _version(name) for name in _PACKAGES}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _device(name: str) -> str:
    if name == "cpu":
        return name
    import torch

    return f"{name} ({torch.cuda.get_device_name(name)})"


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.is_file():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def card(table: BuiltTable, path: Path, command: str) -> str:
    """The card as Markdown.

    Args:
        table: The table.
        path: Its file.
        command: What made it.
    """
    plan, protocol = table.plan, table.plan.protocol
    accuracy = table.accuracy("validation")
    seconds = table.arrays["train_seconds"]
    finite = np.isfinite(accuracy)
    where = "one thread" if table.record["device"] == "cpu" else table.record["device"]
    lines = [
        f"# {path.stem}",
        "",
        f"{len(table.codes):,} distinct candidates {'drawn from' if plan.n_random else 'of'} the space `{plan.space}` "
        f"on the image set `{plan.images}`, "
        f"trained {plan.n_seeds} time{'s' if plan.n_seeds > 1 else ''} each.",
        "",
        "    " + command,
        "",
        "## How it was made",
        "",
        f"- networks: {_skeleton(table)}",
        "- protocol: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in protocol.record().items()),
        f"- fidelities: {', '.join(map(str, plan.epochs))} epochs of one training (a cosine schedule has the horizon "
        f"of {protocol.epochs} epochs at every fidelity)",
        f"- measured on {table.record['n_validation']} validation and {table.record['n_test']} test images; solvers "
        "see validation only",
        f"- stacks of {plan.stack_size} networks were trained as one on {where}; a stack's seconds are shared out "
        "in proportion to latency"
        if plan.stack_size > 1
        else f"- every network was trained alone on {where}",
        f"- latency: a batch of 100 images in evaluation mode, {where}, fastest of 7"
        + ("; and the mean of an image over the test part" if "latency_milliseconds" in table.arrays else ""),
        "- FLOPs: two per multiplication of a convolution or matrix product, of one image",
        "- weights and order of the images are drawn from the seed; rounding depends on torch and processor",
        "",
        "## What is in it",
        "",
        "| epochs | validation accuracy (%): mean | sd | lowest | median | highest | diverged | hours |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for level, epoch in enumerate(plan.epochs):
        values = accuracy[level][finite[level]]
        measures = (np.mean, np.std, np.min, np.median, np.max)
        cells = [f"{measure(values):.2f}" if len(values) else "-" for measure in measures]
        hours = f"{seconds[level].sum() / 3600:.2g}"
        lines.append("| " + " | ".join([str(epoch), *cells, str(int((~finite[level]).sum())), hours]) + " |")
    lines += _scores(table) + _predictions(table)
    lines += [
        "",
        "## Where, and how to check",
        "",
        *(f"- {name}: {table.record[name]}" for name in surroundings()),
        f"- checksum of everything but times: {table.checksum}",
        f"- sha256 of the file: {hashlib.sha256(path.read_bytes()).hexdigest()} ({path.stat().st_size:,} bytes)",
        f"- `iohnas table verify {path.name} --n 20` trains a sample again and compares",
        "",
    ]
    return "\n".join(lines)


def _scores(table: BuiltTable) -> list[str]:
    """Means of the other scores at the full fidelity; nothing of a table that has none."""
    scores = {f"{part} accuracy": table.accuracy(part)[-1] for part in ("validation", "test")}
    scores |= {name.replace("_", " "): table.arrays[name][-1] for name in SCORES if name in table.arrays}
    if len(scores) == 2:
        return []
    if not all(np.isfinite(values).any() for values in scores.values()):
        return ["", f"Every training diverged before {table.plan.epochs[-1]} epochs."]
    means = ", ".join(f"{name} {np.nanmean(values):.{3 if 'kappa' in name else 2}f}" for name, values in scores.items())
    return ["", f"Means at {table.plan.epochs[-1]} epochs: {means}."]


def _predictions(table: BuiltTable) -> list[str]:
    """What fills the holes, and how well it predicts; nothing of a table without holes."""
    evaluator = None if table.plan.n_random is None else table.evaluator()
    if not isinstance(evaluator, PredictedEvaluator) or not evaluator.compared:
        return []
    metric, by = next(iter(evaluator.recorded_metrics)), evaluator.predicted_by
    lines = [
        "",
        "## Predictions of the other candidates",
        "",
        f"By `{by}`, chosen by Kendall's rank correlation between recorded and predicted {metric.replace('_', ' ')} at "
        "the last fidelity, over five random parts of the candidates, each predicted from the others:",
        "",
        "| model | R2 | Spearman | Kendall |",
        "| --- | --- | --- | --- |",
    ]
    for kind, numbers in evaluator.compared.items():
        lines.append(f"| {kind} | " + " | ".join(f"{number:.2f}" for number in numbers.values()) + " |")
    return lines


def _skeleton(table: BuiltTable) -> str:
    skeleton = table.plan.skeleton
    if isinstance(skeleton, GraphSkeleton):
        return (
            f"{skeleton.n_stacks} stack{'s' if skeleton.n_stacks > 1 else ''} of "
            f"{skeleton.n_cells} cell{'s' if skeleton.n_cells > 1 else ''}, "
            f"{skeleton.width} channels"
        )
    if table.plan.space != "nb201":
        return "as published"
    return (
        f"{skeleton.n_stages} stage{'s' if skeleton.n_stages > 1 else ''} of {skeleton.n_cells} cells, "
        f"{skeleton.channels} channels, stem with stride {skeleton.stem_stride}"
    )
