"""A prediction as tables: for people, one for each figure; for programs, one row per cell."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from bench.stats.break_even import BreakEven
from bench.stats.estimate import Estimate
from bench.stats.prediction import Prediction, Scenario
from bench.text.comparison_table import format_value
from bench.text.numbers import TIMES, counted, number, plain, rate, size, with_ends
from bench.text.table import format_csv_rows, format_markdown, with_bounds
from bench.units import ns_to_ms

NEVER = "never"
MODEL = (
    "Transport is the longer of two: what it took on loopback; or its fixed part there and the "
    "time of all bytes on the wire, headers included. The link's round trip comes on top. Lost "
    "packets, other traffic and a TCP connection that has to speed up first are not predicted."
)
_ONLY_BYTES = (
    "Only what travels is predicted: the time to encode, decode and preprocess stays as measured."
)
_ONE_SIZE = (
    "The run has one batch size, so the fixed part of transport is unknown: all of it counts "
    "as fixed, so that a link is predicted rather too slow than too fast."
)
COLUMNS = (
    "batch_size",
    "threads",
    "link_mbps",
    "rtt_ms",
    "image_bytes",
    "speedup",
    "blocks",
    "measured_latency_ms",
    "latency_ms",
    "latency_ms_low",
    "latency_ms_high",
    "measured_overhead_ms",
    "overhead_ms",
    "overhead_ms_low",
    "overhead_ms_high",
    "overhead_percent",
    "overhead_low",
    "overhead_high",
    "measured_latency_loss_percent",
    "latency_loss_percent",
    "latency_loss_low",
    "latency_loss_high",
)


class Sheet(NamedTuple):
    """A table for people: a title, its columns, and rows of as many texts."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def prediction_rows(
    scenario: Scenario, measured: Sequence[Prediction], cells: Sequence[Prediction]
) -> list[dict[str, object]]:
    """Return one row per cell with the columns of ``COLUMNS``; absent values are None.

    Parameters
    ----------
    scenario : Scenario
        What is predicted.
    measured, cells : sequence of Prediction
        The same cells as they were measured and as they are predicted.
    """
    rows = zip(measured, cells, strict=True)
    return [dict(zip(COLUMNS, _row(scenario, *row), strict=True)) for row in rows]


def format_prediction_csv(rows: Iterable[dict[str, object]]) -> str:
    """Return such rows as CSV; absent values are empty."""
    return format_csv_rows(COLUMNS, rows)


def prediction_sheets(
    measured: Sequence[Prediction], cells: Sequence[Prediction]
) -> tuple[Sheet, ...]:
    """Return a table of each figure: latency, overhead and latency loss."""
    pairs = list(zip(measured, cells, strict=True))
    columns = ("batch", "thr", "measured", "predicted")
    return (
        Sheet(
            "remote latency, ms",
            columns,
            [(*_head(now), _ms(now.latency_ns), _ms_ends(then.latency_ns)) for now, then in pairs],
        ),
        Sheet(
            "overhead, ms",
            (*columns, "% of local latency"),
            [
                (
                    *_head(now),
                    _ms(now.overhead_ns),
                    _ms_ends(then.overhead_ns),
                    _percent_ends(then.overhead_percent, ""),
                )
                for now, then in pairs
            ],
        ),
        Sheet(
            "latency loss, %",
            columns,
            [
                (
                    *_head(now),
                    _percent(now.latency_loss_percent),
                    _percent_ends(then.latency_loss_percent, "+"),
                )
                for now, then in pairs
            ],
        ),
    )


def break_even_sheet(found: Sequence[BreakEven], own_link: str) -> Sheet:
    """Return from which batch size on remote is faster: a row per link, a column per speed-up.

    Parameters
    ----------
    found : sequence of BreakEven
        At least one, those of a link one after the other.
    own_link : str
        The name of the run's own link.
    """
    rows = [
        (own_link if mbps is None else rate(mbps), *(_from_words(each.batch_size) for each in row))
        for mbps, row in groupby(found, key=lambda each: each.scenario.rate_mbps)
    ]
    speedups = dict.fromkeys(f"{plain(each.scenario.speedup)}{TIMES}" for each in found)
    threads = counted(found[0].threads, "thread")
    title = f"from which batch size on remote is faster, interval included, with {threads}"
    return Sheet(title, ("link", *speedups), rows)


