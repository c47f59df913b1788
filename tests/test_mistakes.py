"""The mistakes of METHOD's section 8 that are not statistical, each planted and caught.

Those that are, 1 to 3, 5 to 7 and 9, are in tests/stats/test_mistakes.py. A real worker that lies
about its threads (8) or its answers (10) fails a real run in tests/worker/test_lies.py.
"""

import csv
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from bench.calibration.machine import Machine
from bench.calibration.virtual_run import virtual_blocks
from bench.calibration.virtual_trials import TRIALS, one_cell, virtual_runs
from bench.engine.precision import PRECISIONS
from bench.errors import WorkerError
from bench.measure.agreement import MUST_AGREE, check_agreement, check_answer, check_threads
from bench.pipeline.report import report
from bench.pipeline.verify import verify
from bench.records import FLOAT32, Arm, Engines, EngineSpec
from bench.text.numbers import signed_percent
from tests.stats.factory import summarise
from tests.store.factory import make_run

TOLERANCE = PRECISIONS[FLOAT32].tolerance_fraction


def _rows() -> pd.DataFrame:
    return virtual_runs(TRIALS[0], [1], seed=1)


def test_4_swapped_columns_do_not_agree_with_the_samples(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "_config.yml").touch()
    run = make_run(tmp_path / "data" / "box" / "r1", 6).path
    (page,) = report([run], tmp_path / "data", site)
    assert verify(run, site).differences == []
    table = page / "data" / "summary.csv"
    head, *rows = csv.reader(table.read_text().splitlines())
    local, remote = head.index("latency_local_ms"), head.index("latency_remote_ms")
    for row in rows:
        row[local], row[remote] = row[remote], row[local]
    with table.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
    assert len(verify(run, site).differences) >= 2 * len(rows)


def test_4_percentiles_lie_in_order_between_the_least_and_the_most() -> None:
    rows = _rows()
    latency = (rows.c5_ns - rows.c1_ns)[(rows.arm == "remote") & (rows.phase == "latency")]
    (cell,) = summarise(rows, one_cell(1).cells).cells
    points = [quantile.point for quantile in cell.arms["remote"].quantiles_ns]
    known = [latency.min(), *(point for point in points if point is not None), latency.max()]
    assert len(known) > 2
    assert known == sorted(known)


def test_4_a_loss_below_one_percent_keeps_its_value_and_its_sign() -> None:
    losses = (0.9, -0.4)
    assert len({f"{int(loss):+d}%" for loss in losses}) == 1  # cut, as on the origin's charts
    assert [signed_percent(loss) for loss in losses] == ["+0.9%", "−0.4%"]


def test_8_more_cpu_time_than_the_agreed_threads_can_have_fails_the_run() -> None:
    blocks = virtual_blocks(Machine(), one_cell(1), np.random.default_rng(1))
    remote = [sample for sample in next(blocks) if sample.arm is Arm.REMOTE]
    check_threads(remote, 1, "the worker")
    lying = [msgspec.structs.replace(s, cpu_ns=3 * s.cpu_ns) for s in remote if s.cpu_ns]
    with pytest.raises(WorkerError, match=r"with 1 threads and used 3\.0"):
        check_threads(lying, 1, "the worker")


def test_10_other_weights_are_refused_by_their_digest() -> None:
    facts = dict.fromkeys(MUST_AGREE, "this")
    engine = EngineSpec(model="resnet18")
    engines = Engines(local=engine, remote=engine)
    with pytest.raises(WorkerError, match="weights_digest is 'this' here and 'that' there"):
        check_agreement(facts, {**facts, "weights_digest": "that"}, "tcp://there", engines)


def test_10_the_answer_to_another_batch_is_no_answer() -> None:
    (cell,) = one_cell(1).cells
    logits = np.random.default_rng(1).normal(size=(2, 1000)).astype(np.float32)
    check_answer(logits[:1], logits[:1], cell, 0, Arm.REMOTE, TOLERANCE)
    with pytest.raises(WorkerError, match="answers wrongly"):
        check_answer(logits[:1], logits[1:], cell, 0, Arm.REMOTE, TOLERANCE)


def _remembering(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a worker that computes each batch once: the burst sent them all before."""
    again = (rows.phase == "latency") & (rows.arm == "remote")
    return rows.assign(w3_ns=rows.w3_ns.where(~again, rows.w4_ns - 1000))


def test_10_a_worker_that_remembers_its_answers_is_flagged() -> None:
    rows, cells = _rows(), one_cell(1).cells
    assert "repeated_faster" not in summarise(rows, cells).cells[0].flags
    assert "repeated_faster" in summarise(_remembering(rows), cells).cells[0].flags
