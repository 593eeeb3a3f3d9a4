"""Options that several commands share, and how their texts are read."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import nas_problems
from experiments.console import make_console
from experiments.text.number import count
from nas_problems import SearchSpace
from nas_problems.space import active_text, values_text

Imports = Annotated[
    list[Path] | None,
    typer.Option(
        "--import",
        metavar="FILE.py",
        help="Python file that registers your own problems, solvers, feature sets or indicators; may be repeated.",
    ),
]
Out = Annotated[Path, typer.Option("--out", help="Folder of the study; continues what is there.")]
StudyPath = Annotated[Path, typer.Argument(help="Folder of a study.")]


Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="HISTORY.csv",
        help="Existing results, a row per evaluation, instead of a problem's name; predictions fill the gaps.",
    ),
]
Target = Annotated[
    str | None, typer.Option("--target", metavar="COLUMN", help="Column of values, e.g. loss or accuracy:max.")
]
SpaceFile = Annotated[
    Path | None,
    typer.Option(
        "--space",
        metavar="SPACE",
        help="The search space in TOML or ConfigSpace's JSON; default: inferred from the columns.",
    ),
]


def problem_name(problem: str, data: Path | None, target: str | None, space: Path | None) -> str:
    """The name of the problem that a command is about; the rows of a csv become one with the file's name.

    Args:
        problem: A name; empty: ``data`` has the rows.
        data: A csv.
        target: Its column of values.
        space: File of the search space; None: read off the columns.

    Raises:
        OSError: A file that cannot be read.
        ValueError: Both a name and a csv, neither, or a csv that does not fit; see ``nas_problems.from_frame``.
    """
    if data is None:
        if not problem or target is not None or space is not None:
            raise ValueError("problem: wanted a name, or --data with --target, found neither or only a part")
        return problem
    if problem:
        raise ValueError(f"data: wanted a name or --data, found both {problem} and {data}")
    if target is None:
        raise ValueError(f"target: wanted --target with --data, the column of values in {data}, found none")
    made = nas_problems.from_frame(
        data, metric=target, space=None if space is None else nas_problems.read_space(space), candidates="predicted"
    )
    if made.name not in nas_problems.problems:
        nas_problems.register(made.name, summary=f"rows of {data.name}", family="file")(lambda: made)
    if space is None:
        make_console().print(f"{data}: {_inferred(made.space)}; for others, --space or iohnas table frame --parameters")
    return made.name


def _inferred(space: SearchSpace) -> str:
    """The parameters that were read off columns, in one line."""
    listed = []
    for parameter in space.parameters:
        where = active_text(space, parameter)
        listed.append(f"{parameter.name} ({values_text(parameter)}{f'; where {where}' if where else ''})")
    return f"{count(len(listed), 'column')} taken as parameters: {', '.join(listed)}"


def as_typed(context: typer.Context) -> str:
    """The command line that is being carried out, for the foot of its page: what was given, and no defaults."""
    words = ["iohnas", *context.command_path.split()[1:]]
    for parameter in context.command.params:
        name = str(parameter.name)
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE":
            continue
        value = context.params[name]
        values = list(value) if isinstance(value, (list, tuple)) else [value]
        if parameter.param_type_name == "argument":
            words += map(str, values)
        elif isinstance(value, bool):
            words.append(parameter.opts[0])
        else:
            words += [word for one in values for word in (parameter.opts[0], str(one))]
    return shlex.join(words)


def in_command(folder: Path, imports: Sequence[Path] | None) -> str:
    """A folder, and the flags for what was imported, as they are written on a command line.

    >>> in_command(Path("my study"), [Path("mine.py")])
    "'my study' --import mine.py"
    """
    return " ".join([shlex.quote(str(folder)), *(f"--import {shlex.quote(str(path))}" for path in imports or ())])


def split_names(text: str) -> tuple[str, ...]:
    """Names separated by commas.

    >>> split_names("a, b")
    ('a', 'b')
    """
    return tuple(part.strip() for part in text.split(",") if part.strip())


def parse_instances(text: str) -> tuple[int, ...]:
    """Instance numbers: ``1,2`` or ``1-5`` or both.

    Raises:
        ValueError: Anything else.

    >>> parse_instances("1,3-5")
    (1, 3, 4, 5)
    """
    instances: list[int] = []
    for part in split_names(text):
        match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", part)
        numbers = range(int(match[1]), int(match[2] or match[1]) + 1) if match is not None else range(0)
        if not numbers:
            raise ValueError(f"instances: wanted numbers like 1,2 or 1-5, found {part!r}")
        instances.extend(numbers)
    return tuple(instances)
