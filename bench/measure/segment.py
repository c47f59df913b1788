"""One segment: the uninterrupted stretch of one arm of a cell in one block."""

from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from bench.engine.inputs import ImagePool
from bench.engine.spec import CLASS_COUNT
from bench.measure.executor import Call, Completion, Executor, run_calls
from bench.records import Arm, Cell, Experiment, Outcome, Phase, Sample

Answers = list[tuple[int, npt.NDArray[np.float32]]]


def measure_segment(
    executor: Executor,
    pool: ImagePool,
    experiment: Experiment,
    block: int,
    cell: Cell,
    arm: Arm,
) -> tuple[list[Sample], Answers]:
    """Run warm-up and latency requests, and (remote) a burst and probes; one sample a request.

    All arms of a cell get the same batches. A burst sends them once more, so that the local
    arm has an answer to compare with for each.

    Returns
    -------
    samples : list of Sample
    answers : list of (batch index, logits), for the requests that were computed
    """
    length = experiment.length_of(cell.batch_size)
    distinct = length.warmup_count + length.latency_count
    phases = [(Phase.WARMUP, length.warmup_count, 1), (Phase.LATENCY, length.latency_count, 1)]
    if arm is Arm.REMOTE:
        phases.append((Phase.BURST, length.burst_count, experiment.in_flight_count))
        phases.append((Phase.PROBE, length.probe_count, 1))
    samples: list[Sample] = []
    answers: Answers = []
    for phase, count, in_flight_count in phases:
        first = len(samples)
        room = np.zeros((count, cell.batch_size, CLASS_COUNT), dtype=np.float32)
        calls = [
            Call(request, index, pool.batch(index, cell.batch_size), answer, phase is Phase.PROBE)
            for request, answer in enumerate(room, start=first)
            for index in [request % distinct]
        ]
        for done in run_calls(executor, calls, in_flight_count):
            samples.append(_sample(done, block, cell, arm, phase, in_flight_count))
            if done.outcome is Outcome.OK and phase is not Phase.PROBE:
                answers.append((done.call.batch_index, done.call.answer))
    return samples, answers


def idle_pause_ns(samples: list[Sample]) -> int:
    """Return how long the worker of a remote segment typically waited for its next request [ns].

    From one compute's end to the next one's start, on the worker's clock alone, with one request
    in flight; 0 if no two neighbours were computed.
    """
    computed = [
        sample.compute
        for sample in samples
        if sample.compute is not None and sample.phase in (Phase.WARMUP, Phase.LATENCY)
    ]
    pauses = [b.compute_start_ns - a.compute_end_ns for a, b in pairwise(computed)]
    return round(median(pauses)) if pauses else 0


def _sample(
    done: Completion, block: int, cell: Cell, arm: Arm, phase: Phase, in_flight_count: int
) -> Sample:
    return Sample(
        block=block,
        threads=cell.threads,
        batch_size=cell.batch_size,
        arm=arm,
        phase=phase,
        in_flight_count=in_flight_count,
        request=done.call.request,
        batch=done.call.batch_index,
        outcome=done.outcome,
        client=done.client,
        compute=done.compute,
        minor_faults_count=done.minor_faults_count,
        payload_bytes=done.call.batch.nbytes,
        wire_bytes=done.wire_bytes,
        cpu_ns=done.cpu_ns,
        error=done.error,
    )
