"""The first screen: what kind of run this is, how often which verdict, and a few figures."""

import math
from collections.abc import Sequence

from bench.page.lede import SMOKE
from bench.page.table import verdict_tone
from bench.stats.estimate import (
    EXPLORATORY,
    IMPORTED,
    NOT_MEASURED,
    VERDICTS,
    CellSummary,
    Summary,
)
from bench.stats.pooled import median_loss
from bench.text.numbers import counted, percent, signed_percent

Figure = dict[str, str]

_NOTICES = {
    SMOKE: (
        "A smoke test, not a measurement",
        "It shows that the tool works. Its numbers say nothing about the cost of remote inference.",
    ),
    EXPLORATORY: (
        "Exploratory: fewer than 6 blocks",
        "So few repetitions give no intervals and no verdicts. Read the numbers as a first look.",
    ),
    IMPORTED: (
        "Imported: not measured by this tool",
        (
            "Only a mean and a range of each cell's latencies are known: no interval, no verdict. "
            "What local and remote were there is said below."
        ),
    ),
}


def notice(kind: str) -> dict[str, str] | None:
    """Return the banner of a run that is no full measurement: smoke, exploratory, imported."""
    if kind not in _NOTICES:
        return None
    title, text = _NOTICES[kind]
    return {"kind": kind, "title": title, "text": text}


def verdict_counts(cells: Sequence[CellSummary]) -> str:
    """Return how often latency got which verdict: ``slower in 9 cells, undecided in 5``."""
    said = [cell.latency_verdict for cell in cells]
    if set(said) <= {EXPLORATORY, IMPORTED, NOT_MEASURED}:
        return ""  # there is no verdict yet
    counts = [(word, said.count(word)) for word in VERDICTS if word in said]
    (first, number), *others = counts
    parts = [f"{first} in {counted(number, 'cell')}", *(f"{w} in {n}" for w, n in others)]
    return f"Latency: {', '.join(parts)}."


def headline_figures(summary: Summary, block_count: int) -> list[Figure]:
    """Return the figures of the first screen: value, label and tone."""
    sizes = summary.batch_sizes
    cells = summary.cells
    ends = [sizes[0], sizes[-1]] if len(sizes) > 1 else list(sizes)
    figures = [_loss_figure(summary, "latency", size) for size in ends]
    figures.append(_loss_figure(summary, "throughput", None))
    measured = sum(cell.latency_loss_percent is not None for cell in cells)
    blocks = f"cells measured, {counted(block_count, 'block')}"
    figures.append(
        {
            "value": f"{measured} of {len(cells)}",
            "label": blocks if block_count else f"cells {IMPORTED}",
            "tone": "",
        }
    )
    if summary.noise_floor_percent is not None:
        figures.append(
            {
                "value": f"±{percent(summary.noise_floor_percent)}",
                "label": "noise floor: local against itself",
                "tone": "",
            }
        )
    return figures


def _loss_figure(summary: Summary, metric: str, batch_size: int | None) -> Figure:
    where = "all cells" if batch_size is None else f"batch {batch_size}"
    label = f"{metric} loss, {where}"
    middle = median_loss(summary.pooled, metric, batch_size)
    if middle is None:
        return {"value": "—", "label": f"{label}: {NOT_MEASURED}", "tone": ""}
    cells = [cell for cell in summary.cells if batch_size in (None, cell.batch_size)]
    tone = _tone(cells, metric) if math.isfinite(middle) else "worse"
    return {"value": signed_percent(middle), "label": f"median {label}", "tone": tone}


def _tone(cells: Sequence[CellSummary], metric: str) -> str:
    # A colour is a claim: it needs a verdict, and none against it.
    words = [c.latency_verdict if metric == "latency" else c.throughput_verdict for c in cells]
    claims = {verdict_tone(word) for word in words} & {"worse", "better"}
    return claims.pop() if len(claims) == 1 else ""
