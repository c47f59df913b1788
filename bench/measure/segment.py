"""One segment: the uninterrupted stretch of one arm of a cell in one block."""

import numpy as np
import numpy.typing as npt

from bench.measure.executor import Call, Completion, Executor, run_calls
from bench.model.engine import CLASS_COUNT
from bench.model.images import ImagePool
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
    """Run warm-up, latency requests and (remote) a burst; return one sample a request.

    Both arms of a cell get the same batches. A burst sends them once more, so that the local
    arm has an answer to compare with for each.

    Returns
    -------
    samples : list of Sample
    answers : list of (batch index, logits), for the requests that were answered
    """
    length = experiment.length_of(cell.batch_size)
    distinct = length.warmup_count + length.latency_count
    phases = [(Phase.WARMUP, length.warmup_count, 1), (Phase.LATENCY, length.latency_count, 1)]
    if arm is Arm.REMOTE:
        phases.append((Phase.BURST, length.burst_count, experiment.in_flight_count))
    samples: list[Sample] = []
    answers: Answers = []
    for phase, count, in_flight_count in phases:
        first = len(samples)
        room = np.zeros((count, cell.batch_size, CLASS_COUNT), dtype=np.float32)
        calls = [
            Call(request, index, pool.batch(index, cell.batch_size), answer)
            for request, answer in enumerate(room, start=first)
            for index in [request % distinct]
        ]
        for done in run_calls(executor, calls, in_flight_count):
            samples.append(_sample(done, block, cell, arm, phase, in_flight_count))
            if done.outcome is Outcome.OK:
                answers.append((done.call.batch_index, done.call.answer))
    return samples, answers


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
        error=done.error,
    )
