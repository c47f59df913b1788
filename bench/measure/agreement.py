"""What both arms must agree on before anything is timed, and what may differ."""

import numpy as np
import numpy.typing as npt

from bench.codec.spec import Codec
from bench.engine.precision import PRECISIONS
from bench.errors import WorkerError
from bench.records import (
    AnswerComparison,
    Arm,
    Cell,
    Engines,
    Facts,
    Phase,
    Sample,
    busy_threads,
    changed,
    changes,
)
from bench.units import NS_PER_MS

MUST_AGREE = (
    "engine",
    "weights_digest",
    "device",
    "dtype",
    "mode",
    "memory_format",
    "threads",
    "allocator",
)
MAY_DIFFER = ("torch", "torchvision", "cpu_capability", "libraries", "zeromq")
_FACT_OF = {"precision": "dtype"}
"""The fact that a field of an engine is known by, where it has another name."""
RELATIVE_TOLERANCE = 1e-3
THREADS_TOLERANCE = 0.3
MIN_CLOSEST_FRACTION = 0.9
"""After JPEG of quality 90 all of 24 images are, with seeded weights of each of six models."""
SAME_IMAGE_FRACTION = 1e-4
"""Two answers of one image in batches of other images differ by less, of the largest difference."""
Logits = npt.NDArray[np.float32]
_MIN_COMPUTE_NS = 200 * NS_PER_MS
"""Below this time the thread of a socket adds too much to the CPU time."""


def check_agreement(client: Facts, worker: Facts, endpoint: str, engines: Engines) -> list[str]:
    """Return the differences that may be, one line each.

    Parameters
    ----------
    client, worker : Facts
        What :func:`bench.engine.facts.compute_facts` returns in this process, and in the worker's.
    endpoint : str
        The worker's address, for the error.
    engines : Engines
        Those of the experiment: in what they differ, the facts differ, too.

    Raises
    ------
    WorkerError
        At the first difference that may not be, with both values.
    """
    declared = {_FACT_OF.get(name, name) for name in changes(engines.local, engines.remote)}
    required = [name for name in MUST_AGREE if name not in declared]
    for name, (here, there) in changed(client, worker, required).items():
        raise WorkerError(
            f"the worker at {endpoint} would measure something else: {name} is {here!r} here and "
            f"{there!r} there; make them agree."
        )
    return [
        f"{name} is {here} here and {there} there"
        for name, (here, there) in changed(client, worker, MAY_DIFFER).items()
    ]


def coarser_precision(engines: Engines) -> str:
    """Return the precision of both engines that allows the larger deviation."""
    precisions = (engines.local.precision, engines.remote.precision)
    return max(precisions, key=lambda name: PRECISIONS[name].tolerance_fraction)


def check_threads(samples: list[Sample], threads: int, where: str) -> None:
    """Check the threads that really computed against the ones agreed on.

    Only latency requests are used, and only where they computed for long enough.

    Parameters
    ----------
    samples : list of Sample
        Those of one restart that one process computed.
    threads : int
        The thread count that was agreed on.
    where : str
        Names that process in the error.

    Raises
    ------
    WorkerError
        If there were more: whatever was measured then is another experiment.
    """
    timed = [
        (sample.cpu_ns, sample.w4_ns - sample.w3_ns)
        for sample in samples
        if sample.phase is Phase.LATENCY
        and sample.cpu_ns is not None
        and sample.w3_ns is not None
        and sample.w4_ns is not None
    ]
    wall_ns = sum(wall for _, wall in timed)
    busy = busy_threads(sum(cpu for cpu, _ in timed), wall_ns)
    if busy is None or wall_ns < _MIN_COMPUTE_NS:
        return
    if busy > threads + THREADS_TOLERANCE:
        raise WorkerError(
            f"{where} says that it computes with {threads} threads and used {busy:.1f} (CPU time "
            "over wall time); the run stops, since its numbers are not of that thread count."
        )


def tolerance_fraction(engines: Engines, codec: Codec) -> float | None:
    """Return by how much remote logits may differ from local ones, of the largest local logit.

    None where the codec loses too much for a limit; then :func:`check_closest` judges.
    """
    if codec.tolerance_fraction is None:
        return None
    precision = PRECISIONS[coarser_precision(engines)].tolerance_fraction
    return max(precision, codec.tolerance_fraction)


def check_answer(
    ours: npt.NDArray[np.float32],
    theirs: npt.NDArray[np.float32],
    cell: Cell,
    batch_index: int,
    arm: Arm,
    tolerance: float | None,
) -> AnswerComparison:
    """Compare the logits of one batch: wrong logits fail the run.

    Parameters
    ----------
    ours, theirs : ndarray, float32 [B, class_count]
        The logits of the local arm, and of another arm.
    cell : Cell
        The cell that they were measured in, for the error.
    batch_index : int
        Which batch of the pool it is, for the error.
    arm : Arm
        The arm that ``theirs`` are of.
    tolerance : float or None
        By how much they may differ, as a fraction of the largest local logit; None: by any.

    Returns
    -------
    AnswerComparison
        By how much they deviate, and how many images have the same top-1 answer.

    Raises
    ------
    WorkerError
        If they are not close, or not finite.
    """
    problem = "not all logits are finite"
    if np.isfinite(ours).all() and np.isfinite(theirs).all():
        scale = float(np.abs(ours).max())
        deviation = float(np.abs(ours - theirs).max())
        if tolerance is None or np.allclose(
            ours, theirs, rtol=RELATIVE_TOLERANCE, atol=scale * tolerance
        ):
            return AnswerComparison(
                images_count=len(ours),
                equal_top1_count=int((ours.argmax(axis=1) == theirs.argmax(axis=1)).sum()),
                max_deviation_fraction=deviation / scale if scale else 0.0,
            )
        problem = f"its logits differ by up to {deviation:.3g} from the local ones"
    side = "the worker" if arm is Arm.REMOTE else f"the local model, in arm {arm},"
    raise WorkerError(
        f"{side} answers wrongly: at batch size {cell.batch_size}, {cell.threads} threads, batch "
        f"{batch_index}: {problem}; the run stops, since its times mean nothing."
    )


def closest_count(ours: Logits, theirs: Logits) -> int:
    """Return of how many images both answers are closer to each other than to any other image's.

    Each arm's answers are taken without their mean: weights from a seed give nearly the same logits
    for all images, and a codec that loses much shifts all of them alike.

    Parameters
    ----------
    ours, theirs : ndarray, float32 [images, class_count]
        The logits of the local arm, and of another arm; an image may be there more than once.
    """
    local, other = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
    # |a - b|^2 = |a|^2 - 2 ab + |b|^2, of which |b|^2 is the same in a row.
    distances = np.square(local).sum(axis=1) - 2 * (other @ local.T)
    span = distances.max(axis=1) - distances.min(axis=1)
    return int((distances.diagonal() - distances.min(axis=1) <= SAME_IMAGE_FRACTION * span).sum())


def check_closest(answers: AnswerComparison, where: str) -> None:
    """Check that after a codec that loses much nearly all images are still distinguishable.

    Parameters
    ----------
    answers : AnswerComparison
        All answers of a restart.
    where : str
        Names the worker in the error.

    Raises
    ------
    WorkerError
        If fewer are.
    """
    if answers.closest_count < MIN_CLOSEST_FRACTION * answers.images_count:
        raise WorkerError(
            f"{where} answers wrongly: {answers.closest_count} of {answers.images_count} answers "
            "are closer to the local answer of the same image than to those of others, and at "
            f"least {MIN_CLOSEST_FRACTION:.0%} must be; the run stops: its times mean nothing."
        )
