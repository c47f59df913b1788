"""The command that takes a run's page out of a site."""

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import app


@app.command()
def remove(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A run's folder, its page's folder, or [[MODEL/]MACHINE/]RUN."
        ),
    ],
    site: Annotated[Path, typer.Option(help="A Jekyll site.")] = Path("site"),
) -> None:
    """Take a run's page out of the site; its samples in data/ stay.

    Example: scalebench remove data/MACHINE/RUN
    """
    from bench.pipeline.runs import remove as remove_run

    key, foreign_paths = remove_run(run, site)
    for path in foreign_paths:
        typer.echo(f"left {path}: scalebench did not write it", err=True)
    typer.echo(
        f"its samples stay, and 'scalebench report' without RUN_DIR would publish run {key.run} "
        "again: move or delete their folder to prevent that",
        err=True,
    )
    typer.echo(site.joinpath(*key))
