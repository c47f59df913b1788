"""The command that lists the runs."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import app, check_format, complete_from

_FORMATS = ("table", "csv", "json")


@app.command()
def runs(
    data: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("data"),
    site: Annotated[Path, typer.Option(help="A Jekyll site.")] = Path("site"),
    form: Annotated[
        str,
        typer.Option(
            "--format", help="table, csv or json.", autocompletion=complete_from(_FORMATS)
        ),
    ] = "table",
) -> None:
    """List all runs by machine, newest first, with what they found.

    Example: scalebench runs --format csv
    """
    from bench.cli.terminal import print_runs
    from bench.pipeline.runs import COLUMNS, run_rows
    from bench.text.table import format_csv_rows, inert_text

    check_format(form, _FORMATS)
    rows = run_rows(data, site)
    if form == "table":
        print_runs(rows)
    elif form == "csv":
        inert = ({**row, "comment": inert_text(str(row["comment"]))} for row in rows)
        typer.echo(format_csv_rows(COLUMNS, inert), nl=False)
    else:
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
