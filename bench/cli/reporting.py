"""Commands that read what was measured; none of them imports torch."""

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import app
from bench.cli.formats import check_format, complete_from
from bench.errors import DataError

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
    from bench.pipeline.run_summary import load_summary
    from bench.text.summary_table import format_csv, summary_rows

    check_format(form, _FORMATS)
    result = load_summary(run_dir)
    if form == "table":
        print_summary(result)
    elif form == "csv":
        typer.echo(format_csv(result), nl=False)
    elif form == "markdown":
        typer.echo(summary_markdown(result), nl=False)
    else:
        typer.echo(json.dumps(summary_rows(result), indent=1))


@app.command()
def report(
    run_dirs: Annotated[list[Path] | None, typer.Argument(metavar="[RUN_DIR …]")] = None,
    site: Annotated[Path, typer.Option(help="A Jekyll site.")] = Path("site"),
    data: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("data"),
) -> None:
    """Write pages and charts into the site; without RUN_DIR, those that need it.

    Example: scalebench report
    """
    from bench.charts.render_pool import render_pool

    render_pool()  # first of all, since its children take longest to start
    from bench.pipeline.report import report as run_report
    from bench.publish import missing_layout
    from bench.store.folder import RUN_FILE

    for page in run_report(run_dirs or [], data, site):
        typer.echo(page)
    if not run_dirs and not any(data.glob(f"*/*/{RUN_FILE}")):
        typer.echo(f"no run in {data} yet: 'scalebench measure' makes one", err=True)
    if missing_layout(site):
        typer.echo(f"{site} lacks our layouts: 'scalebench init-site {site}' copies them", err=True)


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
