"""Blocks are judged by outside evidence: every rule, at its limit and beyond it."""

import pytest

from bench.calibration.rows import CELL
from bench.host.validity import invalid_blocks, invalid_reasons
from bench.records import BlockRecord, Facts, RestartRecord
from bench.stats.estimate import SLOWER, UNDECIDED
from tests.stats.factory import make_samples, summarise

WALL_S = 100
BEFORE: Facts = {
    "cpu_ticks": "1000 0 100 5000 10 0 0 50 0 0",
    "throttle_count": "3",
    "quota_throttled": "7",
    "swap": ["10", "20"],
    "pressure_cpu": "avg10=0.00 avg60=0.00 avg300=0.00 total=1000000",
    "tcp_retransmits": 40,
    "clock_ns": 5 * 10**9,
    "ticks_per_s": 100,
}


def _after(**changes: object) -> Facts:
    quiet = {"cpu_ticks": "16000 0 100 10000 10 0 0 50 0 0", "clock_ns": 105 * 10**9}
    return {**BEFORE, **quiet, **changes}


def _record(client_after: Facts, worker_after: Facts | None = None, index: int = 1) -> BlockRecord:
    restart = RestartRecord(
        threads=2,
        startup_ns=10**9,
        wall_ns=WALL_S * 10**9,
        client={},
        worker={},
        client_before=BEFORE,
        client_after=client_after,
        worker_before=BEFORE,
        worker_after=worker_after or _after(),
    )
    return BlockRecord(index=index, started_at="", wall_ns=WALL_S * 10**9, restarts=(restart,))


def test_a_quiet_block_has_nothing_against_it() -> None:
    assert invalid_reasons(_record(_after())) == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"cpu_ticks": "16000 0 100 10000 10 0 0 350 0 0"},
            "steal: 1.5 % of CPU time, above 1.0 %",
        ),
        (
            {"cpu_ticks": "41000 0 100 10000 10 0 0 50 0 0"},
            "foreign CPU: 1.0 CPUs busy with others, above 0.5",
        ),
        (
            {"pressure_cpu": "avg10=0.00 avg60=0.00 avg300=0.00 total=21000000"},
            "foreign CPU: something waited for a CPU 20.0 % of the time, above 10.0 %",
        ),
        ({"throttle_count": "4"}, "throttling: 1 core throttlings, above 0"),
        ({"quota_throttled": "9"}, "throttling: 2 quota throttlings, above 0"),
        ({"swap": ["10", "320"]}, "swap: 300 pages, above 256"),
        ({"tcp_retransmits": 2040}, "retransmits: 20 segments/s, above 10"),
    ],
)
def test_each_rule_names_its_figure_its_limit_and_where(
    changes: dict[str, object], reason: str
) -> None:
    assert invalid_reasons(_record(_after(**changes))) == (f"{reason} (client, 2 threads)",)
    assert invalid_reasons(_record(_after(), _after(**changes))) == (
        f"{reason} (worker, 2 threads)",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"cpu_ticks": "16000 0 100 10000 10 0 0 250 0 0"},
        {"cpu_ticks": "35000 0 100 10000 10 0 0 50 0 0"},
        {"pressure_cpu": "avg10=9.99 avg60=9.99 avg300=9.99 total=10000000"},
        {"swap": ["10", "276"]},
        {"tcp_retransmits": 1040},
    ],
)
def test_up_to_its_limit_a_rule_is_silent(changes: dict[str, object]) -> None:
    assert invalid_reasons(_record(_after(**changes))) == ()


def test_a_fact_that_is_missing_speaks_neither_for_nor_against() -> None:
    missing: Facts = dict.fromkeys(BEFORE)
    record = _record(missing, missing)
    assert invalid_reasons(record) == ()
    assert invalid_reasons(_record({}, {})) == ()


def test_an_older_run_without_a_clock_is_judged_by_its_wall_time() -> None:
    after = _after(tcp_retransmits=2040)
    del after["clock_ns"]
    assert "20 segments/s" in invalid_reasons(_record(after))[0]


def test_estimates_leave_invalid_blocks_out_and_the_result_with_them_is_there() -> None:
    bad = _record(_after(throttle_count="9"), index=3)
    blocks = invalid_blocks([_record(_after()), bad])
    assert blocks == {3}
    samples = make_samples({"local": [10, 10, 10], "remote": [11, 11, 40]})
    summary = summarise(samples, [CELL], blocks)
    assert summary.invalid_blocks == (3,)
    assert summary.blocks == summary.cells[0].blocks == 2
    assert summary.cells == summarise(samples[samples.block != 3], [CELL]).cells
    assert summary.with_invalid == summarise(samples, [CELL])


def test_without_an_invalid_block_there_is_one_result() -> None:
    samples = make_samples({"local": [10, 10], "remote": [11, 11]})
    assert summarise(samples, [CELL], frozenset({9})) == summarise(samples, [CELL])


def test_a_run_without_a_valid_block_shows_what_it_measured_and_decides_nothing() -> None:
    blocks = [10.0, 10.001, 9.999, 10.002, 9.998] * 2
    samples = make_samples({"local": blocks, "remote": [2 * b for b in blocks]})
    summary = summarise(samples, [CELL], frozenset(range(1, 11)))
    assert summary.with_invalid == summarise(samples, [CELL])
    assert summary.with_invalid.cells[0].latency_verdict == SLOWER
    assert summary.cells[0].latency_verdict == UNDECIDED
    assert summary.cells[0].latency_loss_percent is not None
    assert len(summary.invalid_blocks) == summary.blocks == 10
