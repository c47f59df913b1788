"""The command that prints the figures of a run."""

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import app, check_format, complete_from

_FORMATS = ("table", "csv", "json", "markdown")


@app.command()
def summary(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR")],
    form: Annotated[
        str,
        typer.Option(
            "--format", help="table, csv, json or markdown.", autocompletion=complete_from(_FORMATS)
        ),
    ] = "table",
) -> None:
    """Print one row a cell.

    Example: scalebench summary data/MACHINE/RUN --format csv
    """
    import json

    from bench.cli.terminal import print_summary, summary_markdown
    from bench.pipeline.results import load_results
    from bench.text.summary_table import format_csv, summary_rows

    check_format(form, _FORMATS)
    run, results = load_results(run_dir)
    result = results.summary
    if form == "table":
        print_summary(result, blocks=not run.info.experiment.smoke)
    elif form == "csv":
        typer.echo(format_csv(result), nl=False)
    elif form == "markdown":
        typer.echo(summary_markdown(result), nl=False)
    else:
        typer.echo(json.dumps(summary_rows(result), indent=1))
