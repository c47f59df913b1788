"""One segment: the requests of one arm of a cell in one block, without interruption."""

from functools import partial
from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from bench.codec.spec import Batch, batch_bytes
from bench.engine.inputs import ImagePool
from bench.measure.executor import Call, Executor, run_calls
from bench.records import Arm, Cell, Experiment, Outcome, Phase, Placement, Sample

Answers = list[tuple[int, npt.NDArray[np.float32]]]


def measure_segment(
    executor: Executor,
    pool: ImagePool[Batch],
    experiment: Experiment,
    block: int,
    cell: Cell,
    arm: Arm,
) -> tuple[list[Sample], Answers]:
    """Run the requests of one arm, phase after phase; one sample per request.

    All arms of a cell get the same batches, as many as the local arm computes; they repeat in
    longer segments. So there is a local answer to compare with each answer.

    Parameters
    ----------
    executor : Executor
        That of the arm.
    pool : ImagePool
        Has the batches.
    experiment : Experiment
        Has the number of requests in each phase.
    block : int
        The number of the block, for the rows.
    cell : Cell
        Batch size and threads.
    arm : Arm
        Which arm is measured.

    Returns
    -------
    samples : list of Sample
    answers : list of (batch index, logits), for the requests that were computed
        The logits are a ndarray, float32 [B, class_count].
    """
    lengths = experiment.lengths_of(cell.batch_size)
    length, distinct = lengths.of(arm.placement), lengths.local.computed_count
    samples: list[Sample] = []
    answers: Answers = []
    for phase, count in length.phases:
        in_flight_count = experiment.load.in_flight_count if phase is Phase.BURST else 1
        first = len(samples)
        room = np.zeros((count, cell.batch_size, executor.class_count), dtype=np.float32)
        planned = partial(
            Sample,
            block=block,
            threads=cell.threads,
            batch_size=cell.batch_size,
            arm=arm,
            phase=phase,
            in_flight_count=in_flight_count,
            outcome=Outcome.FAILED,  # until it has ended otherwise
            wire_bytes=0,  # until it is sent
            worker=0 if arm.placement is Placement.REMOTE else None,
        )
        calls = [
            Call(
                planned(request=request, batch=index, payload_bytes=batch_bytes(batch)),
                batch,
                answer,
            )
            for request, answer in enumerate(room, start=first)
            for index in [request % distinct]
            for batch in [pool.batch(index, cell.batch_size)]
        ]
        done = run_calls(executor, calls, in_flight_count)
        samples += done
        if phase is not Phase.PROBE:
            answers += [(s.batch, room[s.request - first]) for s in done if s.outcome is Outcome.OK]
    return samples, answers


def idle_pause_ns(samples: list[Sample]) -> int:
    """Return how long the worker of a remote segment typically waited for its next request [ns].

    The pause from the end of one compute to the start of the next one, or of its preprocessing, by
    the worker's clock and with one request in flight; 0 if no two successive ones were computed.
    """
    computed = [
        (sample.wb_ns or sample.w3_ns, sample.w4_ns)
        for sample in samples
        if sample.phase in (Phase.WARMUP, Phase.LATENCY)
        and sample.w3_ns is not None
        and sample.w4_ns is not None
    ]
    pauses = [start_ns - end_ns for (_, end_ns), (start_ns, _) in pairwise(computed)]
    return round(median(pauses)) if pauses else 0
