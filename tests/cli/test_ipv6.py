"""The whole chain over IPv6, on loopback."""

import json
from pathlib import Path

import pytest

from tests.chaos.proxy import free_pair
from tests.cli.command import STUB, scalebench, serving_stub


@pytest.mark.parametrize("port", ["fixed", "any"])
def test_a_worker_is_measured_over_ipv6(tmp_path: Path, port: str) -> None:
    try:
        number = free_pair("::1") if port == "fixed" else "*"
    except OSError as error:
        pytest.skip(f"there is no IPv6 here: {error.strerror}")
    with serving_stub(bind=f"tcp://[::1]:{number}") as (_, endpoint):
        assert endpoint.startswith("tcp://[::1]:")
        names = ("--data", tmp_path, "--machine", "m", "--run", "r")
        measured = scalebench(*STUB, *names, "--worker", endpoint)
    assert measured.returncode == 0, measured.stderr
    info = json.loads((tmp_path / "m/r/run.json").read_text())
    assert info["experiment"]["worker"] == endpoint
    assert info["link"]["round_trip_ns"] > 0
    assert info["link"].get("interface", "lo") == "lo"
