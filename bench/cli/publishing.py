"""Commands about the site and the runs it shows; none of them imports torch."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import app
from bench.cli.formats import check_format, complete_from

_FORMATS = ("table", "csv", "json")
_Site = Annotated[Path, typer.Option(help="A Jekyll site.")]
_Data = Annotated[Path, typer.Option(help="Folder of the runs.")]


@app.command()
def runs(
    data: _Data = Path("data"),
    site: _Site = Path("site"),
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
    from bench.text.table import format_csv_rows

    check_format(form, _FORMATS)
    rows = run_rows(data, site)
    if form == "table":
        print_runs(rows)
    elif form == "csv":
        typer.echo(format_csv_rows(COLUMNS, rows), nl=False)
    else:
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))


@app.command()
def remove(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A run's folder, its page's folder, or [[MODEL/]MACHINE/]RUN."
        ),
    ],
    site: _Site = Path("site"),
) -> None:
    """Take a run's page out of the site; its samples in data/ stay.

    Example: scalebench remove data/MACHINE/RUN
    """
    from bench.pipeline.runs import remove as remove_run

    key, left = remove_run(run, site)
    for path in left:
        typer.echo(f"left {path}: scalebench did not write it", err=True)
    typer.echo(
        f"its samples stay, and 'scalebench report' without RUN_DIR would publish run {key.run} "
        "again: move or delete their folder to prevent that",
        err=True,
    )
    typer.echo(site.joinpath(*key))


@app.command("init-site")
def init_site(
    path: Annotated[Path, typer.Argument(metavar="SITE", help="A Jekyll site of your own.")],
) -> None:
    """Copy layouts, includes and assets into a site, so that it can show pages; overwrite nothing.

    Example: scalebench init-site ~/blog && scalebench report --site ~/blog
    """
    from bench.publish import copy_skeleton

    copied = copy_skeleton(path)
    for name in copied.written:
        typer.echo(path / name)
    for name in copied.different:
        typer.echo(f"skipped {path / name}: it is there, and differs from ours", err=True)
    if copied.same:
        typer.echo(f"skipped {len(copied.same)} files that are there already", err=True)
