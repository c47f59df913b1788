"""Facts of a run's machine, software and plan: pairs of a name and a value."""

import math
from collections.abc import Mapping, Sequence

from bench.page.engines import Pair, engine_options, engine_pairs, threads_note
from bench.page.inputs import input_options, input_pairs
from bench.records import (
    CURVE,
    EMBEDDED_WORKER,
    SEEDED_WEIGHTS,
    Budget,
    Facts,
    RunInfo,
    numeric_fact,
)
from bench.stats.effort import TimeSpent
from bench.stats.round_trip import is_loopback
from bench.text import numbers
from bench.text.numbers import duration_words, number
from bench.units import PERCENT, ns_to_ms, ns_to_s

_HOST = (
    ("CPU", "cpu_model"),
    ("Physical cores", "physical_cores_count"),
    ("Memory", "memory_bytes"),
    ("Hypervisor", "hypervisor"),
    ("System", "system"),
    ("Kernel", "kernel"),
    ("C library", "libc"),
    ("Governor", "governor"),
    ("Clock source", "clock_source"),
    ("Huge pages", "huge_pages"),
    ("Python", "python"),
)
_LINK = (
    ("Interface", "interface"),
    ("Through a gateway", "through_gateway"),
    ("MTU, bytes", "mtu_bytes"),
    ("Speed, Mbit/s", "speed_mbps"),
    ("Held to, Mbit/s", "shaped_mbps"),
)
_PACKAGES = ("torch", "torchvision", "pyzmq", "numpy")


def plan_facts(info: RunInfo) -> list[Pair]:
    """Return what was planned: the experiment, in the words of the method page."""
    experiment = info.experiment
    return [
        ["Model", numbers.plain_text(experiment.model)],
        ["Weights", _weights(experiment.weights)],
        *engine_pairs(experiment.engines),
        *([] if info.source else input_pairs(experiment, info.client)),
        ["Image size", f"{experiment.image_size} × {experiment.image_size} px"],  # noqa: RUF001
        ["Batch sizes", _listed(experiment.batch_sizes)],
        ["Threads", f"{_listed(experiment.threads)}{threads_note(experiment.engines)}"],
        ["In flight", f"{experiment.load.in_flight_count} requests (throughput, remote)"],
        ["Allocator", numbers.plain_text(experiment.allocator)],
        ["Worker", numbers.plain_text(experiment.worker)],
        *([] if info.source else [["Connection", _connection(info)]]),
        ["Seed", str(experiment.seed)],
        ["Code", numbers.plain_text(info.code)[:12]],
        *_revision(info.revision),
    ]


def command(info: RunInfo, budget: Budget | None) -> str:
    """Return the command that measures the same on another machine; empty for an import.

    A file of weights has no name here: its digest is among the facts.
    """
    if info.source:
        return ""
    experiment = info.experiment
    options: dict[str, str | int] = {
        "preset": budget.preset if budget else "quick",
        "model": experiment.model,
        "image-size": experiment.image_size,
        "batch-sizes": ",".join(map(str, experiment.batch_sizes)),
        "threads": ",".join(map(str, experiment.threads)),
        "seed": experiment.seed,
        "allocator": experiment.allocator,
        **engine_options(experiment.engines),
        **input_options(experiment),
    }
    if budget is not None and budget.minutes is not None:
        options["minutes"] = numbers.plain(budget.minutes)
    if experiment.worker != EMBEDDED_WORKER:
        options["worker"] = "tcp://HOST:PORT"
    if experiment.encryption == CURVE:
        options |= {"keys": "DIR", "server-key": "FILE"}
    if experiment.weights != SEEDED_WEIGHTS:
        options["weights"] = "FILE"
    flags = " ".join(f"--{name} {value}" for name, value in options.items())
    return numbers.plain_text(f"scalebench measure {flags}")


def host_pairs(facts: Facts) -> list[Pair]:
    """Return the facts of one host; for one that could not be read, the reason."""
    pairs = [[label, _fact(facts, key)] for label, key in _HOST]
    versions = facts.get("packages")
    if isinstance(versions, dict):
        pairs += [[n, numbers.plain_text(str(versions[n]))] for n in _PACKAGES if n in versions]
    return pairs


def link_pairs(info: RunInfo) -> list[Pair]:
    """Return the facts of the link to the worker."""
    link = info.link
    pairs = [[label, _fact(link, key)] for label, key in _LINK if key in link]
    if round_trip_ns := numeric_fact(link, "round_trip_ns"):
        pairs.append(["Round trip", f"{number(ns_to_ms(round_trip_ns))} ms, TCP handshake"])
    return pairs


def busy_words(busy: Mapping[tuple[str, int], float]) -> str:
    """Return how many threads really computed: ``local 1.00 of 1, remote 1.00 of 1``."""
    return ", ".join(f"{arm} {threads:.2f} of {agreed}" for (arm, agreed), threads in busy.items())


def passes_words(spent: TimeSpent) -> str:
    """Return how long a run took, in passes too: ``6.4 minutes, 13.9 passes of 27.6 s``."""
    duration = duration_words(ns_to_s(spent.wall_ns))
    if math.isnan(spent.pass_ns):
        return duration
    return f"{duration}, {spent.passes:.1f} passes of {number(ns_to_s(spent.pass_ns))} s"


def time_words(spent: TimeSpent) -> str:
    """Return the parts of a run's time, in percent of it."""
    parts = {
        "latency": spent.latency_ns,
        "bursts": spent.burst_ns,
        "warm-up": spent.warmup_ns,
        "probes": spent.probe_ns,
        "restarts": spent.restart_ns,
        "between": spent.idle_ns,
    }
    return ", ".join(
        f"{name} {PERCENT * part_ns / spent.wall_ns:.0f}%" for name, part_ns in parts.items()
    )


def differing_pairs(client: Facts, worker: Facts) -> list[Pair]:
    """Return the worker's host facts that are not the client's; none on one machine."""
    if not worker:
        return []
    own = host_pairs(client)
    return [pair for pair in host_pairs(worker) if pair not in own]


def _revision(revision: Facts) -> list[Pair]:
    pairs = []
    if revision.get("version"):
        pairs.append(["scalebench", numbers.plain_text(str(revision["version"]))])
    if revision.get("commit"):
        changed = " and changes" if revision.get("modified") else ""
        pairs.append(["Commit", numbers.plain_text(str(revision["commit"]))[:12] + changed])
    return pairs


def _fact(facts: Facts, key: str) -> str:
    value = facts.get(key)
    if value is None:
        reason = numbers.plain_text(str(facts.get(f"{key}_missing") or ""), 120)
        return f"unknown ({reason})" if reason else "unknown"
    if key == "memory_bytes" and (size_bytes := numeric_fact(facts, key)):
        return numbers.size(int(size_bytes))
    if key == "huge_pages":
        return _choice(str(value))
    return numbers.plain_text(str(value))


def _choice(text: str) -> str:
    # The kernel lists its choices in one line, the current one in brackets.
    _, bracket, rest = text.partition("[")
    return numbers.plain_text(rest.partition("]")[0] if bracket else text)


def _connection(info: RunInfo) -> str:
    if info.experiment.encryption == CURVE:
        return "encrypted (CURVE)"
    return "not encrypted, on loopback" if is_loopback(info) else "not encrypted (--insecure)"


def _weights(identity: str) -> str:
    kind, colon, digest = numbers.plain_text(identity).partition(":")
    return f"{kind} {digest[:12]}…" if colon else f"{kind} (drawn from the seed)"


def _listed(counts: Sequence[int]) -> str:
    return ", ".join(map(str, counts))
