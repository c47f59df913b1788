"""The command that compares two runs; it measures nothing."""

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.app import app, check_format, complete_from
from bench.errors import EXIT_SLOWER

if TYPE_CHECKING:
    from rich.table import Table

    from bench.stats.comparison import Comparison
    from bench.stats.metrics import Metric

_FORMATS = ("table", "csv", "json", "markdown")


@app.command()
def compare(
    run_a: Annotated[Path, typer.Argument(metavar="A", help="The run to compare with.")],
    run_b: Annotated[Path, typer.Argument(metavar="B", help="The run that may be slower.")],
    form: Annotated[
        str,
        typer.Option(
            "--format", help="table, csv, json or markdown.", autocompletion=complete_from(_FORMATS)
        ),
    ] = "table",
    force: Annotated[
        bool, typer.Option("--force", help="Compare runs of other models all the same.")
    ] = False,
) -> None:
    """Say for each cell of two runs whether B is slower than A; exit 10 if one is.

    Overhead is what being remote costs beside computing, in ms; it counts
    from 2 % of A's local latency on. Local latency tells whether the
    machine or the model changed. Remote latency and throughput are what a
    client gets, and latency loss is remote over local, paired by block.

    False alarms are held at 5 % over all cells of a metric. An overhead
    needs 3 blocks in each run; all else is exploratory below 6 blocks and
    undecided below 10. What differs between the runs that matters for speed
    is listed. Runs of another model, weights or image size, or without a
    common cell, are refused (exit 3).

    Example: scalebench compare data/MACHINE/RUN_A data/MACHINE/RUN_B
    """
    from bench.pipeline.compare import compare as run_compare

    check_format(form, _FORMATS)
    compared = run_compare(run_a, run_b, force=force)
    for note in compared.notes:
        typer.echo(f"note: {note}", err=True)
    _print(compared.comparison, form)
    if compared.comparison.slower:
        raise typer.Exit(EXIT_SLOWER)


def _print(comparison: "Comparison", form: str) -> None:
    import json

    from bench.text import comparison_table as table

    if form == "csv":
        typer.echo(table.format_comparison_csv(comparison), nl=False)
    elif form == "json":
        typer.echo(json.dumps(table.comparison_rows(comparison), indent=1, allow_nan=False))
    elif form == "markdown":
        typer.echo(table.format_comparison_markdown(comparison), nl=False)
    else:
        _print_tables(comparison)


def _print_tables(comparison: "Comparison") -> None:
    """Print a table for each metric, narrow enough for 80 columns, and the conclusions below."""
    from bench.cli.terminal import make_console
    from bench.stats.metrics import METRICS
    from bench.text.comparison_table import conclusions, verdict_counts_text

    console = make_console()
    for metric in METRICS:
        console.print(_sheet(comparison, metric))
        console.print()
    lines = [
        f"only in {name} (batch/threads): {', '.join(f'{c.batch_size}/{c.threads}' for c in cells)}"
        for name, cells in (("A", comparison.only_a), ("B", comparison.only_b))
        if cells
    ]
    lines += [f"{m.name}: {verdict_counts_text(comparison, m.name)}" for m in METRICS]
    lines += conclusions(comparison)
    lines.append(
        "An overhead counts from 2 % of A's local latency on, "
        f"any other change from {comparison.effect_percent:.1f} % on."
    )
    for line in lines:
        console.print("\n".join(wrap(line, console.width)), highlight=False, markup=False)


def _sheet(comparison: "Comparison", metric: "Metric") -> "Table":
    from rich.table import Table

    from bench.stats.verdict_words import FASTER, SLOWER
    from bench.text.comparison_table import change_word, format_change, format_value

    styles = {SLOWER: "bold red", FASTER: "green"}
    sheet = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    sheet.title, sheet.title_justify, sheet.title_style = metric.name, "left", "bold"
    for name in ("batch", "thr", f"A {metric.unit}", f"B {metric.unit}", "B worse by"):
        sheet.add_column(name, justify="right", no_wrap=True)
    sheet.add_column("verdict", no_wrap=True)
    for change in (c for c in comparison.changes if c.metric == metric.name):
        sheet.add_row(
            str(change.cell.batch_size),
            str(change.cell.threads),
            format_value(change.a),
            format_value(change.b),
            format_change(change),
            change_word(change),
            style=styles.get(change.verdict, ""),
        )
    return sheet
