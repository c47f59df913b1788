"""Blocks are judged by outside evidence: every rule, at its limit and beyond it."""

import pytest

from bench.calibration.rows import CELL
from bench.host.validity import MAX_FOREIGN_CPUS, invalid_blocks, invalid_reasons
from bench.records import BlockRecord, Facts
from bench.stats.verdict_words import SLOWER, UNDECIDED
from tests.restarts import make_restart
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

Moments = tuple[Facts, Facts]


def _after(**changes: object) -> Facts:
    quiet = {"cpu_ticks": "16000 0 100 10000 10 0 0 50 0 0", "clock_ns": 105 * 10**9}
    return {**BEFORE, **quiet, **changes}


def _record(client_after: Facts, worker_after: Facts | None = None, index: int = 1) -> BlockRecord:
    return _block((BEFORE, client_after), (BEFORE, worker_after or _after()), index)


def _block(client: Moments, worker: Moments, index: int = 1) -> BlockRecord:
    restart = make_restart(
        2,
        startup_ns=10**9,
        wall_ns=WALL_S * 10**9,
        client_before=client[0],
        client_after=client[1],
        worker_before=worker[0],
        worker_after=worker[1],
    )
    return BlockRecord(index=index, started_at="", wall_ns=WALL_S * 10**9, restarts=(restart,))


def _moments(
    own_cpus: float, busy_cpus: float, others: object = (), **facts: object
) -> tuple[Facts, Facts]:
    """Return both ends of a window in which the run's processes and all together used CPUs."""
    known = {"boot": "b", "pid_namespace": 1, "own_pids": [1, 2], "cpus": [0, 1], **facts}
    before: Facts = {**BEFORE, **known, "own_cpu_ticks": 70, "other_processes": []}
    ticks = f"{1000 + round(busy_cpus * WALL_S * 100)} 0 100 10000 10 0 0 50 0 0"
    after = {"own_cpu_ticks": 70 + round(own_cpus * WALL_S * 100), "other_processes": others}
    return before, {**before, **_after(cpu_ticks=ticks), **after}


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


HOG = [7, "hog", 9000]
ELSEWHERE: Facts = {"boot": "c"}


def test_foreign_cpu_is_what_the_processes_of_the_run_did_not_use_and_names_who_did() -> None:
    record = _block(_moments(1.0, 2.0, [HOG, [8, "tar", 600]]), _moments(0, 0, **ELSEWHERE))
    (reason,) = invalid_reasons(record)
    who = "foreign CPU: 1.00 CPUs busy with others (hog 0.90, tar 0.06), above 0.2"
    assert reason == f"{who} (client, 2 threads)"
    record = _block(_moments(0, 0, **ELSEWHERE), _moments(1.0, 2.0, [HOG]))
    (reason,) = invalid_reasons(record)
    assert "(hog 0.90, not seen 0.10), above 0.2 (worker, 2 threads)" in reason


@pytest.mark.parametrize(
    ("foreign", "count"), [(MAX_FOREIGN_CPUS, 0), (MAX_FOREIGN_CPUS + 0.01, 1)]
)
def test_foreign_cpu_is_allowed_up_to_its_limit(foreign: float, count: int) -> None:
    record = _block(_moments(1.5, 1.5 + foreign, [HOG]), _moments(0, 0, **ELSEWHERE))
    assert len(invalid_reasons(record)) == count


def test_interrupts_are_not_foreign() -> None:
    before, after = _moments(1.0, 1.0)
    after["cpu_ticks"] = "11000 0 100 10000 10 2000 4000 50 0 0"
    assert invalid_reasons(_block((before, after), _moments(0, 0, **ELSEWHERE))) == ()


def test_both_sides_processes_are_own_where_they_share_a_host_and_its_cpus() -> None:
    assert invalid_reasons(_block(_moments(1.2, 2.0), _moments(0.8, 2.0))) == ()
    for other in ({"boot": "c"}, {"cpus": [2, 3]}, {"boot": None}):
        reasons = invalid_reasons(_block(_moments(1.2, 2.0), _moments(0.8, 2.0, **other)))
        assert [reason[:21] for reason in reasons] == [
            "foreign CPU: 0.80 CPU",
            "foreign CPU: 1.20 CPU",
        ]


def test_what_both_sides_of_one_host_saw_is_said_once() -> None:
    client, worker = _moments(0.5, 2.0, [HOG]), _moments(0.5, 2.0, [HOG])
    (reason,) = invalid_reasons(_block(client, worker))
    assert reason.endswith("above 0.2 (client and worker, 2 threads)")
    worker[0]["tcp_retransmits"] = 0
    worker[1]["tcp_retransmits"] = 10**9
    first, second = invalid_reasons(_block(client, worker))
    assert first == reason
    assert second.startswith("retransmits: ")
    assert second.endswith("(worker, 2 threads)")


