"""A network that fails between client and worker: a run goes on, or ends with a clear word."""

from pathlib import Path

import pytest

from bench.store.run import load_run
from tests.chaos.conftest import Measure
from tests.chaos.proxy import Fault, misbehaving
from tests.cli.command import check_refused


def check_complete(folder: Path) -> None:
    run = load_run(folder / "m" / "r")
    assert [block.index for block in run.measured] == [1]
    for rows in run.blocks():
        assert set(rows["outcome"]) == {"ok"}


def test_a_data_port_that_is_closed_is_named_within_seconds(
    worker: int, measure: Measure, tmp_path: Path
) -> None:
    with misbehaving(worker, None, data=False) as endpoint:
        result = measure(endpoint)
    check_refused(result, 5, "its data port, tcp://127.0.0.1:", "cannot be reached", "ssh -L")
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reset", after_bytes=100_000),
        Fault("reset", after_bytes=100_000, times=2),
        Fault("drop", after_bytes=100_000),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.times}",
)
def test_a_connection_that_is_lost_costs_its_block_only(
    worker: int, measure: Measure, tmp_path: Path, fault: Fault
) -> None:
    with misbehaving(worker, fault) as endpoint:
        result = measure(endpoint, seconds=2)
    assert result.returncode == 0, result.stderr
    assert fault.happened == fault.times
    assert f"It is measured again (1 of {2})" in result.stderr
    check_complete(tmp_path)


@pytest.mark.parametrize(
    "fault",
    [Fault("stall", after_bytes=50_000, pause_s=2.0), Fault("dribble", after_bytes=50_000)],
    ids=lambda fault: fault.kind,
)
def test_a_slow_moment_is_no_loss(
    worker: int, measure: Measure, tmp_path: Path, fault: Fault
) -> None:
    with misbehaving(worker, fault) as endpoint:
        result = measure(endpoint)
    assert result.returncode == 0, result.stderr
    assert fault.happened == 1
    assert "measured again" not in result.stderr
    check_complete(tmp_path)


def test_a_connection_that_is_lost_again_and_again_ends_the_run_with_what_is_complete(
    worker: int, measure: Measure, tmp_path: Path
) -> None:
    fault = Fault("reset", after_bytes=5_000, times=1000)
    with misbehaving(worker, None) as endpoint:
        assert measure(endpoint).returncode == 0
    before = {path.name: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    with misbehaving(worker, fault) as endpoint:
        result = measure(endpoint, name="s")
    check_refused(result, 5, "complete blocks are kept")
    assert {path.name: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before
    assert not (tmp_path / "m" / "s").exists()
