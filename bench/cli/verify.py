"""The command that checks a page against its samples."""

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import app
from bench.errors import DataError


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(metavar="RUN_DIR|PAGE_DIR")],
    site: Annotated[Path, typer.Option(help="The site that has the page.")] = Path("site"),
) -> None:
    """Recompute every number of a page from its raw samples and compare.

    Example: scalebench verify data/MACHINE/RUN
    """
    from bench.pipeline.verify import verify as run_verify

    result = run_verify(path, site)
    for difference in result.differences:
        typer.echo(difference, err=True)
    typer.echo(f"{result.checked_count} checked, {len(result.differences)} differ")
    if result.differences:
        raise DataError(f"{path}: the page does not say what its samples say; run report again.")
