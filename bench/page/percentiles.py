"""The table of the percentiles of single requests."""

from bench.page.detail_rows import Row, Table, head, make_table
from bench.stats.cells import ARMS, Summary
from bench.stats.estimate import Quantile
from bench.text.numbers import number, plain, with_ends
from bench.units import PERCENT, ns_to_ms

_NOTE = (
    "Single requests, in ms, with 95% intervals that know how alike the requests of a block "
    "are. Where n* independent requests would be too few for a percentile, there is no "
    "number."
)


def percentile_table(summary: Summary) -> Table | None:
    """Return the percentiles of single requests.

    A cell with too few requests for one has ``n/a``; one that no cell has gets no column.
    """
    by_cell = [(head(c), [c.arms[arm].quantiles_ns for arm in ARMS]) for c in summary.cells]
    measured = [arm for _, arms in by_cell for arm in arms if arm]
    quantiles = measured[0] if measured else ()
    places = [at for at in range(len(quantiles)) if any(q[at].point is not None for q in measured)]
    rows = [
        # An arm that was not measured leaves its own columns empty.
        Row(head, [_quantile(arm[at]) if arm else "" for arm in arms for at in places])
        for head, arms in by_cell
        if any(arms) and places
    ]
    columns = [f"{arm.capitalize()} {_name(quantiles[at])}" for arm in ARMS for at in places]
    table = make_table("percentiles", "Percentiles of latency", _NOTE, columns, rows)
    if table is not None and len(places) < len(quantiles):
        missing = [quantile for at, quantile in enumerate(quantiles) if at not in places]
        table["note"] += (
            f" No cell has enough for {' and '.join(map(_name, missing))}: "
            f"{' and '.join(str(quantile.needed_size) for quantile in missing)} would be needed."
        )
    return table


def _name(quantile: Quantile) -> str:
    return f"p{plain(PERCENT * quantile.probability)}"


def _quantile(quantile: Quantile) -> str:
    if quantile.point is None:
        return f"n/a (n* = {quantile.effective_size:.0f} < {quantile.needed_size})"
    text = number(ns_to_ms(quantile.point))
    if quantile.low is None or quantile.high is None:
        return text
    low, high = (number(ns_to_ms(end)) for end in (quantile.low, quantile.high))
    return with_ends(text, low, high)
