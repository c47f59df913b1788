"""Facts of a process that computes: its engine, its sockets, its cores and its allocator."""

from bench.engine.spec import Engine
from bench.host.allocator import mapped_block_count
from bench.host.cores import CorePlan
from bench.records import Facts
from bench.transport.sockets import socket_facts


def compute_facts(engine: Engine, cores: CorePlan, allocator: str) -> Facts:
    """Return facts of the calling process: those that must agree in both arms, and others.

    Parameters
    ----------
    engine : Engine
        The loaded engine.
    cores : CorePlan
        Where the process computes, and where its sockets are.
    allocator : str
        The allocator that the process was started with: ``tuned`` or ``system``.
    """
    return {
        **engine.facts(),
        **socket_facts(),
        "allocator": allocator,
        "allocator_mapped_count": mapped_block_count(),
        "compute_cores": list(cores.compute),
        "service_cores": list(cores.service),
        "client_core_overlap": cores.overlap,
    }
