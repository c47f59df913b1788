"""The chart of single requests, as multiples of the local latency of their cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.charts.chart import Chart
from bench.stats.cells import ARMS, Summary
from bench.stats.requests import Strip
from bench.text.numbers import TIMES, number, significant


@dataclass(frozen=True, slots=True)
class Strips:
    """The single requests of all cells that have both arms."""

    summary: Summary
    strips: tuple[Strip, ...]


def request_chart(summary: Summary, strips: tuple[Strip, ...], note: str) -> Chart | None:
    """Return the chart of single requests; None where there are none.

    Parameters
    ----------
    summary : Summary
        All planned cells.
    strips : tuple of Strip
        The single requests, from :func:`bench.stats.requests.request_strips`.
    note : str
        A warning written on the picture; empty: no warning.
    """
    if not strips:
        return None
    return Chart(
        slug="more-requests",
        title="Single requests, local and remote",
        alt="Latency of single requests, local and remote, for each batch size and thread count",
        caption=_caption(strips),
        source="block-*.parquet, rows of the phase latency",
        values=_values(strips),
        content=Strips(summary, strips),
        note=note,
    )


def _values(strips: Sequence[Strip]) -> dict[str, object]:
    rows = [
        {
            "batch_size": strip.cell.batch_size,
            "threads": strip.cell.threads,
            "arm": strip.arm,
            "requests": strip.requests,
            "failed": strip.failed_count,
            "typical": significant(strip.typical),
            "least": significant(strip.least),
            "most": significant(strip.most),
        }
        for strip in strips
    ]
    return {"kind": "requests", "unit": TIMES, "parts": rows}


def _caption(strips: Sequence[Strip]) -> str:
    ranges = []
    for arm in ARMS:
        group = [strip for strip in strips if strip.arm == arm]
        least, most = min(strip.least for strip in group), max(strip.most for strip in group)
        ranges.append(f"{arm} from {number(least)} to {number(most)} times")
    failed = sum(strip.failed_count for strip in strips)
    failures = f"; {failed:,} failed requests have no dot" if failed else ""
    total = sum(strip.requests for strip in strips)
    return (
        f"{total:,} single requests as multiples of their cell's local latency: "
        f"{', '.join(ranges)}{failures}."
    )
