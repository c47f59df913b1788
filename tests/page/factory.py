"""Made-up runs for pages: what they say is plain, so that a test can look for it."""

import io
from typing import Any

from PIL import Image

from bench.config import BATCH_SIZES, segment_length
from bench.page.page import PageContext, RawFile, page_context, run_kind, run_size
from bench.page.render import render_page, render_page_data
from bench.page.run_story import Course
from bench.publish import PAGE_FILE, PageKey
from bench.publish.listing import listing
from bench.records import Experiment, RunInfo
from bench.stats.estimate import Summary
from bench.text.names import page_prefix
from tests.charts.factory import make_summary

HOST: dict[str, Any] = {
    "cpu_model": "A Processor",
    "physical_cores_count": 2,
    "memory_bytes": 8 * 1024**3,
    "kernel": "6.1.0",
    "governor": None,
    "governor_missing": "/sys/x: No such file or directory",
    "huge_pages": "always [madvise] never",
    "clock_source": "tsc",
    "python": "3.11.2",
    "packages": {"torch": "2.5.0", "pyzmq": "26.2.0"},
}
PLACEMENT = {
    "local": "The model computes in the measuring process.",
    "remote": "The model computes in a worker process on this machine, over ZeroMQ on loopback.",
}
RAW = b"threads,batch_size\n1,1\n"


def make_info(
    model: str = "resnet50",
    batch_sizes: tuple[int, ...] = BATCH_SIZES,
    *,
    threads: tuple[int, ...] = (1, 2),
    smoke: bool = False,
    **changes: Any,
) -> RunInfo:
    """Return a run; ``changes`` are fields of it."""
    experiment = Experiment(
        model=model,
        weights="seeded",
        image_size=224,
        batch_sizes=batch_sizes,
        threads=threads,
        seed=1,
        allocator="tuned",
        worker="embedded",
        lengths=tuple(segment_length(size, smoke=smoke) for size in batch_sizes),
        in_flight_count=2,
        timeout_s=120,
        smoke=smoke,
    )
    fields: dict[str, Any] = {
        "schema_version": 1,
        "machine": "box-2c",
        "run": "first",
        "created_at": "2024-05-31T12:34:56+00:00",
        "comment": "A quiet evening.",
        "experiment": experiment,
        "code_digest": "0123456789abcdef",
        "client": HOST,
        "worker": HOST,
        "placement": PLACEMENT,
    }
    return RunInfo(**{**fields, **changes})


def make_context(
    info: RunInfo | None = None, summary: Summary | None = None, **course: Any
) -> PageContext:
    """Return what the page of a run says; ``course`` are fields of how the run went."""
    info = info or make_info()
    summary = summary or make_summary(info.experiment.threads, info.experiment.batch_sizes)
    went = {
        "block_count": summary.blocks,
        "started_at": "2024-05-31T12:34:56+00:00",
        "ended_at": "2024-05-31T13:04:56+00:00",
    }
    story = Course(**{**went, **course})
    context = page_context(
        info,
        summary,
        story,
        files=[RawFile("data/cells.csv", "the table above", len(RAW), "ab" * 32)],
        inputs_digest="d1",
    )
    listed = listing(
        info,
        summary,
        created_at=story.started_at,
        date=context["date"],
        size=run_size(summary, story),
        kind=run_kind(info, summary),
    )
    return {**context, "listing": listed}


def make_picture() -> bytes:
    """Return a picture of the charts' size that weighs next to nothing."""
    buffer = io.BytesIO()
    Image.new("P", (1280, 800)).save(buffer, "PNG")
    return buffer.getvalue()


def make_page(
    info: RunInfo, summary: Summary | None = None, **course: Any
) -> tuple[dict[str, bytes], str, PageKey]:
    """Return files, data and place of a page, ready to publish."""
    context = make_context(info, summary, **course)
    experiment = info.experiment
    files = dict.fromkeys(context["images"], make_picture())
    files[PAGE_FILE] = render_page(experiment.model, experiment.batch_sizes).encode()
    files["data/cells.csv"] = RAW
    key = PageKey(page_prefix(experiment.model), info.machine, info.run)
    return files, render_page_data(context), key
