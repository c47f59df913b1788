"""Made-up runs for pages: what they say is plain, so that a test can look for it."""

import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from bench.charts.catalog import all_charts
from bench.config import BATCH_SIZES, CODEC, segment_lengths
from bench.page.page import Page
from bench.page.page import make_page as page_of_run
from bench.page.worker_place import heading
from bench.publish import PageKey
from bench.publish.listing import listing
from bench.records import SYNTHETIC, BlockRecord, Engines, EngineSpec, Experiment, Load, RunInfo
from bench.stats.cells import Summary
from bench.stats.results import Results
from bench.store.run import Run, RunFile
from bench.store.schema import SCHEMA_VERSION
from bench.text.names import page_prefix
from tests.charts.factory import make_summary
from tests.restarts import make_restart

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


def make_info(
    model: str = "resnet50",
    batch_sizes: tuple[int, ...] = BATCH_SIZES,
    *,
    threads: tuple[int, ...] = (1, 2),
    smoke: bool = False,
    **changes: Any,
) -> RunInfo:
    """Return a run; ``changes`` are fields of it."""
    engine = EngineSpec(model=model)
    experiment = Experiment(
        engines=Engines(local=engine, remote=engine),
        codec=CODEC,
        input=SYNTHETIC,
        load=Load(in_flight_count=2),
        image_size=224,
        batch_sizes=batch_sizes,
        threads=threads,
        seed=1,
        allocator="tuned",
        worker="embedded",
        lengths=tuple(segment_lengths(size, smoke=smoke) for size in batch_sizes),
        timeout_s=120,
        smoke=smoke,
    )
    fields: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
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


def make_run(info: RunInfo, block_count: int, *, overlap: bool = False) -> Run:
    """Return a run of half an hour; with ``overlap`` its client shared the model's cores."""
    restart = make_restart(client={"client_core_overlap": overlap})
    begun = datetime.fromisoformat(info.created_at)
    pace = timedelta(minutes=30) / max(1, block_count)
    records = tuple(
        BlockRecord(
            index=1 + place,
            started_at=(begun + place * pace).isoformat(timespec="seconds"),
            wall_ns=pace // timedelta(microseconds=1) * 1000,
            restarts=(restart,),
        )
        for place in range(0 if info.source else block_count)
    )
    return Run(Path("run"), info, None, (), records, frozenset(), ())


def make_context(
    info: RunInfo | None = None,
    summary: Summary | None = None,
    *,
    overlap: bool = False,
    **results: Any,
) -> dict[str, Any]:
    """Return what the page of a run says; ``results`` are parts of them besides the summary."""
    return make_page(info or make_info(), summary, overlap=overlap, **results).page.data


def make_picture() -> bytes:
    """Return a picture of the charts' size that weighs next to nothing."""
    buffer = io.BytesIO()
    Image.new("P", (1280, 800)).save(buffer, "PNG")
    return buffer.getvalue()


class Made(NamedTuple):
    """A page, ready to be put into a site."""

    key: PageKey
    page: Page
    pictures: dict[str, bytes]
    files: tuple[RunFile, ...] = ()


def make_page(
    info: RunInfo, summary: Summary | None = None, *, overlap: bool = False, **results: Any
) -> Made:
    """Return the page of a run; its pictures weigh next to nothing."""
    experiment = info.experiment
    summary = summary or make_summary(experiment.threads, experiment.batch_sizes)
    run, found = make_run(info, summary.blocks, overlap=overlap), Results(summary, **results)
    charts = all_charts(info, found, heading(info))
    page = page_of_run(run, found, charts)
    key = PageKey(page_prefix(experiment.model), info.machine, info.run)
    pictures = dict.fromkeys((chart.file_name for chart in charts), make_picture())
    return Made(key, page._replace(data={**page.data, "listing": listing(run, found)}), pictures)
