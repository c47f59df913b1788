"""The page of a run: its texts, and what the layout prints around the charts, as strings.

Templates and the layout decide nothing; every number is already formatted.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bench.charts.chart import CARD, EXTRA, HEIGHT_PX, LEAD, TEXT, WIDTH_PX, Chart
from bench.charts.table import chart_csv
from bench.page import details, engines, facts, headline, lede, source, table
from bench.page.answer import answer_json, answer_text, citation, data_digest
from bench.page.crossover import crossover as crossover_words
from bench.page.notices import RunNotes, run_notes
from bench.page.render import PAGE_FILE, render_page
from bench.page.worker_place import heading
from bench.records import RunInfo
from bench.stats.cells import Summary
from bench.stats.results import Results
from bench.stats.verdict_words import EXPLORATORY, IMPORTED
from bench.store.aggregate_file import AGGREGATES_FILE
from bench.store.folder import BUDGET_FILE, RUN_FILE, SCHEDULE_FILE
from bench.store.run import Run
from bench.text import numbers
from bench.text.names import model_words
from bench.text.numbers import counted
from bench.text.summary_table import format_csv, format_details, format_pooled
from bench.units import PERCENT

DATA_FOLDER = "data"
ANSWER_JSON, ANSWER_TEXT = "answer.json", "answer.txt"
DATE_LENGTH = len("2024-05-31")
_MEANINGS = {
    RUN_FILE: "what was measured, and on what",
    SCHEDULE_FILE: "the order of everything, written beforehand",
    AGGREGATES_FILE: "every row of the imported files",
    BUDGET_FILE: "until when it was measured",
    "summary.csv": "one row a cell",
    "details.csv": "all that is known of each cell",
    "pooled.csv": "figures of several cells together",
}


class Page(NamedTuple):
    """A run's page without its pictures and raw files.

    ``texts`` are the files that are made for it, by their path beside the page; ``data`` is what
    the layout reads, ready for JSON.
    """

    texts: Mapping[str, str]
    data: dict[str, Any]


def make_page(run: Run, results: Results, charts: Sequence[Chart]) -> Page:
    """Return the page of a run.

    Parameters
    ----------
    run : Run
        The run; its comment and placements are foreign text.
    results : Results
        Its results.
    charts : sequence of Chart
        All its charts, in the order of the page.
    """
    info, summary = run.info, results.summary
    words, kind = model_words(info.experiment.model), run_kind(info, summary)
    notes = run_notes(run, results)
    tables = {
        "summary.csv": format_csv(summary),
        "details.csv": format_details(summary),
        "pooled.csv": format_pooled(summary),
    }
    texts = {f"{DATA_FOLDER}/{name}": text for name, text in tables.items()}
    by_role = {role: [c for c in charts if c.role == role] for role in (TEXT, LEAD, EXTRA, CARD)}
    page_charts = [chart for chart in charts if chart.role != CARD]
    texts |= {_csv_path(chart): chart_csv(chart.values) for chart in page_charts}
    texts[PAGE_FILE] = render_page(words.title, by_role[TEXT])
    date = measured_on(info, notes.started_at)
    digest = data_digest(run.files)
    answer, remarks = lede.answer(info, summary, kind)
    crossover = "" if kind == lede.SMOKE else crossover_words(summary, kind)
    citation_line = citation(info, date, digest)
    answer_texts = {
        "answer": answer,
        "date": date,
        "citation": citation_line,
        "data_sha256": digest,
    }
    texts[ANSWER_TEXT] = answer_text(info, (answer, remarks, crossover), citation_line)
    texts[ANSWER_JSON] = answer_json(info, results, answer_texts)
    data = {
        "prefix": words.prefix,
        "machine": info.machine,
        "run": info.run,
        "title": words.title,
        "heading": heading(info),
        "date": date,
        "arms": {arm: numbers.plain_text(name, 40) for arm, name in summary.names.items()},
        "comment": numbers.plain_text(info.comment),
        "answer": answer,
        "more": remarks,
        "crossover": crossover,
        "verdicts": headline.verdict_counts(summary.cells),
        "placements": _placements(info),
        "notice": headline.notice(kind, notes.blocks_to_come),
        "headline": headline.headline_figures(info.experiment, summary, notes.block_count),
        "table": table.summary_table(summary, words.prefix),
        "legend": table.legend(summary.cells),
        "images": {chart.file_name: _image(chart) for chart in by_role[TEXT]},
        "lead": [_extra(chart) for chart in by_role[LEAD]],
        "extras": [_extra(chart) for chart in by_role[EXTRA]],
        "card": [_extra(chart) for chart in by_role[CARD]],
        "details": details.detail_tables(info, results),
        "flags": [numbers.plain_text(notice) for notice in notes.notices],
        "facts": _fact_groups(info, results, notes),
        "command": facts.command(info, notes.budget),
        "citation": citation_line,
        "files": list(_files(run, tables)),
    }
    return Page(texts, data)


def measured_on(info: RunInfo, started_at: str = "") -> str:
    """Return the day when a run was measured; of an import that of the study, where it is known."""
    return str(info.source.get("date") or started_at or info.created_at)[:DATE_LENGTH]


def run_kind(info: RunInfo, summary: Summary) -> str:
    """Return ``smoke``, ``imported`` or ``exploratory``; empty for a full measurement."""
    if info.experiment.smoke:
        return lede.SMOKE
    if info.source:
        return IMPORTED
    return EXPLORATORY if summary.exploratory else ""


def run_size(run: Run, summary: Summary) -> str:
    """Return how much was measured: ``14 cells, 10 blocks``."""
    cells = counted(summary.measured_count, "cell")
    return f"{cells}, {counted(len(run.records), 'block')}" if run.records else cells


def _image(chart: Chart) -> dict[str, Any]:
    """Return what the layout puts around a picture."""
    size = {"width": WIDTH_PX, "height": HEIGHT_PX}
    return {**size, "caption": chart.caption, "table": chart.table, "csv": _csv_path(chart)}


def _extra(chart: Chart) -> dict[str, Any]:
    """Return a chart that the page's text does not name."""
    fields = {"id": chart.slug, "file": chart.file_name, "alt": chart.alt, "source": chart.source}
    return {**_image(chart), **fields}


