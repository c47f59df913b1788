"""The worker on a second machine, over a link: two network namespaces stand for two hosts."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import raw_tcp
from tests.cli.command import ROOT

_SHAPED = ("tbf", "rate", "1gbit", "burst", "16kb", "latency", "50ms")


def _namespaces(ip: str) -> set[str]:
    listed = subprocess.run([ip, "netns", "list"], check=True, capture_output=True, text=True)
    return {line.split()[0] for line in listed.stdout.splitlines()}


@pytest.fixture
def ip() -> str:
    """Return the path of ``ip``; skip where namespaces cannot be made and joined."""
    ip = shutil.which("ip")
    if ip is None or os.geteuid() != 0:
        pytest.skip("network namespaces need root and iproute2")
    name = f"sbprobe{os.getpid()}"
    steps = [
        [ip, "netns", "add", name],
        [ip, "-n", name, "link", "add", "v0", "type", "veth", "peer", "name", "v1"],
        [ip, "netns", "exec", name, "tc", "qdisc", "add", "dev", "v0", "root", *_SHAPED],
    ]
    try:
        for step in steps:
            done = subprocess.run(step, check=False, capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"no link between namespaces here: {done.stderr.strip()}")
    finally:
        subprocess.run([ip, "netns", "del", name], check=False, capture_output=True)
    return ip


def test_a_second_machine_is_measured_over_a_link_of_known_width(tmp_path: Path, ip: str) -> None:
    before = _namespaces(ip)
    options = ["--preset", "smoke", "--data", str(tmp_path), "--quiet"]
    result = subprocess.run(
        [ROOT / ".ci" / "links", *options],
        cwd=ROOT,
        env={**os.environ, "MODEL": "stub:1", "BIN": str(Path(sys.executable).parent)},
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    run = Path(result.stdout.splitlines()[-1])
    info = json.loads((run / "run.json").read_text())
    assert "tcp://10.203.0.2:5555" in info["placement"]["remote"]
    assert info["link"]["shaped_mbps"] == 1000
    assert info["link"]["round_trip_ns"] > 0
    carried = re.search(r"link of 1gbit .* carried (\d+) Mbit/s", info["comment"])
    assert carried
    assert 900 <= int(carried[1]) <= 1000
    assert (run / "block-001.parquet").exists()
    assert _namespaces(ip) == before


def test_a_link_that_is_not_held_to_its_rate_is_not_measured(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.raw_tcp", "serve", "127.0.0.1", port], cwd=ROOT
    )
    assert raw_tcp.main(["send", "127.0.0.1", port, "8"]) == 1
    assert server.wait(20) == 0
    assert "over a link held to 8 Mbit/s; 7 to 8 were expected" in capfd.readouterr().err
