"""The first screen: the kind of the run, how often each verdict, and a few figures."""

import math
from collections.abc import Sequence

from bench.page.lede import SMOKE
from bench.page.table import overhead_words
from bench.page.unequal import Figure, speed_figures
from bench.records import Experiment
from bench.stats.cells import CellSummary, Summary
from bench.stats.estimate import Estimate
from bench.stats.pooled import COMPUTE_DIFFERENCE, median_loss
from bench.stats.verdict_words import EXPLORATORY, IMPORTED, NOT_MEASURED
from bench.text import numbers
from bench.text.numbers import counted, percent, signed_percent
from bench.text.verdicts import count_verdicts, verdict_words

_NO_VERDICT = {EXPLORATORY, IMPORTED, NOT_MEASURED}

_NOTICES = {
    SMOKE: (
        "A smoke test, not a measurement",
        "It shows that the tool works. Its numbers say nothing about the cost of remote inference.",
    ),
    EXPLORATORY: (
        "Exploratory: fewer than 6 blocks",
        "So few repetitions give no interval of a loss. An overhead has one from 3 blocks on.",
    ),
    IMPORTED: (
        "Imported: not measured by this tool",
        (
            "Another study's figures: only a mean and a range of each cell's latencies are known, "
            "so there is no interval and no verdict. Its source is below."
        ),
    ),
}

_UNFINISHED = "The figures are those of the blocks so far."


def notice(kind: str, blocks_to_come: int = 0) -> dict[str, str] | None:
    """Return the banner of a run that is no full measurement.

    Parameters
    ----------
    kind : str
        ``smoke``, ``exploratory`` or ``imported``; else empty.
    blocks_to_come : int
        How many blocks of its plan are still missing: it is being measured, or was interrupted.
    """
    title, text = _NOTICES.get(kind, ("", ""))
    if blocks_to_come:
        missing = f"{counted(blocks_to_come, 'block')} of its plan {_be(blocks_to_come)} to come"
        title, text = f"Unfinished: {missing}", f"{text} {_UNFINISHED}".strip()
        return {"kind": kind or EXPLORATORY, "title": title, "text": text}
    return {"kind": kind, "title": title, "text": text} if title else None


def verdict_counts(cells: Sequence[CellSummary]) -> str:
    """Return how often each verdict was given: ``Overhead: costs in 14 cells.`` and so on."""
    verdicts = {
        "Overhead": [cell.overhead_verdict for cell in cells],
        "Latency loss": [cell.latency_verdict for cell in cells],
        "Throughput loss": [cell.throughput_verdict for cell in cells],
    }
    known = {name: words for name, words in verdicts.items() if set(words) - _NO_VERDICT}
    return " ".join(f"{name}: {count_verdicts(words)}." for name, words in known.items())


def headline_figures(experiment: Experiment, summary: Summary, block_count: int) -> list[Figure]:
    """Return the figures of the first screen: value, label and tone.

    Parameters
    ----------
    experiment : Experiment
        With unequal engines the first figures are how many times as fast remote is.
    summary : Summary
        Of the run.
    block_count : int
        How many blocks it has, those included that do not count.
    """
    ends, unequal = summary.headline_cells, experiment.engines.unequal
    figures = speed_figures(summary) if unequal else []
    figures += [_overhead_figure(cell) for cell in ends]
    if ends and not unequal and (difference := summary.pooled.get(COMPUTE_DIFFERENCE)):
        figures.append(_compute_figure(difference))
    if not ends:
        sizes = sorted({summary.batch_sizes[0], summary.batch_sizes[-1]})
        figures += [_loss_figure(summary, "latency", size) for size in sizes]
        figures.append(_loss_figure(summary, "throughput", None))
    blocks = f"cells measured, {_blocks(summary, block_count)}"
    figures.append(
        {
            "value": f"{summary.measured_count} of {len(summary.cells)}",
            "label": blocks if block_count else f"cells {IMPORTED}",
            "tone": "",
        }
    )
    if summary.noise_floor_percent is not None:
        figures.append(
            {
                "value": f"±{percent(summary.noise_floor_percent)}",
                "label": "noise floor of the loss: local against itself",
                "tone": "",
            }
        )
    return figures


def _be(count: int) -> str:
    return "is" if count == 1 else "are"


def _blocks(summary: Summary, block_count: int) -> str:
    counted_blocks = summary.counted_blocks
    if counted_blocks == block_count:
        return counted(block_count, "block")
    return f"{counted_blocks} of {counted(block_count, 'block')} count"


def _overhead_figure(cell: CellSummary) -> Figure:
    words = overhead_words(cell)
    where = f"batch {cell.batch_size}, {counted(cell.threads, 'thread')}"
    interval = f" ({words['interval']})" if words["interval"] else ""
    share = f": {words['value']}{interval} of local latency" if words["value"] else ""
    tone = words["tone"] if words["tone"] == "worse" else ""
    return {"value": f"{words['ms']} ms", "label": f"overhead, {where}{share}", "tone": tone}


def _compute_figure(difference: Estimate) -> Figure:
    interval = numbers.interval(difference)
    label = "compute difference, all cells" + (f": {interval}" if interval else "")
    return {"value": signed_percent(difference.point), "label": label, "tone": ""}


def _loss_figure(summary: Summary, metric: str, batch_size: int | None) -> Figure:
    where = "all cells" if batch_size is None else f"batch {batch_size}"
    arm_words = "" if summary.names["remote"] == "remote" else f" of {summary.names['remote']}"
    label = f"{metric} loss{arm_words}, {where}"
    middle = median_loss(summary.pooled, metric, batch_size)
    if middle is None:
        return {"value": "—", "label": f"{label}: {NOT_MEASURED}", "tone": ""}
    cells = [cell for cell in summary.cells if batch_size in (None, cell.batch_size)]
    tone = _tone(cells, metric) if math.isfinite(middle) else "worse"
    return {"value": signed_percent(middle), "label": f"median {label}", "tone": tone}


def _tone(cells: Sequence[CellSummary], metric: str) -> str:
    # A colour needs a verdict, and no opposite verdict in another cell.
    claims = {verdict_words(cell.verdict(metric)).tone for cell in cells} & {"worse", "better"}
    return claims.pop() if len(claims) == 1 else ""