def test_the_pressure_of_a_run_that_knows_its_own_cpu_time_is_no_evidence() -> None:
    before, after = _moments(1.0, 1.0, [HOG])
    after["pressure_cpu"] = "avg10=99.00 avg60=99.00 avg300=99.00 total=99000000"
    assert invalid_reasons(_block((before, after), _moments(0, 0, **ELSEWHERE))) == ()


def test_the_processes_of_the_other_side_are_not_named() -> None:
    client = _moments(0.5, 2.0, [[3, "worker", 5000], HOG], own_pids=[1, 2])
    worker = _moments(0.5, 0.5, own_pids=[3, 4])
    assert "(hog 0.90, not seen 0.10)" in invalid_reasons(_block(client, worker))[0]
    worker = _moments(0.5, 0.5, own_pids=[3, 4], pid_namespace=2)  # there, 3 is another process
    assert "(hog 0.90, worker 0.50)" in invalid_reasons(_block(client, worker))[0]


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ([], "(not seen 1.00)"),
        (None, "(not seen 1.00)"),
        ("nonsense", "(not seen 1.00)"),
        ([["7", 8]], "(not seen 1.00)"),
        ([[7, "\x1b[2Jevil\n\u202e" + "x" * 99, 9000]], "([2Jevilxxxxxxxx 0.90, not seen 0.10)"),
        ([[7, "\n", 9000]], "(? 0.90, not seen 0.10)"),
        ([[7, "a", 3000], [8, "b", 4000], [9, "a", 2000]], "(a 0.50, b 0.40, not seen 0.10)"),
        (
            [[n, f"p{n}", 1000 - n] for n in range(7, 12)],
            "(p7 0.10, p8 0.10, p9 0.10, not seen 0.50)",
        ),
    ],
)
def test_names_of_processes_are_hostile_text(others: object, words: str) -> None:
    record = _block(_moments(1.0, 2.0, others), _moments(0, 0, **ELSEWHERE))
    assert words in invalid_reasons(record)[0]


def test_ticks_of_other_cpus_are_no_evidence() -> None:
    before, after = _moments(0.0, 2.0)
    after["cpus"] = None
    assert invalid_reasons(_block((before, after), _moments(0, 0, **ELSEWHERE))) == ()


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


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (1.0, ""),
        (1.0011, ""),
        (
            1.03,
            "clocks: the worker's runs 3.00 % faster than the client's, above 0.1 % (2 threads)",
        ),
        (
            0.97,
            "clocks: the worker's runs 3.00 % slower than the client's, above 0.1 % (2 threads)",
        ),
        (0.5, "clocks: the worker's runs 50.00 % slower"),
    ],
)
def test_a_clock_of_another_rate_speaks_against_a_block(rate: float, words: str) -> None:
    began_ns = 5 * 10**9
    record = _record(_after(), _after(clock_ns=began_ns + round(rate * WALL_S * 10**9)))
    reasons = invalid_reasons(record)
    assert [reason for reason in reasons if reason.startswith("clocks")] == list(reasons)
    assert words in " ".join(reasons)
    assert bool(reasons) is bool(words)


@pytest.mark.parametrize(("asked_s", "count"), [(0.6, 0), (0.4, 1), (None, 1)])
def test_clocks_may_be_apart_by_what_it_took_to_ask_for_them(
    asked_s: float | None, count: int
) -> None:
    after = _after(clock_ns=106 * 10**9)  # a second ahead after 100 s, of which 0.1 s may be
    facts: Facts = {} if asked_s is None else {"both_asked_ns": round(asked_s * 10**9)}
    record = _block(({**BEFORE, **facts}, _after(**facts)), (BEFORE, after))
    assert len(invalid_reasons(record)) == count


@pytest.mark.parametrize("name", ["client", "worker"])
@pytest.mark.parametrize(
    "fact",
    [
        {"ticks_per_s": 0},
        {"ticks_per_s": -100},
        {"cpu_ticks": f"{'9' * 400} 0 100 10000 10 0 0 50 0 0"},
        {"cpu_ticks": "1 2 3"},
        {"cpu_ticks": [[]]},
        {"clock_ns": 10**400},
        {"clock_ns": -1},
        {"swap": [10**400, "x"]},
        {"tcp_retransmits": "1e999"},
        {"other_processes": [[1, "x", 10**400]]},
    ],
    ids=str,
)
def test_a_fact_that_no_host_reports_counts_as_missing(name: str, fact: Facts) -> None:
    odd = _after(own_cpu_ticks=10, **fact) if "clock_ns" in fact else {**_after(), **fact}
    sides = {"client": (BEFORE, _after()), "worker": (BEFORE, _after()), name: (BEFORE, odd)}
    assert invalid_reasons(_block(sides["client"], sides["worker"])) == ()


def test_a_process_that_used_more_time_than_a_host_has_is_not_named() -> None:
    for others in ([[9, "x", 10**400]], [[9, "x", -1]], [[-9, "x", 1]]):
        record = _block(_moments(1.0, 2.0, others), _moments(0, 0, **ELSEWHERE))
        (reason,) = invalid_reasons(record)
        assert "1.00 CPUs busy with others (not seen 1.00)" in reason
