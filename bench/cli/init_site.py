"""The command that copies our layouts into a site."""

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import app


@app.command("init-site")
def init_site(
    path: Annotated[Path, typer.Argument(metavar="SITE", help="A Jekyll site of your own.")],
) -> None:
    """Copy layouts, includes and assets into a site, so that it can show pages; overwrite nothing.

    Example: scalebench init-site ~/blog && scalebench report --site ~/blog
    """
    from bench.publish import copy_skeleton, navigation_advice

    copied = copy_skeleton(path)
    for name in copied.written:
        typer.echo(path / name)
    for name in copied.different:
        typer.echo(f"skipped {path / name}: it is there, and differs from ours", err=True)
    if copied.same:
        typer.echo(f"skipped {len(copied.same)} files that are there already", err=True)
    if advice := navigation_advice(path):
        typer.echo(advice, err=True)
