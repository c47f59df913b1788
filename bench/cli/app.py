"""The command line as a whole: what it is called, and how every failure ends."""

import sys
import traceback
from typing import Annotated

import typer

from bench.errors import EXIT_CRASH, ScalebenchError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="What does it cost to run the model over there instead of here?",
)
_DEBUG = "--debug"


@app.callback()
def options(
    debug: Annotated[bool, typer.Option(_DEBUG, help="Show a traceback with every error.")] = False,
) -> None:
    """Take what holds for every command."""


def run(app: typer.Typer) -> None:
    """Run the command line; every expected failure is one message and its exit code."""
    debug = _DEBUG in sys.argv[1:]
    try:
        app(standalone_mode=True)
    except ScalebenchError as error:
        _explain(str(error), debug=debug)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last place that can still say something
        _explain(
            f"a fault of scalebench itself: {type(error).__name__}: {error}; what was measured is "
            f"kept. 'scalebench {_DEBUG} ...' shows where; please report it.",
            debug=debug,
        )
        sys.exit(EXIT_CRASH)


def _explain(message: str, *, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    typer.echo(f"scalebench: {message}", err=True)
