"""What a run that goes on must not do: mix engines, or take its time twice."""

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.errors import DataError, WorkerLost
from bench.measure.request import MeasureRequest
from bench.pipeline import measure as stage
from bench.records import RestartRecord, Sample
from bench.store.folder import RunFolder
from tests.measure.factory import Silent
from tests.pipeline.virtual import quick_request, use_no_worker, virtual_restart


def test_a_block_of_another_engine_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restart(request: Any, block: int, *rest: Any) -> tuple[RestartRecord, list[Sample]]:
        record, samples = virtual_restart(request, block, *rest)
        return msgspec.structs.replace(record, worker={"torch": f"2.{block}"}), samples

    use_no_worker(monkeypatch)
    monkeypatch.setattr(stage, "measure_restart", restart)
    words = "block 2 is not kept: at 1 threads the worker's torch is 2.2 and was 2.1 in block 1"
    with pytest.raises(DataError, match=words):
        stage.measure(quick_request(tmp_path), Silent())
    assert RunFolder(tmp_path / "m" / "r").complete_blocks() == [1]


def test_a_lost_block_takes_of_the_minutes_that_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    now_s = iter([1000.0, 1000.0 + 7 * 60, 2000.0])
    folder = RunFolder(tmp_path)

    def measured(request: MeasureRequest, _observer: object) -> Path:
        given.append(request.budget.minutes)
        if len(given) == 1:
            raise stage._BlockLost(folder, WorkerLost("it is gone"))
        return tmp_path

    use_no_worker(monkeypatch)
    monkeypatch.setattr(stage, "_measure_with_worker", measured)
    monkeypatch.setattr(time, "monotonic", lambda: next(now_s))
    stage.measure(quick_request(tmp_path, minutes=10), Silent())
    assert given == [10, 3]
