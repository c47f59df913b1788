"""The stage of ``doctor``: facts of this machine and a worker's, and what would disturb a run."""

import time
from typing import Any, NamedTuple

import msgspec
import zmq

from bench.engine.available import available_engines
from bench.host.allocator import tuned_fault_count
from bench.host.counters import read_counters
from bench.host.facts import host_facts, machine_name
from bench.host.health import Finding, allocator, clock_read, examine
from bench.host.link import link_facts
from bench.host.revision import revision_facts
from bench.records import Address, Facts
from bench.transport.control import ControlClient
from bench.transport.security import ClientKeys
from bench.transport.sockets import socket_facts

WATCH_S = 1.0
_CLOCK_READS = 10_000


class Diagnosis(NamedTuple):
    """One host: its name, its facts by kind, and the findings."""

    name: str
    facts: dict[str, Facts]
    findings: list[Finding]


def diagnose(address: Address | None, keys: ClientKeys | None = None) -> list[Diagnosis]:
    """Return the diagnosis of this machine and, with an address, of the worker's.

    Raises
    ------
    WorkerError
        If no worker answers at ``address``.
    """
    worker_diagnoses = [] if address is None else [_diagnose_worker(address, keys)]
    return [_diagnose_client(), *worker_diagnoses]


def as_json(diagnoses: list[Diagnosis]) -> list[dict[str, Any]]:
    """Return diagnoses as plain lists and dicts."""
    return [
        {**d._asdict(), "findings": [finding._asdict() for finding in d.findings]}
        for d in diagnoses
    ]


def _diagnose_client() -> Diagnosis:
    host, before = host_facts(), read_counters()
    time.sleep(WATCH_S)
    after = read_counters()
    # Only now: importing torch would itself be a load on the host.
    from bench.engine.torch_engine import torch_facts  # noqa: PLC0415

    facts = {
        "host": host,
        "moment": after,
        "engines": available_engines(),
        "torch": torch_facts(),
        "zeromq": socket_facts(),
        "revision": revision_facts(),
    }
    findings = [
        *examine(host, before, after),
        allocator(tuned_fault_count()),
        clock_read(_clock_read_ns()),
    ]
    return Diagnosis(f"this machine, {machine_name()}", facts, findings)


def _diagnose_worker(address: Address, keys: ClientKeys | None) -> Diagnosis:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    control = ControlClient(context, address, keys)
    try:
        before = control.describe()
        time.sleep(WATCH_S)
        after = control.describe()
    finally:
        control.close()
        context.term()
    offer: Facts = {
        **msgspec.structs.asdict(after.engine),
        **{name: getattr(after, name) for name in ("image_size_max", "threads_max", "busy")},
    }
    facts = {
        "host": after.host,
        "moment": after.moment,
        "offer": offer,
        "engines": after.engines,
        "link": link_facts(address),
    }
    findings = examine(after.host, before.moment, after.moment)
    return Diagnosis(f"the worker at {address}", facts, findings)


def _clock_read_ns() -> float:
    """Return how long one reading of the clock takes [ns]."""
    begun_ns = time.perf_counter_ns()
    for _ in range(_CLOCK_READS):
        time.perf_counter_ns()
    return (time.perf_counter_ns() - begun_ns) / _CLOCK_READS
