"""A sample: one request with its stamps, which is one row; each field is a column."""

from typing import Annotated

import msgspec

from bench.records.words import Arm, Outcome, Phase, Record

Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]  # stored with 32 bits
Stamp = int | None  # monotonic [ns]; None where a request has no such step or did not reach it


def column(meaning: str, unit: str = "") -> msgspec.Meta:
    """Return the annotation of a column: what its values mean, and their unit."""
    return msgspec.Meta(description=meaning, extra={"unit": unit})


class Sample(Record, frozen=True, kw_only=True):
    """One request, which is one row: the fields are the columns, in their order.

    Stamps of the client (c) are never compared with those of the computing process (w): they may
    come from two clocks. A local request has c0, c1, c5, w3 and w4 only. Preprocessing ends at cp
    or wp, on the side that does it; wh and wd are those of a device with memory of its own; wb is
    there where one of them follows.
    """

    block: Annotated[Int32, column("block, from 1")]
    threads: Annotated[Int32, column("intra-op threads", "threads")]
    batch_size: Annotated[Int32, column("images in the batch", "images")]
    arm: Annotated[Arm, column("local, remote, local2 or idle")]
    phase: Annotated[Phase, column("warmup, latency, burst or probe")]
    in_flight_count: Annotated[Int32, column("requests outstanding", "requests")]
    request: Annotated[Int32, column("number within the segment, from 0")]
    batch: Annotated[Int32, column("which batch of the pool")]
    outcome: Annotated[Outcome, column("ok, timed_out or failed")]
    c0_ns: Annotated[Stamp, column("client: intended start", "ns")] = None
    c1_ns: Annotated[Stamp, column("client: before encoding", "ns")] = None
    cp_ns: Annotated[Stamp, column("client: preprocessing ended", "ns")] = None
    c2_ns: Annotated[Stamp, column("client: before send", "ns")] = None
    c3_ns: Annotated[Stamp, column("client: send returned", "ns")] = None
    c4_ns: Annotated[Stamp, column("client: reply received", "ns")] = None
    c5_ns: Annotated[Stamp, column("client: logits decoded and checked", "ns")] = None
    w1_ns: Annotated[Stamp, column("computing process: request received", "ns")] = None
    w2_ns: Annotated[Stamp, column("computing process: taken by the compute thread", "ns")] = None
    wb_ns: Annotated[Stamp, column("computing process: batch decoded", "ns")] = None
    wp_ns: Annotated[Stamp, column("computing process: preprocessing ended", "ns")] = None
    wh_ns: Annotated[Stamp, column("computing process: input is on the device", "ns")] = None
    w3_ns: Annotated[Stamp, column("computing process: compute starts", "ns")] = None
    w4_ns: Annotated[Stamp, column("computing process: compute ended", "ns")] = None
    wd_ns: Annotated[Stamp, column("computing process: output is in host memory", "ns")] = None
    w5_ns: Annotated[Stamp, column("computing process: before send", "ns")] = None
    minor_faults_count: Annotated[int | None, column("of the computing process", "faults")] = None
    cpu_ns: Annotated[int | None, column("CPU time of its threads while it computed", "ns")] = None
    payload_bytes: Annotated[int, column("the batch: as sent, or as a local arm gets it", "bytes")]
    wire_bytes: Annotated[int, column("all frames of the request; 0 if local", "bytes")]
    error: Annotated[str | None, column("why it failed")] = None
    client: Annotated[Int32 | None, column("which client, from 0")] = 0
    worker: Annotated[Int32 | None, column("which worker, from 0; none if local")] = None

    @property
    def latency_ns(self) -> int | None:
        """Time from before encoding to decoded logits [ns]; None without an answer."""
        return None if self.c1_ns is None or self.c5_ns is None else self.c5_ns - self.c1_ns

    @property
    def overhead_ns(self) -> int | None:
        """The latency without preprocessing, copies and computing [ns]; None without an answer."""
        if self.latency_ns is None or self.w3_ns is None or self.w4_ns is None:
            return None
        worker_ns = (self.wd_ns or self.w4_ns) - (self._decoded_ns or self.w3_ns)
        client_ns = 0 if self.cp_ns is None or self.c1_ns is None else self.cp_ns - self.c1_ns
        return self.latency_ns - worker_ns - client_ns

    @property
    def _decoded_ns(self) -> int | None:
        """When preprocessing or copying began in the computing process; local: at once."""
        if self.wp_ns is None and self.wh_ns is None:
            return None
        return self.c1_ns if self.w2_ns is None else self.wb_ns


def busy_threads(cpu_ns: float, wall_ns: float) -> float | None:
    """Return how many threads computed on average: CPU time over wall time [ns].

    None where nothing was computed.
    """
    return cpu_ns / wall_ns if wall_ns else None