def break_even_rows(found: Iterable[BreakEven]) -> list[dict[str, object]]:
    """Return one row per link and speed-up; None is the run's own link, and no batch size."""
    return [
        {
            "link_mbps": each.scenario.rate_mbps,
            "speedup": each.scenario.speedup,
            "batch_size": each.batch_size,
        }
        for each in found
    ]


def remarks(scenario: Scenario, own_link: str, batch_sizes: Iterable[int]) -> list[str]:
    """Return what is predicted, by which model, and what that leaves out, in sentences.

    Parameters
    ----------
    scenario : Scenario
        What is predicted.
    own_link : str
        The name of the run's own link.
    batch_sizes : iterable of int
        Those of the run.
    """
    link, round_trip = scenario.rate_mbps, scenario.rtt_ns
    words = [f"over {own_link if link is None else rate(link)}"]
    if round_trip:
        words.append(f"with a round trip of {number(ns_to_ms(round_trip))} ms")
    if scenario.image_bytes is not None:
        words.append(f"with {size(round(scenario.image_bytes))} for each image")
    if scenario.speedup != 1:
        words.append(f"with a worker that computes {plain(scenario.speedup)} times as fast")
    sentences = [f"Predicted from the run's own blocks: {', '.join(words)}."]
    if scenario._replace(speedup=1.0) != Scenario():
        sentences.append(MODEL)
    if scenario.image_bytes is not None:
        sentences.append(_ONLY_BYTES)
    if len(set(batch_sizes)) == 1 and link is not None:
        sentences.append(_ONE_SIZE)
    return sentences


def format_prediction_markdown(sheets: Iterable[Sheet], sentences: Iterable[str]) -> str:
    """Return all tables for a document or an issue, below the sentences about them."""
    tables = (
        f"### {sheet.title}\n\n"
        + format_markdown(sheet.columns, f"|{' ---: |' * len(sheet.columns)}", sheet.rows)
        for sheet in sheets
    )
    return "\n".join((f"{' '.join(sentences)}\n", *tables))


def _row(scenario: Scenario, measured: Prediction, predicted: Prediction) -> list[object]:
    loss = measured.latency_loss_percent
    return [
        predicted.cell.batch_size,
        predicted.cell.threads,
        scenario.rate_mbps,
        ns_to_ms(scenario.rtt_ns),
        scenario.image_bytes,
        scenario.speedup,
        predicted.blocks,
        with_bounds(_to_ms(measured.latency_ns))[0],
        *with_bounds(_to_ms(predicted.latency_ns)),
        with_bounds(_to_ms(measured.overhead_ns))[0],
        *with_bounds(_to_ms(predicted.overhead_ns)),
        *with_bounds(predicted.overhead_percent),
        with_bounds(loss)[0],
        *with_bounds(predicted.latency_loss_percent),
    ]


def _head(prediction: Prediction) -> tuple[str, str]:
    return str(prediction.cell.batch_size), str(prediction.cell.threads)


def _to_ms(estimate: Estimate | None) -> Estimate | None:
    return None if estimate is None else estimate.mapped(ns_to_ms)


def _ms(estimate: Estimate | None) -> str:
    return "" if estimate is None else format_value(ns_to_ms(estimate.point))


def _ms_ends(estimate: Estimate | None) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return _ms(estimate)
    return with_ends(
        *(format_value(ns_to_ms(ns)) for ns in (estimate.point, estimate.low, estimate.high))
    )


def _percent(estimate: Estimate | None, sign: str = "+") -> str:
    return "" if estimate is None else f"{estimate.point:{sign}.1f}"


def _percent_ends(estimate: Estimate | None, sign: str) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return _percent(estimate, sign)
    return with_ends(*(f"{at:{sign}.1f}" for at in (estimate.point, estimate.low, estimate.high)))


def _from_words(batch_size: int | None) -> str:
    return NEVER if batch_size is None else f"from {batch_size}"
