"""What a page says, as strings ready to print: templates and the layout decide nothing."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from bench.charts.catalog import Words, caption, chart_specs
from bench.charts.theme import HEIGHT_PX, WIDTH_PX
from bench.page import details, facts, headline, lede, source, table
from bench.page.chart_table import chart_table
from bench.page.run_story import Course
from bench.records import RunInfo
from bench.stats.estimate import EXPLORATORY, IMPORTED, Summary
from bench.text import numbers
from bench.text.names import model_words
from bench.text.numbers import counted
from bench.units import PERCENT

CHART_SIZE_PX = (1280, 800)
_DATE_LENGTH = len("2024-05-31")

PageContext = dict[str, Any]


class RawFile(NamedTuple):
    """A file beside the page: its path from there, what it holds, its size and digest."""

    path: str
    what: str
    size_bytes: int
    sha256: str


def page_context(
    info: RunInfo,
    summary: Summary,
    course: Course,
    *,
    files: Sequence[RawFile],
    inputs_digest: str,
) -> PageContext:
    """Return everything that the layout prints around the charts.

    Parameters
    ----------
    info : RunInfo
        The run; its comment and placements are foreign text.
    summary : Summary
        All planned cells.
    course : Course
        How the run went.
    files : sequence of RawFile
        What can be downloaded beside the page.
    inputs_digest : str
        Digest of everything that the page was made from.

    Returns
    -------
    dict
        Ready for JSON; every number is already formatted.
    """
    words = model_words(info.experiment.model)
    kind = run_kind(info, summary)
    date = (course.started_at or info.created_at)[:_DATE_LENGTH]
    return {
        "inputs_digest": inputs_digest,
        "prefix": words.prefix,
        "machine": info.machine,
        "run": info.run,
        "title": words.title,
        "date": date,
        "comment": numbers.plain_text(info.comment),
        "lede": lede.answer(words.title, summary, kind, info.experiment.in_flight_count),
        "crossover": lede.crossover(summary, kind),
        "verdicts": headline.verdict_counts(summary.cells),
        "placements": _placements(info),
        "notice": headline.notice(kind),
        "headline": headline.headline_figures(summary, course.block_count),
        "table": table.summary_table(summary, words.prefix),
        "legend": table.verdict_legend(summary.cells),
        "images": _images(summary, words.prefix),
        "details": details.detail_tables(info, summary, course),
        "flags": [numbers.plain_text(flag) for flag in course.flags],
        "facts": _fact_groups(info, summary, course),
        "command": facts.command(info, course.preset),
        "files": [_file(file) for file in files],
    }


def run_kind(info: RunInfo, summary: Summary) -> str:
    """Return ``smoke``, ``imported`` or ``exploratory``; empty for a full measurement."""
    if info.experiment.smoke:
        return lede.SMOKE
    if info.source:
        return IMPORTED
    return EXPLORATORY if summary.exploratory else ""


def run_size(summary: Summary, course: Course) -> str:
    """Return how much was measured: ``14 cells, 10 blocks``."""
    cells = counted(_measured(summary), "cell")
    return f"{cells}, {counted(course.block_count, 'block')}" if course.block_count else cells


def extra_figures(extras: Iterable[Words]) -> list[dict[str, Any]]:
    """Return a figure for each extra chart, in their order; Liquid reads it as it is."""
    return [
        {
            "id": f"more-{words.name}",
            "file": words.file_name,
            "width": WIDTH_PX,
            "height": HEIGHT_PX,
            "alt": words.alt,
            "caption": words.caption,
            "source": words.source,
        }
        for words in extras
    ]


def _images(summary: Summary, prefix: str) -> dict[str, Any]:
    """Return what the layout puts around each picture, by file name, in the order of the page."""
    width, height = CHART_SIZE_PX
    return {
        spec.file_name(prefix): {
            "width": width,
            "height": height,
            "caption": caption(spec, summary),
            "table": chart_table(spec, summary),
        }
        for spec in chart_specs(summary.batch_sizes)
    }


def _placements(info: RunInfo) -> list[dict[str, str]]:
    return [
        {"name": name, "text": numbers.plain_text(info.placement.get(name, ""))}
        for name in ("local", "remote")
        if info.placement.get(name)
    ]


def _fact_groups(info: RunInfo, summary: Summary, course: Course) -> list[dict[str, Any]]:
    if info.source:
        return source.source_groups(info, _measured(summary), _moment(info.created_at))
    groups: list[dict[str, Any]] = [
        {"title": "Run", "pairs": _course_pairs(info, summary, course)},
        {"title": "Plan", "pairs": facts.plan_facts(info)},
        {"title": "Machine and software", "pairs": facts.host_pairs(info.client)},
        {"title": "Link", "pairs": facts.link_pairs(info)},
    ]
    if worker := facts.differing_pairs(info.client, info.worker):
        groups.append({"title": "Worker, where it differs", "pairs": worker})
    return groups


def _course_pairs(info: RunInfo, summary: Summary, course: Course) -> list[facts.Pair]:
    failed = sum(cell.failed_count for cell in summary.cells)
    pairs = [
        ["Machine", info.machine],
        ["Run", info.run],
        ["Began", _moment(course.started_at or info.created_at)],
        ["Ended", _moment(course.ended_at)],
        ["Blocks", str(course.block_count)],
        ["Cells", f"{_measured(summary)} of {len(info.experiment.cells)} planned"],
        ["Requests", f"{sum(cell.requests for cell in summary.cells):,}, {failed:,} failed"],
    ]
    if course.time_spent is not None:
        share = f"{PERCENT * course.time_spent.efficiency_fraction:.0f}% of the run's time"
        pairs.append(["Timed requests", share])
    if course.busy_threads:
        pairs.append(["Busy threads", facts.busy_words(course.busy_threads)])
    if course.time_spent is not None:
        pairs.append(["Time went to", facts.time_words(course.time_spent)])
    return pairs


def _measured(summary: Summary) -> int:
    return sum(cell.latency_loss_percent is not None for cell in summary.cells)


def _moment(stamp: str) -> str:
    # 2024-05-31T12:34:56.789+00:00 is told to the minute.
    date, _, time = stamp.partition("T")
    zone = " UTC" if stamp.endswith(("Z", "+00:00")) else ""
    return f"{date} {time[:5]}{zone}".strip() or "unknown"


def _file(file: RawFile) -> dict[str, str]:
    return {
        "path": file.path,
        "name": file.path.rpartition("/")[2],
        "what": numbers.plain_text(file.what),
        "size": numbers.size(file.size_bytes),
        "sha256": file.sha256,
    }
