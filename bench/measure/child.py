"""The measuring child: one fresh process, which measures one restart in both placements."""

import numpy as np

from bench.engine.precision import PRECISIONS
from bench.errors import ScalebenchError, WorkerLost
from bench.measure.agreement import (
    check_answer,
    check_closest,
    check_threads,
    closest_count,
    tolerance_fraction,
)
from bench.measure.events import (
    SEGMENT_ATTEMPTS,
    RestartDone,
    RestartJob,
    RestartReady,
    SegmentDone,
)
from bench.measure.segment import Answers, idle_pause_ns, measure_segment
from bench.measure.session import Parts, Session, clock, open_session, own_moment
from bench.processes import ParentPipe
from bench.records import (
    AnswerComparison,
    Arm,
    Cell,
    Outcome,
    Placement,
    Sample,
    Visit,
)
from bench.units import ns_to_s


def main(parts: Parts | None = None) -> None:
    """Measure the restart of the job on standard input, with other parts where they are given."""
    parent = ParentPipe()
    try:
        _measure(parent, parts or Parts())
    except ScalebenchError as error:
        parent.fail(error)


def _measure(parent: ParentPipe, parts: Parts) -> None:
    begun_ns = clock()
    with open_session(parent.receive_job(RestartJob), parts) as session:
        parent.emit(
            RestartReady(
                client=session.client,
                worker=session.worker,
                client_before=session.client_before,
                worker_before=session.worker_before,
                startup_ns=clock() - begun_ns,
                may_differ=session.may_differ,
                compile_ns=session.compile_ns[Placement.LOCAL],
                worker_compile_ns=session.compile_ns[Placement.REMOTE],
            )
        )
        answers = _measure_visits(parent, session)
        asked_ns = clock()
        worker_after = session.control.describe().moment
        client_after = own_moment(session.window, asked_ns)
    parent.emit(
        RestartDone(
            client_after=client_after,
            worker_after=worker_after,
            wall_ns=clock() - begun_ns,
            answers=answers,
        )
    )


def _measure_visits(parent: ParentPipe, session: Session) -> AnswerComparison:
    """Measure all visits; return how the answers of the remote arm compare with the local ones."""
    job = session.job
    samples: dict[Placement, list[Sample]] = {placement: [] for placement in Placement}
    answers = AnswerComparison()
    for visit in job.restart.visits:
        rows_by_arm, compared = _visit(parent, session, visit)
        answers += compared
        for arm, rows in rows_by_arm.items():
            samples[arm.placement] += rows
    threads = job.restart.threads
    check_threads(samples[Placement.REMOTE], threads, f"the worker at {job.address}")
    check_threads(samples[Placement.LOCAL], threads, "the measuring process")
    if session.codec.tolerance_fraction is None:
        check_closest(answers, f"the worker at {job.address}")
    return answers


def _visit(
    parent: ParentPipe, session: Session, visit: Visit
) -> tuple[dict[Arm, list[Sample]], AnswerComparison]:
    """Measure a cell's arms back to back, and only then compare their answers."""
    cell = Cell(batch_size=visit.batch_size, threads=session.job.restart.threads)
    samples: dict[Arm, list[Sample]] = {}
    answers: dict[Arm, Answers] = {}
    for arm in visit.arms:
        idle_s = ns_to_s(idle_pause_ns(samples.get(Arm.REMOTE, [])))
        samples[arm], answers[arm], repeated = _measure_in_time(session, cell, arm, idle_s)
        parent.emit(SegmentDone(cell=cell, arm=arm, samples=samples[arm], repeated=repeated))
    return samples, _compare(session, cell, answers)


def _compare(session: Session, cell: Cell, answers: dict[Arm, Answers]) -> AnswerComparison:
    """Compare the answers of all arms with the local ones; return those of the remote arm."""
    reference = dict(answers.pop(Arm.LOCAL))
    engines = session.job.experiment.engines
    tolerance = tolerance_fraction(engines, session.codec)
    own = PRECISIONS[engines.local.precision].tolerance_fraction
    compared = AnswerComparison()
    for arm, batch_answers in answers.items():
        for batch_index, logits in batch_answers:
            if arm is Arm.REMOTE:
                ours = reference[batch_index]
                compared += check_answer(ours, logits, cell, batch_index, arm, tolerance)
            else:
                check_answer(reference[batch_index], logits, cell, batch_index, arm, own)
    if tolerance is None:
        theirs = [logits for _, logits in answers[Arm.REMOTE]]
        ours = np.concatenate([reference[batch_index] for batch_index, _ in answers[Arm.REMOTE]])
        closest = closest_count(ours, np.concatenate(theirs))
        compared += AnswerComparison(closest_count=closest)
    return compared


def _measure_in_time(
    session: Session, cell: Cell, arm: Arm, idle_s: float
) -> tuple[list[Sample], Answers, int]:
    """Measure a segment, and repeat it while a request times out; return the repetitions, too."""
    job = session.job
    for repeated in range(SEGMENT_ATTEMPTS):
        samples, answers = measure_segment(
            session.executor(arm, idle_s), session.pool, job.experiment, job.block, cell, arm
        )
        late = [sample for sample in samples if sample.outcome is Outcome.TIMED_OUT]
        if not late:
            return samples, answers, repeated
    raise WorkerLost(
        f"the worker at {job.address} did not answer in time in any of {SEGMENT_ATTEMPTS} "
        f"attempts at batch size {cell.batch_size} with {cell.threads} threads "
        f"({late[0].error}); complete blocks are kept, the same command goes on from there."
    )


if __name__ == "__main__":
    main()
