"""The command that predicts another link, payload or worker from a stored run."""

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.app import app, check_format, complete_from
from bench.codec.open import CODECS

if TYPE_CHECKING:
    from rich.table import Table

    from bench.pipeline.predict import Predicted
    from bench.text.prediction_table import Sheet

_FORMATS = ("table", "csv", "json", "markdown")


@app.command()
def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run over loopback.")],
    link: Annotated[
        str, typer.Option(metavar="RATE", help="Rate of the link: 100Mbit, 1Gbit, 2.5Gbit.")
    ] = "",
    rtt: Annotated[
        str, typer.Option(metavar="TIME", help="Round trip of the link: 0.2ms, 150us.")
    ] = "",
    codec: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"What is sent: {', '.join(CODECS)}.",
            autocompletion=complete_from(tuple(CODECS)),
        ),
    ] = "",
    bytes_per_image: Annotated[
        float | None, typer.Option(metavar="N", help="How many bytes are sent for each image.")
    ] = None,
    speedup: Annotated[
        float, typer.Option(metavar="S", help="How many times as fast the worker computes.")
    ] = 1.0,
    form: Annotated[
        str,
        typer.Option(
            "--format", help="table, csv, json or markdown.", autocompletion=complete_from(_FORMATS)
        ),
    ] = "table",
) -> None:
    """Say what a run would have measured over another link, or with another worker.

    Latency, overhead and latency loss of each cell, with the intervals of
    the run, and the smallest batch size from which on remote is faster, by
    link and speed-up. Nothing is measured. What is not named stays as it
    was in the run.

    Transport is the longer of two: what it took on loopback; or its fixed
    part there and the time of all bytes on the wire, headers included. The
    round trip comes on top. The time to encode, decode and preprocess stays
    as measured. From a run over a link only --speedup can be predicted:
    anything else is refused (exit 3).

    Example: scalebench predict data/MACHINE/RUN --link 1Gbit --speedup 5
    """
    from bench.pipeline.predict import PredictOptions
    from bench.pipeline.predict import predict as run_predict

    check_format(form, _FORMATS)
    _print(run_predict(run, PredictOptions(link, rtt, codec, bytes_per_image, speedup)), form)


def _print(predicted: "Predicted", form: str) -> None:
    import json

    from bench.text import prediction_table as text

    rows = text.prediction_rows(predicted.scenario, predicted.measured, predicted.cells)
    sentences = text.remarks(
        predicted.scenario,
        predicted.own_link,
        (each.cell.batch_size for each in predicted.cells),
    )
    sheets = list(text.prediction_sheets(predicted.measured, predicted.cells))
    if predicted.break_evens:
        sheets.append(text.break_even_sheet(predicted.break_evens, predicted.own_link))
    if form == "csv":
        typer.echo(text.format_prediction_csv(rows), nl=False)
    elif form == "json":
        found = text.break_even_rows(predicted.break_evens)
        answer = {"remarks": sentences, "cells": rows, "break_even": found}
        typer.echo(json.dumps(answer, indent=1, allow_nan=False))
    elif form == "markdown":
        typer.echo(text.format_prediction_markdown(sheets, sentences), nl=False)
    else:
        _print_tables(sheets, sentences)


def _print_tables(sheets: "list[Sheet]", sentences: list[str]) -> None:
    from bench.cli.terminal import make_console

    console = make_console()
    for line in sentences:
        console.print("\n".join(wrap(line, console.width)), highlight=False, markup=False)
    for sheet in sheets:
        console.print()
        console.print(_table(sheet))


def _table(sheet: "Sheet") -> "Table":
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.title, table.title_justify, table.title_style = sheet.title, "left", "bold"
    for name in sheet.columns:
        table.add_column(name, justify="right", no_wrap=True)
    for row in sheet.rows:
        table.add_row(*row)
    return table
