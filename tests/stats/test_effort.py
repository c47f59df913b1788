"""Where the time of a run went."""

import pandas as pd
import pytest

from bench.records import BlockRecord, RestartRecord
from bench.stats.effort import faulting_arms, threads_used, time_spent
from tests.stats.factory import make_samples

MS = 1_000_000
START_NS = 50 * MS


def _records(blocks: int, wall_ns: int, startup_ns: int = START_NS) -> list[BlockRecord]:
    restart = RestartRecord(
        threads=1,
        startup_ns=startup_ns,
        wall_ns=wall_ns - 5 * MS,
        client={},
        worker={},
        client_before={},
        client_after={},
        worker_before={},
        worker_after={},
    )
    return [
        BlockRecord(index=index, started_at="", wall_ns=wall_ns, restarts=(restart,))
        for index in range(1, blocks + 1)
    ]


def test_the_parts_of_the_time_are_known_and_add_up_to_the_wall_time() -> None:
    samples = make_samples({"local": [10, 10], "remote": [20, 20]})
    spent = time_spent(samples, _records(2, 300 * MS))
    assert spent.wall_ns == 600 * MS
    assert spent.latency_ns == 2 * 3 * (10 + 20) * MS
    assert spent.warmup_ns == 2 * (10 + 20) * MS
    assert spent.burst_ns == 2 * 4 * 10 * MS
    assert spent.probe_ns == 0
    assert spent.restart_ns == 2 * (50 + 5) * MS
    assert spent.idle_ns == 600 * MS - (180 + 60 + 80 + 110) * MS


def test_a_burst_counts_once_although_its_requests_overlap() -> None:
    spent = time_spent(make_samples({"remote": [20]}), _records(1, 1000 * MS))
    assert spent.efficiency_fraction == pytest.approx((60 + 40) / 1000)


def test_an_arm_whose_memory_still_grows_while_it_is_timed_is_named_with_its_cell() -> None:
    samples = make_samples({"local": [10, 10], "remote": [20, 20]})
    timed = (samples.phase == "latency") & (samples.arm == "remote")
    faults = samples.assign(minor_faults_count=100_000 * (samples.phase == "warmup"))
    assert faulting_arms(faults, 50) == {}
    # One request of six, so that no median tells; 4 images a batch may have 50 each.
    faults.loc[faults.index[timed][0], "minor_faults_count"] = 6 * 4 * 50 + 1
    assert faulting_arms(faults, 50) == {"remote": ["4/1"]}
    faults.loc[faults.index[timed][0], "minor_faults_count"] -= 1
    assert faulting_arms(faults, 50) == {}


def test_busy_threads_are_cpu_time_over_wall_time_by_arm_and_agreed_number() -> None:
    rows = [
        ("local", 1, "latency", 10, 10),
        ("remote", 2, "latency", 19, 10),
        ("remote", 2, "latency", 41, 20),
        ("remote", 2, "burst", 99, 10),  # a second request is being received meanwhile
        ("local", 2, "latency", None, 10),
    ]
    samples = pd.DataFrame(rows, columns=["arm", "threads", "phase", "cpu_ns", "w4_ns"])
    assert threads_used(samples.assign(w3_ns=0)) == {("local", 1): 1.0, ("remote", 2): 2.0}
