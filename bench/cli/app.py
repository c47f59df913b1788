"""The command line as a whole: its name, its common options, and the end of every failure."""

import io
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bench.errors import EXIT_CRASH, Interrupted, ScalebenchError, UsageError
from bench.interruption import handle_signals, interruptible

NAME = "scalebench"
_DEBUG = "--debug"
# Typer uses Click, in some versions its own copy; both have this class.
_WrongCommandLine: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)

_Aborted: type[Exception] = typer.Abort


class Commands(TyperGroup):
    """Commands whose help shows no type beside an option that takes no value."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - as below
        """Return the options that stand before a command."""
        return _without_types(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - of either Click
        """Return a command by its name."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _without_types(command.get_params(ctx))
        return command


def _without_types(options: list[Any]) -> list[Any]:
    for option in options:
        if getattr(option, "is_flag", False):
            option.metavar = ""
    return options


app = typer.Typer(
    cls=Commands,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "What does it cost to run the model over there instead of here?\n\n"
        "Example: scalebench measure --preset smoke && scalebench report"
    ),
)


def _print_version(flag: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if flag:
        typer.echo(f"{NAME} {metadata.version(NAME)}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    _debug: Annotated[
        bool, typer.Option(_DEBUG, help="Show a traceback with every error.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Accept the options of every command."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(UsageError.exit_code)


def check_format(form: str, known: Sequence[str]) -> None:
    """Refuse a format that a command does not have.

    Raises
    ------
    UsageError
        With the formats that it has.
    """
    if form not in known:
        raise UsageError(f"--format: {form!r} is not one of {', '.join(known)}.")


def complete_from(words: Sequence[str]) -> Callable[[str], list[str]]:
    """Return a function that completes the beginning of a word to the matching ``words``."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


def run(app: typer.Typer) -> None:
    """Run the command line; every expected failure is one message and its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a letter that the terminal lacks is no failure
    debug = _DEBUG in sys.argv[1:]
    handle_signals()
    try:
        with interruptible():
            _check_letters(sys.argv[1:])
            sys.exit(app(prog_name=NAME, standalone_mode=False))
    except ScalebenchError as error:
        _explain(str(error), debug=debug)
        sys.exit(error.exit_code)
    except _WrongCommandLine as error:
        _explain(_usage_text(error), debug=debug)
        sys.exit(UsageError.exit_code)
    except (_Aborted, KeyboardInterrupt):
        _explain("interrupted; what was complete is kept.", debug=debug)
        sys.exit(Interrupted.exit_code)
    except Exception as error:  # noqa: BLE001 - the last place that can print it
        _explain(
            f"a fault of scalebench itself: {type(error).__name__}: {error}; what was measured is "
            f"kept. '{NAME} {_DEBUG} ...' shows where; please report it.",
            debug=debug,
        )
        sys.exit(EXIT_CRASH)


def _check_letters(arguments: Sequence[str]) -> None:
    """Refuse arguments that are not text: they could be neither stored nor printed."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            escaped = argument.encode(errors="surrogateescape").decode(errors="backslashreplace")
            raise UsageError(
                f"the argument '{escaped}' is not text in UTF-8; write it with other letters."
            ) from None


def _usage_text(error: Any) -> str:  # noqa: ANN401 - Click's class, under one of two names
    context = getattr(error, "ctx", None)
    command = context.command_path if context else NAME
    reason = error.format_message().rstrip(".") or "Missing command"
    return f"{reason} (in '{shlex.join([NAME, *sys.argv[1:]])}'); see '{command} --help'."


def _explain(message: str, *, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    typer.echo(f"{NAME}: {message}", err=True)
