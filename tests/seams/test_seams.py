"""An engine, a codec and a link that no room knows pass through the whole chain."""

import shutil
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from bench.config import make_budget, make_experiment
from bench.measure.request import MeasureRequest
from bench.pipeline.measure import measure
from bench.records import ANY_LOOPBACK_PORT, Engines, EngineSpec, Outcome
from bench.store.run import load_run
from bench.worker.jobs import WorkerJob
from bench.worker.launch import start_embedded
from tests.cli.command import ROOT, scalebench
from tests.measure.factory import Silent
from tests.seams.parts import CODEC, COUNTS, MODEL
from tests.site.generated import GENERATED


def test_parts_of_the_tests_pass_through_the_whole_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = tmp_path / "counts"
    monkeypatch.setenv(COUNTS, str(counts))
    engine = EngineSpec(model=MODEL, weights="none", device="pencil")
    budget = make_budget("smoke")
    experiment = msgspec.structs.replace(
        make_experiment(
            budget=budget, core_count=1, model="stub:0", image_size=32, batch_sizes="1,2"
        ),
        engines=Engines(local=engine, remote=engine),
        codec=CODEC,
    )
    job = WorkerJob(
        ANY_LOOPBACK_PORT, engine, None, 32, codecs=(CODEC,), compute="tests.seams.compute"
    )
    program, address = start_embedded(job)
    try:
        request = MeasureRequest(
            experiment=experiment,
            budget=budget,
            data=tmp_path / "data",
            worker=address,
            machine="m",
            run="r",
            child="tests.seams.child",
        )
        folder = measure(request, Silent())
    finally:
        program.stop()
    run = load_run(folder)
    assert run.info.experiment.engines.remote == engine
    assert run.info.experiment.codec == CODEC
    (rows,) = run.blocks()
    assert set(rows["outcome"]) == {Outcome.OK}
    sent = [int(size) for size in counts.read_text().split()]
    assert len(sent) == (rows["arm"] == "remote").sum()
    assert set(sent) == {size * 3 * 32 * 32 * 2 for size in (1, 2)}
    stamps = pq.read_table(folder / "block-001.parquet").to_pandas()
    assert (stamps.wh_ns <= stamps.w3_ns).all()
    assert (stamps.w4_ns <= stamps.wd_ns).all()
    site = tmp_path / "site"
    shutil.copytree(ROOT / "site", site, ignore=shutil.ignore_patterns(*GENERATED))
    reported = scalebench("report", folder, "--site", site)
    assert reported.returncode == 0, reported.stderr
