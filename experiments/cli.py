"""The command ``iohnas``.

A command is a file of ``experiments.commands`` that has the command's name and a function
``register(app)``. Wrong input ends with one line on standard error and exit code 2; a run or a check that
failed ends with exit code 1.
"""

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

import experiments.commands
from experiments.completion import mend_zsh
from experiments.listing import read_command

_ClickException: type[Exception] = typer.BadParameter.__mro__[2]  # typer may bring its own copy of click


class OneLineErrors(TyperGroup):
    """Commands whose expected errors are one line, not a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line and exit."""
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except _ClickException as error:
            code = _fail(_usage(error, kwargs.get("args") or sys.argv[1:]))
        except KeyError as error:
            code = _fail(str(error.args[0]) if error.args else "unknown name")
        except OSError as error:
            code = _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        except (ValueError, ImportError) as error:
            code = _fail(str(error))
        except (KeyboardInterrupt, typer.Abort):
            code = 130
        except Exception as error:
            if not _is_about_data(error):
                raise
            code = _fail(str(error))
        sys.exit(code if isinstance(code, int) else 0)


def _is_about_data(error: Exception) -> bool:
    from nas_problems.datasets.upstream import DataUnavailableError  # a third of a second, and rarely needed

    return isinstance(error, DataUnavailableError)


def _usage(error: Any, words: Sequence[str]) -> str:
    """What is wrong with a command line, and where its options are listed; nothing where the help was shown."""
    message: str = error.format_message()
    context = getattr(error, "ctx", None)
    if not message or context is None:
        return message
    for option in getattr(getattr(error, "param", None), "opts", ()):
        values = [value for name, value in pairwise(words) if name == option]
        values += [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
        if values and repr(values[-1]) not in message:
            message += f", found {values[-1]!r}"
    return f"{message}{'' if message.endswith(('.', '?')) else '.'} See {context.command_path} --help"


def _fail(message: str) -> int:
    if text := " ".join(message.split()):
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(f"iohnas: {text}", style="red")
    return 2


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"iohnas {metadata.version('iohnas')}")
        raise typer.Exit


def make_app(names: Sequence[str] | None = None, *, only_listed: bool = False) -> typer.Typer:
    """The typer application.

    Args:
        names: Commands wanted; None: all. Others are not imported, so that one command starts fast.
        only_listed: Add what the list of commands says of each, and nothing that could be carried out.
    """
    app = typer.Typer(
        cls=OneLineErrors,
        help="Which optimizer should search my network, and why? NAS and HPO tasks as IOHprofiler problems.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def options(
        version: Annotated[
            bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
        ] = False,
    ) -> None:
        pass

    for name in command_names() if names is None else names:
        described = read_command(_path_of(name)) if only_listed else None
        if described is None:
            importlib.import_module(f"experiments.commands.{name}").register(app)
        else:
            text, panel = described
            app.command(name, help=text, rich_help_panel=panel)(lambda: None)
    return app


def _path_of(name: str) -> Path:
    (folder,) = experiments.commands.__path__
    return Path(folder, f"{name}.py")


def command_names() -> list[str]:
    """Names of all commands, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(experiments.commands.__path__))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exits the process.

    Args:
        arguments: Without the program's name; None: those of the process.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    words = _words_to_complete() or words
    is_known = bool(words) and words[0] in command_names()
    if "_IOHNAS_COMPLETE" in os.environ or words[:1] in (["--install-completion"], ["--show-completion"]):
        mend_zsh()
    make_app(words[:1] if is_known else None, only_listed=not is_known)(args=words, prog_name="iohnas")


def _words_to_complete() -> list[str]:
    """The words typed so far where the shell asks for completions, so that one command is imported; else nothing."""
    typed = os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS", "")
    return typed.split()[1:] if "_IOHNAS_COMPLETE" in os.environ else []
