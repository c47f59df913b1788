"""Makes the schedule of an experiment: seeded, interleaved, and a prefix of any longer one.

Blocks are outermost, so that any budget leaves the same number of blocks in every cell. Within
a block the thread counts, the batch sizes and the arms are in random order: a drift during a
run affects both arms equally and cancels in their ratio.
"""

import random
from collections.abc import Sequence
from statistics import mean
from typing import TypeVar

from bench.records import Arm, Block, Experiment, Placement, Restart, Schedule, Visit

T = TypeVar("T")

CONTROL_BATCH_SIZES = (1, 8)


def make_schedule(experiment: Experiment, block_count: int) -> Schedule:
    """Return the schedule of the first ``block_count`` blocks (counted from 1).

    A block depends on the seed and its own number only, so a longer schedule begins with every
    shorter one.
    """
    return Schedule(
        seed=experiment.seed,
        blocks=tuple(make_block(experiment, index) for index in range(1, block_count + 1)),
    )


def make_block(experiment: Experiment, index: int) -> Block:
    """Return block ``index`` (from 1): every thread count, batch size and arm in random order."""
    rng = random.Random(f"{experiment.seed}/{index}")  # noqa: S311 - a schedule is no secret
    restarts = []
    for threads in _shuffled(rng, experiment.threads):
        visits = []
        for batch_size in _shuffled(rng, experiment.batch_sizes):
            arms = _in_order(rng, arms_of(experiment, batch_size, threads))
            visits.append(Visit(batch_size=batch_size, arms=arms))
        restarts.append(Restart(threads=threads, visits=tuple(visits)))
    return Block(index=index, restarts=tuple(restarts))


def arms_of(experiment: Experiment, batch_size: int, threads: int) -> tuple[Arm, ...]:
    """Return the arms of a cell; controls run in a few cells of the largest thread count.

    The placebo measures the noise without any difference, the idle arm the cost of the pauses.

    Parameters
    ----------
    experiment : Experiment
        Has the thread counts.
    batch_size, threads : int
        The cell.
    """
    if batch_size in CONTROL_BATCH_SIZES and threads == max(experiment.threads):
        return (Arm.LOCAL, Arm.REMOTE, Arm.PLACEBO, Arm.IDLE)
    return (Arm.LOCAL, Arm.REMOTE)


def restart_image_count(experiment: Experiment, restart: Restart) -> int:
    """Return how many images a restart computes; its duration is proportional to it."""
    return sum(
        visit.batch_size * experiment.lengths_of(visit.batch_size).of(arm.placement).computed_count
        for visit in restart.visits
        for arm in visit.arms
    )


def block_passes(experiment: Experiment) -> float:
    """Return how many passes the requests of a block take, without the starts of processes.

    A pass is one request of each cell in both placements. Images take as long in every restart of
    a block as they take in a pass, so each thread count weighs the same.
    """
    pass_images = len(Placement) * sum(experiment.batch_sizes)
    counts = [restart_image_count(experiment, r) for r in make_block(experiment, 1).restarts]
    return mean(counts) / pass_images


def _in_order(rng: random.Random, arms: tuple[Arm, ...]) -> tuple[Arm, ...]:
    """Return the arms in random order, the idle one last.

    It repeats the pauses of the remote arm before it. In any other place it would come between
    local and remote more often in one of their orders than in the other.
    """
    compared = [arm for arm in arms if arm is not Arm.IDLE]
    return (*_shuffled(rng, compared), *(arm for arm in arms if arm is Arm.IDLE))


def _shuffled(rng: random.Random, items: Sequence[T]) -> list[T]:
    return rng.sample(items, k=len(items))
