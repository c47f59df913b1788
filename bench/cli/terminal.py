"""Tables for the terminal, on standard output."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from bench.page.lede import blocks_words
from bench.stats.cells import ARMS, CellSummary, Summary
from bench.stats.estimate import Estimate
from bench.stats.pooled import COMPUTE_DIFFERENCE
from bench.store.folder import NO_BLOCK
from bench.text.numbers import number, share, share_ends, signed_percent, with_ends
from bench.text.table import format_markdown
from bench.text.verdicts import verdict_words
from bench.units import ns_to_ms

_HEADINGS = (
    "batch",
    "thr",
    "local ms",
    "remote ms",
    "overhead ms",
    "of local %",
    "interval %",
    "verdict",
    "latency loss %",
)
_WORDS = ("verdict", "latency loss %")
_UNITS = (" ms", " loss %", " %")


def print_summary(summary: Summary, *, pooled: bool = True, blocks: bool = True) -> None:
    """Print a table narrow enough for 80 columns, and the result of all cells together.

    Parameters
    ----------
    summary : Summary
        All planned cells.
    pooled : bool
        Whether to print, below the table, the result of all cells together.
    blocks : bool
        Whether that ends with how many blocks count, where those are few.
    """
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
    for name in _HEADINGS:
        justify: JustifyMethod = "left" if name in _WORDS else "right"
        table.add_column(_on_two_lines(name), justify=justify, no_wrap=True)
    for cell in summary.cells:
        table.add_row(*_summary_row(cell))
    console = make_console()
    console.print(table)
    for line in wrap(pooled_text(summary, blocks=blocks) if pooled else "", console.width):
        console.print(line, markup=False, highlight=False)


def summary_markdown(summary: Summary) -> str:
    """Return the same table for a document or an issue."""
    rule = f"|{''.join(' --- |' if name in _WORDS else ' ---: |' for name in _HEADINGS)}"
    table = format_markdown(_HEADINGS, rule, map(_summary_row, summary.cells))
    pooled = pooled_text(summary)
    return f"{table}\n{pooled}\n" if pooled else table


def pooled_text(summary: Summary, *, blocks: bool = True) -> str:
    """Return the result of all cells together, and how many blocks count where those are few."""
    value = summary.pooled.get(COMPUTE_DIFFERENCE)
    text = "" if value is None else f"compute difference, all cells together: {_percent(value)} %"
    counted_words = blocks_words(summary) if blocks and summary.blocks else ""
    return " ".join(part for part in (text and f"{text}.", counted_words) if part)


def print_runs(rows: Sequence[Mapping[str, str | float | None]]) -> None:
    """Print runs by machine, each with its worker and its comment below."""
    console = make_console()
    for machine, group in groupby(rows, key=lambda row: row["machine"]):
        console.print(Text(str(machine), style="bold"))
        for row in group:
            for indent, style, words in _run_lines(row):
                text = " ".join(filter(None, words))
                margin = " " * indent
                for line in wrap(
                    text, console.width, initial_indent=margin, subsequent_indent=margin
                ):
                    console.print(Text(line, style=style))


def make_console(*, stderr: bool = False) -> Console:
    """Return the console; it has no colours and no bold text where NO_COLOR is set."""
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(stderr=stderr, soft_wrap=not stderr, color_system=None if plain else "auto")


def signed_ascii(loss: float) -> str:
    """Return a loss with its sign, none on zero, in ASCII: ``+4.1%``, ``-0.4%``, ``+inf%``."""
    return _ascii(signed_percent(loss))


def _run_lines(
    row: Mapping[str, str | float | None],
) -> Iterator[tuple[int, str, Sequence[str]]]:
    kind = f"[{row['kind']}]" if row["kind"] else ""
    code = f"code {row['revision']}"
    yield 2, "", (str(row["run"]), str(row["model"]), str(row["date"]), code, kind)
    for name, words in (("overhead", f"overhead, {row['overhead']}"), ("loss", row["figure"])):
        point = row[f"{name}_percent"]
        if isinstance(point, float | int):
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            interval = signed_ascii(point)
            if isinstance(low, float | int) and isinstance(high, float | int):
                interval = with_ends(interval, signed_ascii(low), signed_ascii(high))
            verdict = row["verdict" if name == "loss" else "overhead_verdict"]
            yield 4, "", (f"{words}:", interval, str(verdict))
    if not row["page"]:
        if row["kind"] == NO_BLOCK:
            yield 4, "", ("no complete block: the command that measured it goes on",)
        else:
            yield 4, "", ("no page yet: scalebench report",)
    if row["remote"]:
        yield 4, "dim", ("remote:", str(row["remote"]))
    if row["comment"]:
        yield 4, "dim", (str(row["comment"]),)


def _summary_row(cell: CellSummary) -> tuple[str, ...]:
    return (
        str(cell.batch_size),
        str(cell.threads),
        *(_milliseconds(cell.arms[arm].latency_ns) for arm in ARMS),
        _milliseconds(cell.overhead.overhead_ns),
        *_share(cell.overhead.overhead_percent),
        verdict_words(cell.overhead_verdict).word,
        _loss(cell),
    )


def _loss(cell: CellSummary) -> str:
    loss = cell.latency_loss_percent
    if loss is None:
        return verdict_words(cell.latency_verdict).word
    point = signed_ascii(loss.point).removesuffix("%")
    return f"{point} {verdict_words(cell.latency_verdict, loss.point).word}"


def _on_two_lines(name: str) -> str:
    """Return a heading with its unit below it, and no wider than its column needs."""
    for unit in _UNITS:
        name = name.replace(unit, f"\n{unit.strip()}")
    return name.replace("of local", "of\nlocal")


def _milliseconds(estimate: Estimate | None) -> str:
    return "" if estimate is None else _ascii(number(ns_to_ms(estimate.point))).replace(",", "")


def _share(estimate: Estimate | None) -> tuple[str, str]:
    """Return a percentage and the ends of its interval; signs only where negative."""
    if estimate is None:
        return "", ""
    point, ends = share(estimate.point).removesuffix("%"), share_ends(estimate)
    return _ascii(point), _ascii(ends)


def _percent(estimate: Estimate) -> str:
    point, *ends = (
        signed_ascii(at).removesuffix("%")
        for at in (estimate.point, estimate.low, estimate.high)
        if at is not None
    )
    return with_ends(point, *ends) if ends else point


def _ascii(text: str) -> str:
    return text.replace("−", "-").replace("∞", "inf")
