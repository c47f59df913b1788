"""A run in virtual time: the real schedule, loop, executors and wire on a made-up machine.

Only simulated work advances the clock, so a run of minutes takes milliseconds.
"""

import itertools
from collections import deque
from collections.abc import Iterator
from functools import cache
from typing import cast

import numpy as np
import numpy.typing as npt

from bench.calibration.clocks import OTHER_HOST, VirtualClock
from bench.calibration.machine import Machine, Times, add_drift, draw
from bench.calibration.stamps import serve, split_overhead
from bench.calibration.timed_compute import ANSWER_COUNT
from bench.codec.open import open_codec
from bench.codec.spec import Tensor
from bench.config import CODEC, IMAGE_SIZES
from bench.engine.inputs import ImagePool, tensor_pool
from bench.engine.spec import HostEngine
from bench.measure.executor import Executor, LocalExecutor
from bench.measure.remote import RemoteExecutor
from bench.measure.segment import measure_segment
from bench.plan import make_block
from bench.records import (
    Address,
    Arm,
    Cell,
    Experiment,
    Facts,
    Placement,
    Sample,
    SegmentLength,
)
from bench.units import ns_to_s
from bench.wire import Buffer, decode, encode
from bench.wire.frames import expect
from bench.wire.messages import Reply, Request
from bench.worker.compute import no_logits

SESSION = "calibration"


def virtual_blocks(
    machine: Machine, experiment: Experiment, rng: np.random.Generator
) -> Iterator[list[Sample]]:
    """Yield the samples of one block after the other, without end.

    Parameters
    ----------
    experiment : Experiment
        With local and remote arms only: controls wait in real time.
    """
    clock, pool = VirtualClock(), image_pool()
    for index in itertools.count(1):
        samples: list[Sample] = []
        for restart in make_block(experiment, index).restarts:
            session = _Session(machine, rng, clock)
            for visit in restart.visits:
                cell = Cell(batch_size=visit.batch_size, threads=restart.threads)
                lengths = experiment.lengths_of(cell.batch_size)
                for arm in visit.arms:
                    executor = session.executor(arm, lengths.of(arm.placement))
                    rows, _ = measure_segment(executor, pool, experiment, index, cell, arm)
                    samples += rows
        yield samples


@cache
def image_pool() -> ImagePool[Tensor]:
    """Return images of the smallest size, since no proof depends on them."""
    return tensor_pool(1, IMAGE_SIZES.start)


class _Processor:
    """A process that computes; the times of a segment are drawn when it begins."""

    def __init__(self, machine: Machine, rng: np.random.Generator, placement: Placement) -> None:
        self._machine = machine
        self._rng = rng
        self._placement = placement
        self._times: Iterator[Times] = iter(())

    def begin_segment(self, length: SegmentLength) -> None:
        """Draw the times of all requests of a segment."""
        shape, earlier_count = (1, length.request_count), length.warmup_count + length.burst_count
        times = draw(self._machine, self._rng, shape, self._placement, earlier_count)
        self._times = map(Times, times.compute.T, times.overhead.T)

    def next_times(self, now_ns: int) -> Times:
        """Return what the next request takes, float64 [1]."""
        return add_drift(self._machine, next(self._times), self._placement, ns_to_s(now_ns))


class _Engine(HostEngine):
    """A model that takes virtual time and answers with zeros."""

    class_count = ANSWER_COUNT

    def __init__(self, processor: _Processor, clock: VirtualClock) -> None:
        self._processor = processor
        self._clock = clock
        self._compute_ns = 0

    def facts(self) -> Facts:
        return {}

    def prepare(self, batch: npt.NDArray[np.float32]) -> object:
        times = self._processor.next_times(self._clock.now_ns)
        self._clock.now_ns += round(times.overhead.item())
        self._compute_ns = round(times.compute.item())
        return len(batch)

    def infer(self, batch: object) -> memoryview:
        self._clock.now_ns += self._compute_ns
        return no_logits(self, cast("int", batch))


class _Link:
    """A connection and the worker at its other end, whose clock is another host's.

    Requests are computed in order. The headers are the real ones; no socket is opened. The link
    adds the client's time to encode and decode, since the client's code takes no virtual time.
    """

    def __init__(self, processor: _Processor, engine: _Engine, clock: VirtualClock) -> None:
        self.address = Address(host="virtual", port=0)
        self._engine = engine
        self._processor = processor
        self._clock = clock
        self._free_ns = 0
        self._answers: deque[tuple[int, list[Buffer]]] = deque()

    def send(self, header: bytes, payload: memoryview) -> None:
        """Compute the request as soon as the worker is free."""
        request = expect(Request, decode([header, payload])[0])
        times = self._processor.next_times(self._clock.now_ns)
        begun, free = np.full(1, self._clock.now_ns), np.full(1, self._free_ns)
        computed = times.compute * (not request.probe)
        served = serve(begun, free, computed, split_overhead(times.overhead))
        _, _, w1_ns, w2_ns, w3_ns, w4_ns, self._free_ns, _, answered_ns = (
            round(stamp.item()) for stamp in served
        )
        images = request.shape[0]
        reply = Reply(
            session=request.session,
            segment=request.segment,
            sequence=request.sequence,
            dtype=self._engine.output_dtype,
            shape=(images, ANSWER_COUNT),
            w1_ns=OTHER_HOST.shown_ns(w1_ns),
            w2_ns=OTHER_HOST.shown_ns(w2_ns),
            w3_ns=OTHER_HOST.shown_ns(w3_ns),
            w4_ns=OTHER_HOST.shown_ns(w4_ns),
            w5_ns=OTHER_HOST.shown_ns(self._free_ns),
            minor_faults_count=0,
            cpu_ns=w4_ns - w3_ns,
        )
        frames: list[Buffer] = [encode(reply), no_logits(self._engine, images)]
        self._answers.append((answered_ns, frames))

    def receive(self, timeout_s: float) -> list[Buffer] | None:  # noqa: ARG002
        """Return the frames of the next answer at the time when it is there."""
        at_ns, frames = self._answers.popleft()
        self._clock.wait_until(at_ns)
        return frames

    def lost(self) -> bool:
        """Return false: the worker is never lost."""
        return False

    def close(self) -> None:
        """Close nothing."""


class _Session:
    """Both executors of one restart."""

    def __init__(self, machine: Machine, rng: np.random.Generator, clock: VirtualClock) -> None:
        self._local_processor = _Processor(machine, rng, Placement.LOCAL)
        self._remote_processor = _Processor(machine, rng, Placement.REMOTE)
        engine = _Engine(self._local_processor, clock)
        self._local = LocalExecutor(engine, clock)
        self._remote = RemoteExecutor(
            _Link(self._remote_processor, engine, clock),
            open_codec(CODEC),
            session=SESSION,
            class_count=ANSWER_COUNT,
            ask=lambda: None,  # asked about late answers only, and none is late
            worker="virtual",
            timeout_s=60,
            clock=clock,
        )

    def executor(self, arm: Arm, length: SegmentLength) -> Executor:
        """Return the executor of an arm, at the beginning of a segment."""
        remote = arm.placement is Placement.REMOTE
        (self._remote_processor if remote else self._local_processor).begin_segment(length)
        self._remote.begin_segment()
        return self._remote if remote else self._local
