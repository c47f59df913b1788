"""The way to a worker, told from real sockets."""

import shutil
import socket

import pytest

from bench.host.link import link_facts
from bench.host.revision import revision_facts
from bench.records import Address


def test_loopback_is_known_by_its_interface_and_its_round_trip_is_timed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        facts = link_facts(Address(host="127.0.0.1", port=server.getsockname()[1]))
    assert facts["round_trip_ns"] > 0
    if shutil.which("ip") is None:
        assert facts["interface_missing"] == "iproute2 is not installed"
        pytest.skip("iproute2 is not installed")
    assert facts["interface"] == "lo"
    assert facts["through_gateway"] is False
    assert facts["mtu_bytes"] >= 1500
    assert facts["speed_mbps"] is None
    assert facts["speed_mbps_missing"]
    assert facts["shaped_mbps_missing"] == "nothing limits the rate of the interface"


def test_a_link_to_nobody_says_why_each_fact_is_missing() -> None:
    facts = link_facts(Address(host="no-such-host.invalid", port=1))
    for name in (
        "interface",
        "through_gateway",
        "mtu_bytes",
        "speed_mbps",
        "shaped_mbps",
        "round_trip_ns",
    ):
        assert facts[name] is None
        assert facts[f"{name}_missing"]


def test_a_revision_tells_version_and_what_is_installed() -> None:
    facts = revision_facts()
    assert facts["version"]
    assert len(facts["installed_sha256"]) == 64
    assert facts["commit"] or facts["commit_missing"]
