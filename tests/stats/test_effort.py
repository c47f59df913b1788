"""Where the time of a run went."""

import math

import pytest

from bench.records import BlockRecord, Cell
from bench.stats.blocks import reduce_blocks
from bench.stats.effort import fault_counts, threads_used, time_spent
from tests.restarts import make_restart
from tests.stats.factory import make_samples

MS = 1_000_000
START_NS = 50 * MS


def _records(blocks: int, wall_ns: int, startup_ns: int = START_NS) -> list[BlockRecord]:
    restart = make_restart(startup_ns=startup_ns, wall_ns=wall_ns - 5 * MS)
    return [
        BlockRecord(index=index, started_at="", wall_ns=wall_ns, restarts=(restart,))
        for index in range(1, blocks + 1)
    ]


def test_the_parts_of_the_time_are_known_and_add_up_to_the_wall_time() -> None:
    samples = make_samples({"local": [10, 10], "remote": [20, 20]})
    spent = time_spent(reduce_blocks([samples]).segments, _records(2, 300 * MS))
    assert spent.wall_ns == 600 * MS
    assert spent.latency_ns == 2 * 3 * (10 + 20) * MS
    assert spent.warmup_ns == 2 * (10 + 20) * MS
    assert spent.burst_ns == 2 * 4 * 10 * MS
    assert spent.probe_ns == 0
    assert spent.restart_ns == 2 * (50 + 5) * MS
    assert spent.idle_ns == 600 * MS - (180 + 60 + 80 + 110) * MS
    assert spent.pass_ns == (10 + 20) * MS
    assert spent.passes == 600 / 30


def test_a_pass_is_unknown_where_a_cell_never_answered() -> None:
    samples = make_samples({"local": [10, 10], "remote": [20, 20]})
    failed = samples.assign(outcome=samples.outcome.where(samples.arm == "local", "failed"))
    spent = time_spent(reduce_blocks([failed]).segments, _records(2, 300 * MS))
    assert math.isnan(spent.passes)


def test_a_burst_counts_once_although_its_requests_overlap() -> None:
    segments = reduce_blocks([make_samples({"remote": [20]})]).segments
    spent = time_spent(segments, _records(1, 1000 * MS))
    assert spent.efficiency_fraction == pytest.approx((60 + 40) / 1000)


def test_minor_faults_are_the_mean_of_latency_requests_by_arm_and_cell() -> None:
    samples = make_samples({"local": [10, 10], "remote": [20, 20]})
    timed = (samples.phase == "latency") & (samples.arm == "remote")
    faults = samples.assign(minor_faults_count=100_000.0 * (samples.phase == "warmup"))
    cell = Cell(batch_size=4, threads=1)
    assert fault_counts(reduce_blocks([faults]).segments) == {
        ("local", cell): 0,
        ("remote", cell): 0,
    }
    # One request of six, so that no median tells.
    faults.loc[faults.index[timed][0], "minor_faults_count"] = 6 * 4 * 50
    assert fault_counts(reduce_blocks([faults]).segments)["remote", cell] == 4 * 50


def test_busy_threads_are_cpu_time_over_wall_time_by_arm_and_agreed_number() -> None:
    one = make_samples({"local": [10], "remote": [10]})
    one["cpu_ns"] = one.w4_ns - one.w3_ns
    # A second request is received while a burst computes.
    one.loc[one.phase == "burst", "cpu_ns"] *= 9
    two = make_samples({"local": [10], "remote": [10, 20]}).assign(threads=2)
    times_ns = {1: 19 * MS, 2: 41 * MS}  # of 10 and 20 ms of wall time
    two["cpu_ns"] = two.block.map(times_ns).where(two.arm == "remote")
    for samples, expected in (
        (one, {("local", 1): 1.0, ("remote", 1): 1.0}),
        (two, {("remote", 2): 2.0}),
    ):
        assert threads_used(reduce_blocks([samples]).segments) == pytest.approx(expected)