def _csv_path(chart: Chart) -> str:
    return f"{DATA_FOLDER}/{chart.slug}.csv"


def _placements(info: RunInfo) -> list[dict[str, str]]:
    return [
        {"name": name, "text": numbers.plain_text(info.placement.get(name, ""))}
        for name in ("local", "remote")
        if info.placement.get(name)
    ]


def _fact_groups(info: RunInfo, results: Results, notes: RunNotes) -> list[dict[str, Any]]:
    if info.source:
        return source.source_groups(info, results.summary.measured_count, _moment(info.created_at))
    groups: list[dict[str, Any]] = [
        {"title": "Run", "pairs": _run_pairs(info, results, notes)},
        {"title": "Plan", "pairs": facts.plan_facts(info)},
        {"title": "Machine and software", "pairs": facts.host_pairs(info.client)},
        {"title": "Link", "pairs": facts.link_pairs(info)},
    ]
    if worker := facts.differing_pairs(info.client, info.worker):
        groups.append({"title": "Worker, where it differs", "pairs": worker})
    return groups


def _run_pairs(info: RunInfo, results: Results, notes: RunNotes) -> list[engines.Pair]:
    summary, effort = results.summary, results.effort
    failed = sum(cell.failed_count for cell in summary.cells)
    pairs = [
        ["Machine", info.machine],
        ["Run", info.run],
        ["Began", _moment(notes.started_at or info.created_at)],
        ["Ended", _moment(notes.ended_at)],
        ["Blocks", str(notes.block_count)],
        ["Cells", f"{summary.measured_count} of {len(info.experiment.cells)} planned"],
        ["Requests", f"{sum(cell.requests for cell in summary.cells):,}, {failed:,} failed"],
    ]
    if effort is not None:
        spent = effort.time_spent
        share = f"{PERCENT * spent.efficiency_fraction:.0f}% of the run's time"
        pairs.append(["Timed requests", share])
        if effort.busy_threads:
            pairs.append(["Busy threads", facts.busy_words(effort.busy_threads)])
        pairs.append(["Measured for", facts.passes_words(spent)])
        pairs.append(["Time went to", facts.time_words(spent)])
    if notes.answers.images_count:
        pairs.append(["Remote answers", engines.answer_words(notes.answers)])
    if notes.compiling:
        pairs.append(["Compiling took", notes.compiling])
    return pairs


def _moment(stamp: str) -> str:
    # 2024-05-31T12:34:56.789+00:00 is shown to the minute.
    date, _, time = stamp.partition("T")
    zone = " UTC" if stamp.endswith(("Z", "+00:00")) else ""
    return f"{date} {time[:5]}{zone}".strip() or "unknown"


def _files(run: Run, tables: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield what can be downloaded beside the page, by path."""
    stored = {file.path.name: (file.size_bytes, file.sha256) for file in run.files}
    for name, text in tables.items():
        content = text.encode()
        stored[name] = len(content), hashlib.sha256(content).hexdigest()
    for name, (size_bytes, sha256) in sorted(stored.items()):
        yield {
            "path": f"{DATA_FOLDER}/{name}",
            "name": name,
            "what": _meaning(name),
            "size": numbers.size(size_bytes),
            "sha256": sha256,
        }


def _meaning(name: str) -> str:
    if name.startswith("block-"):
        return f"raw samples of block {int(name.removeprefix('block-').partition('.')[0])}"
    return _MEANINGS[name]
