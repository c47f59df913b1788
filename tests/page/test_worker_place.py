"""Where a worker was, in words, and what a run is called by it."""

from typing import Any

import pytest

from bench.page.worker_place import heading, place_of
from tests.page.factory import make_context, make_info

LOOPBACK: dict[str, Any] = {"link": {"interface": "lo"}}
REMOTE = {"remote": "a worker at tcp://10.0.0.7:5555, reached over ZeroMQ on TCP"}


def over(**link: object) -> dict[str, Any]:
    return {"placement": REMOTE, "link": link}


@pytest.mark.parametrize(
    ("changes", "name", "title"),
    [
        (LOOPBACK, "Same machine", "ResNet50 on the same machine, box-2c"),
        (over(shaped_mbps=1000), "1 Gbit/s link", "ResNet50 over a 1 Gbit/s link, box-2c"),
        (over(speed_mbps=100), "100 Mbit/s link", "ResNet50 over a 100 Mbit/s link, box-2c"),
        (over(), "Network", "ResNet50 over a network, box-2c"),
    ],
)
def test_a_run_is_called_by_where_its_worker_was(
    changes: dict[str, Any], name: str, title: str
) -> None:
    info = make_info(**changes)
    assert place_of(info).name == name
    assert heading(info) == title


def test_the_nearer_a_worker_the_earlier_its_place() -> None:
    links = [over(shaped_mbps=mbps) for mbps in (40_000, 10_000, 2_500, 1_000, 100)]
    orders = [place_of(make_info(**changes)).order for changes in (LOOPBACK, *links, over())]
    assert orders == sorted(orders)
    assert len(set(orders)) == len(orders)


def test_a_smoke_test_and_an_import_are_called_so() -> None:
    assert heading(make_info("stub:5", smoke=True)) == "Stub, a smoke test, box-2c"
    study = {"format": "packrat", "choice": {"remote": "tcmalloc", "local": "default"}}
    assert heading(make_info(source=study)) == "ResNet50: tcmalloc against default, box-2c"


@pytest.mark.parametrize("value", ["fast", [1, None], {"a": 1}, 10**400, -1, 0, True, "\x1b[31m"])
def test_facts_of_any_kind_make_a_page(value: Any) -> None:
    link = dict.fromkeys(("speed_mbps", "shaped_mbps", "round_trip_ns", "interface"), value)
    client = dict.fromkeys(("physical_cores_count", "memory_bytes", "cpu_model"), value)
    elsewhere = {"remote": "elsewhere"}
    info = make_info(link=link, client=client, worker=client, placement=elsewhere)
    assert place_of(info).name == "Network"
    assert "\x1b" not in str(make_context(info))
