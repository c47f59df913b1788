"""The doctor looks at this machine and at a real worker's."""

import json

import pytest

from bench.host.facts import host_facts
from tests.cli.command import on_terminal, scalebench, serving_stub

POINTS = {"governor", "smt", "steal", "quota", "load", "allocator", "clock source"}


def test_every_point_is_ok_or_a_warning_with_a_reason() -> None:
    result = scalebench("doctor")
    assert result.returncode == 0, result.stderr
    lines = [line.strip().partition(" ") for line in result.stdout.splitlines()]
    found = [text.strip() for word, _, text in lines if word in ("ok", "warning", "unknown")]
    for point in POINTS:
        (text,) = [text for text in found if text.startswith(f"{point}: ")]
        assert text.removeprefix(f"{point}: ")


def test_a_long_fact_is_whole_in_a_file_and_cut_with_a_mark_on_a_terminal() -> None:
    flags = host_facts()["cpu_flags"]
    if flags is None or len(flags) < 100:
        pytest.skip("this processor tells no flags")
    assert flags in scalebench("doctor").stdout
    (line,) = [line for line in on_terminal("doctor").splitlines() if "cpu_flags" in line]
    assert "…" in line
    assert flags not in line


def test_a_worker_is_looked_at_over_its_own_socket() -> None:
    with serving_stub() as (_, endpoint):
        result = scalebench("doctor", "--json", "--worker", endpoint)
        assert result.returncode == 0, result.stderr
        here, there = json.loads(result.stdout)
        assert here["facts"]["host"] == there["facts"]["host"]
        assert {"torch", "revision", "zeromq"} <= here["facts"].keys()
        assert there["facts"]["offer"]["model"] == "stub:1"
        assert there["facts"]["link"]["round_trip_ns"] > 0
        assert {finding["name"] for finding in here["findings"]} >= POINTS


def test_a_worker_that_is_not_there_is_named() -> None:
    result = scalebench("doctor", "--worker", "tcp://127.0.0.1:9")
    assert result.returncode == 5
    assert "no answer from tcp://127.0.0.1:9 within 10 s" in result.stderr
