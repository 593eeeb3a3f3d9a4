"""``from_frame``: a problem from a table that is not a full grid."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from nas_problems.array import brief, is_text
from nas_problems.checked import checked
from nas_problems.csv_file import read_frame
from nas_problems.evaluation import Metric
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.frame.columns import encode, infer_space, listed_names
from nas_problems.frame.predicted import BEYOND, MAX_TABLE, PredictedEvaluator, as_table
from nas_problems.frame.records import Records, collect, metric_of
from nas_problems.problem import Problem
from nas_problems.space import SearchSpace
from nas_problems.space.pool import Distance, Pool
from nas_problems.surrogate import check_kind

if TYPE_CHECKING:
    import pandas as pd

Candidates = Literal["nearest", "rows", "predicted"]
"""What a code stands for that is not a row of the frame; see ``from_frame``."""


@checked
def from_frame(
    frame: "pd.DataFrame | str | Path",
    *,
    metric: str | Metric | Sequence[str | Metric],
    name: str | None = None,
    function_id: int | None = None,
    space: SearchSpace | None = None,
    parameters: Sequence[str] | None = None,
    fidelity: str | None = None,
    continued: bool = False,
    seed: str | None = None,
    cost: str | None = None,
    test_metric: str | None = None,
    candidates: Candidates = "nearest",
    distance: Distance = "gower",
    model: str | None = None,
    where: Sequence[str] = (),
    source: str = "own",
) -> Problem:
    """A problem from recorded evaluations: one row each, in a DataFrame or a csv file.

    Args:
        frame: The rows, or the path of a csv file, or of a Parquet file where pyarrow is installed.
        metric: Column to minimise (``loss``) or maximise (``val_acc:max``), or a ``Metric`` of a column's name;
            of several, the first is the objective, and ``variant(objective=...)`` chooses others.
        name: Name in logs and files; None: that of the file, or ``frame``.
        function_id: A number in 1 ... 32767; None: one derived from the name, in 21000 ... 29999.
        space: The search space; None: read off the columns, see ``frame.columns.infer_space``.
        parameters: Columns of parameters; None: all that no other argument names and that are not the same in every
            row. Without ``space``.
        fidelity: Column of the fidelity, e.g. ``epoch``.
        continued: Whether a higher fidelity goes on from a lower one; see ``Fidelities``.
        seed: Column of the seed; without it, repeated rows of a candidate are its seeds in their order.
        cost: Column of the cost in seconds.
        test_metric: Column of what only reports may look up, as ``metric``.
        candidates: ``nearest``: the rows are the candidates, and any other code stands for the nearest row.
            ``rows``: the rows are the candidates, and any other code is not valid: a failed evaluation at no cost.
            In both, candidates without a value at the highest fidelity are left out. ``predicted``: the whole
            space, recorded where there is a row, predicted elsewhere; the metric ``is_predicted`` says which.
        distance: ``gower`` or ``hamming``: what is nearest, and who a row's neighbours are (the ten nearest).
        model: What predicts, one of ``nas_problems.surrogate.kinds``; None: a random forest or extremely randomized
            trees, whichever predicts rows better that it has not seen; ``problem.evaluator.predicted_by`` and
            ``compared`` say which and how well.
        where: Rows to take, as ``task_id=3``: those with this value in this column, which is then not a parameter.
        source: What to cite.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Columns that are not there, or values that their parameter does not have; see the arguments.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"lr": [0.1, 0.01, 0.001], "op": ["a", "b", "a"], "acc": [0.7, 0.9, 0.8]})
    >>> problem = from_frame(rows, metric="acc:max")
    >>> problem.space.decode(problem.optimum.Z)
    [{'lr': 0.01, 'op': 'b'}]
    """
    rows, name = _read(frame, name, () if space is None else listed_names(space))
    rows, named_by_where = _taken(rows, where)
    wanted = [metric] if isinstance(metric, (str, Metric)) else list(metric)
    metrics = [metric_of(one, rows) for one in wanted]
    if not metrics:
        raise ValueError("metric: wanted at least one column, found none")
    others = [] if test_metric is None else [metric_of(test_metric, rows)]
    if cost is not None:
        others.append(metric_of(f"{cost}:min", rows))
    named = {one.name: one for one in (*metrics, *others)}
    for argument, column in (("fidelity", fidelity), ("seed", seed)):
        if column is not None and column not in rows.columns:
            columns = list(map(str, rows.columns))
            raise ValueError(f"{argument}: wanted one of the columns {columns}, found {brief(column)}")
    if space is None:
        taken = {*named, fidelity, seed, *named_by_where}
        chosen = _varying(rows, taken) if parameters is None else list(parameters)
        _check_parameters(chosen, rows, taken)
        space = infer_space(rows, chosen)
    records = collect(rows, encode(space, rows), columns=list(named), fidelity=fidelity, seed=seed, continued=continued)
    beyond = BEYOND if candidates == "predicted" else 0.0
    named = {key: _bounded(metric, records, beyond) for key, metric in named.items()}
    if candidates == "predicted":
        if model is not None:
            check_kind(model, space)
        predicted = PredictedEvaluator(space, records, named, cost, model)
        is_small = space.n_rows is not None and space.n_rows <= MAX_TABLE
        evaluator: TableEvaluator | PredictedEvaluator = as_table(predicted) if is_small else predicted
    else:
        if model is not None:
            raise ValueError(f"model: wanted candidates='predicted' with it, found {candidates!r}")
        kept = np.isfinite(records.values[metrics[0].name][-1]).any(axis=1)
        if not kept.any():
            raise ValueError(f"frame: wanted values of {metrics[0].name} at the highest fidelity, found none")
        records = records.of(kept)
        pool = Pool(space.parameters, records.Z, candidates == "nearest", distance, canonical_form=space.canonical_form)
        space = SearchSpace(space.parameters, listing=pool)
        counts = np.maximum(records.n_recorded, 1)
        evaluator = TableEvaluator(space, records.values, named, records.fidelities, cost, n_recorded=counts)
    return Problem(
        name=name,
        function_id=21_000 + zlib.crc32(name.encode()) % 9_000 if function_id is None else function_id,
        base_space=space,
        evaluator=evaluator,
        objectives=(named[metrics[0].name],),
        source=source,
        test_metric=None if test_metric is None else others[0].name,
    )


def _read(frame: "pd.DataFrame | str | Path", name: str | None, text: Sequence[str]) -> tuple["pd.DataFrame", str]:
    import pandas as pd

    if not isinstance(frame, (str, Path, pd.DataFrame)):
        raise ValueError(f"frame: wanted a DataFrame or the path of a file, found {brief(frame)}")
    if isinstance(frame, (str, Path)):
        if not is_text(str(frame)) or not str(frame).isprintable():
            raise ValueError(f"frame: wanted the path of a file, found {brief(frame)}")
        path = Path(frame)
        if path.is_dir():
            raise ValueError(f"frame: wanted a file, found the folder {path}")
        own = path.name.partition(".")[0] if name is None else name
        if path.suffix not in (".parquet", ".pq"):
            try:
                return read_frame(path, text=text), own
            except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
                raise ValueError(f"{path}: wanted a csv file, found {' '.join(str(error).split())}") from error
        try:
            return pd.read_parquet(path), own
        except ImportError as error:
            raise ImportError(f"{path}: pandas reads Parquet with pyarrow: pip install pyarrow") from error
    if not frame.columns.is_unique:
        repeated = [str(column) for column in frame.columns[frame.columns.duplicated()]]
        raise ValueError(f"frame: wanted distinct names of columns, found {repeated} more than once")
    return frame.reset_index(drop=True), "frame" if name is None else name


def _taken(rows: "pd.DataFrame", where: Sequence[str]) -> tuple["pd.DataFrame", list[str]]:
    """Rows with the wanted values, and the columns that these are in."""
    columns: list[str] = []
    for text in where:
        column, separator, value = text.partition("=")
        if not separator or column not in rows.columns:
            raise ValueError(f"where: wanted COLUMN=VALUE with one of {list(map(str, rows.columns))}, found {text!r}")
        known = rows[column]
        is_wanted = known.astype(str) == value
        if known.dtype.kind in "iuf":
            try:
                is_wanted = known == float(value)
            except ValueError as error:
                raise ValueError(f"where: wanted a number for {column}, found {value!r}") from error
        if not is_wanted.any():
            some = ", ".join(map(str, known.unique()[:12].tolist()))
            raise ValueError(f"where: wanted a value that {column} has, such as {some}, found {value}")
        rows, columns = rows[is_wanted].reset_index(drop=True), [*columns, column]
    return rows, columns


def _varying(rows: "pd.DataFrame", taken: set[str | None]) -> list[str]:
    """Columns that nothing else names and that are not constant; all of them where none varies."""
    others = [column for column in rows.columns if column not in taken]
    return [column for column in others if rows[column].nunique(dropna=False) > 1] or others


def _check_parameters(chosen: Sequence[str], rows: "pd.DataFrame", taken: set[str | None]) -> None:
    absent = [column for column in chosen if column not in rows.columns]
    if absent:
        raise ValueError(f"parameters: wanted columns of {list(map(str, rows.columns))}, found {absent}")
    both = [column for column in chosen if column in taken]
    if both:
        raise ValueError(f"parameters: wanted columns that are nothing else, found {both}")


def _bounded(metric: Metric, records: Records, beyond: float) -> Metric:
    """A metric with a bound of its minimised values: the lowest that was recorded, less a share of their range."""
    values = records.values[metric.name]
    known = metric.minimised(values[np.isfinite(values)])
    return replace(metric, lower_bound=float(known.min() - beyond * np.ptp(known))) if len(known) else metric
