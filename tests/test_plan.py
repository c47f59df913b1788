"""The schedule is seeded, interleaved, complete, and a prefix of every longer one."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.config import BATCH_SIZES, make_budget, make_experiment
from bench.plan import (
    CONTROL_BATCH_SIZES,
    arms_of,
    block_passes,
    make_block,
    make_schedule,
    restart_image_count,
)
from bench.records import Arm, Cell, Experiment

few = settings(max_examples=25)
counts = st.sets(st.integers(1, 8), min_size=1, max_size=4)
sizes = st.sets(st.sampled_from(BATCH_SIZES), min_size=1)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    return make_experiment(
        budget=make_budget("quick"),
        core_count=8,
        model="stub",
        threads=",".join(map(str, draw(counts))),
        batch_sizes=",".join(map(str, draw(sizes))),
        seed=draw(st.integers(0, 2**32)),
    )


PLAIN = make_experiment(budget=make_budget("quick"), core_count=4, model="stub")


@few
@given(experiments(), st.integers(0, 4), st.integers(0, 4))
def test_a_longer_schedule_begins_with_the_shorter_one(
    experiment: Experiment, short: int, more: int
) -> None:
    longer = make_schedule(experiment, short + more)
    assert longer.blocks[:short] == make_schedule(experiment, short).blocks
    assert [block.index for block in longer.blocks] == list(range(1, short + more + 1))


@few
@given(experiments(), st.integers(1, 100))
def test_every_block_visits_every_cell_once_with_both_arms(
    experiment: Experiment, index: int
) -> None:
    visits = [
        (Cell(batch_size=visit.batch_size, threads=restart.threads), visit.arms)
        for restart in make_block(experiment, index).restarts
        for visit in restart.visits
    ]
    assert sorted(cell for cell, _ in visits) == sorted(experiment.cells)
    for _, arms in visits:
        assert arms.count(Arm.LOCAL) == 1
        assert arms.count(Arm.REMOTE) == 1


@few
@given(experiments(), st.integers(1, 100))
def test_the_controls_run_only_in_their_cells(experiment: Experiment, index: int) -> None:
    for restart in make_block(experiment, index).restarts:
        for visit in restart.visits:
            is_its_cell = (
                visit.batch_size in CONTROL_BATCH_SIZES
                and restart.threads == experiment.threads[-1]
            )
            assert visit.arms.count(Arm.PLACEBO) == is_its_cell
            assert visit.arms.count(Arm.IDLE) == is_its_cell


@few
@given(experiments(), st.integers(1, 100))
def test_the_idle_arm_comes_last_so_that_it_stands_between_no_others(
    experiment: Experiment, index: int
) -> None:
    for restart in make_block(experiment, index).restarts:
        for visit in restart.visits:
            if Arm.IDLE in visit.arms:
                assert visit.arms[-1] is Arm.IDLE


def test_a_restart_holds_one_thread_count_and_each_thread_count_restarts_once() -> None:
    for block in make_schedule(PLAIN, 5).blocks:
        assert sorted(restart.threads for restart in block.restarts) == list(PLAIN.threads)


def test_the_seed_alone_decides_the_order() -> None:
    other = msgspec.structs.replace(PLAIN, seed=PLAIN.seed + 1)
    assert make_schedule(PLAIN, 3) == make_schedule(PLAIN, 3)
    assert make_schedule(PLAIN, 3).blocks != make_schedule(other, 3).blocks


def test_a_known_seed_gives_a_known_order() -> None:
    """A changed generator would silently break the continuation of a run."""
    first = make_block(PLAIN, 1)
    assert [restart.threads for restart in first.restarts] == [4, 1, 3, 2]
    assert [visit.batch_size for visit in first.restarts[0].visits] == [32, 16, 2, 64, 4, 1, 8]


def test_order_differs_between_blocks_and_each_arm_goes_first_sometimes() -> None:
    blocks = make_schedule(PLAIN, 20).blocks
    assert len({tuple(r.threads for r in block.restarts) for block in blocks}) > 10
    first = [
        visit.arms[0] is Arm.LOCAL
        for block in blocks
        for restart in block.restarts
        for visit in restart.visits
        if len(visit.arms) == 2
    ]
    assert 0.4 < sum(first) / len(first) < 0.6


@pytest.mark.parametrize(
    ("batch_size", "arm", "count"),
    [(1, Arm.LOCAL, 6), (1, Arm.REMOTE, 16), (1, Arm.PLACEBO, 6), (64, Arm.REMOTE, 8)],
)
def test_only_the_remote_arm_makes_a_burst_and_probes(
    batch_size: int, arm: Arm, count: int
) -> None:
    assert PLAIN.lengths_of(batch_size).of(arm.placement).request_count == count


@few
@given(experiments(), st.integers(1, 50))
def test_a_block_computes_the_same_images_in_any_order(experiment: Experiment, index: int) -> None:
    images = sum(restart_image_count(experiment, r) for r in make_block(experiment, index).restarts)
    assert images == sum(
        cell.batch_size * experiment.lengths_of(cell.batch_size).of(arm.placement).computed_count
        for cell in experiment.cells
        for arm in arms_of(experiment, cell.batch_size, cell.threads)
    )


def test_image_counts_of_a_small_restart_add_up_by_hand() -> None:
    small = make_experiment(
        budget=make_budget("quick"), core_count=2, model="stub", threads="1", batch_sizes="1,2"
    )
    (restart,) = make_block(small, 1).restarts
    # one image: local 6, remote 14, placebo 6, idle 6; two images: local 4, remote 10
    assert restart_image_count(small, restart) == 6 + 14 + 6 + 6 + 2 * (4 + 10)


@pytest.mark.parametrize(("preset", "most_passes"), [("quick", 14.5), ("standard", 57)])
def test_a_preset_leaves_room_for_starts_within_its_passes(preset: str, most_passes: float) -> None:
    """Where a pass takes 27 s, as on two cores, a start may take 7 s."""
    budget = make_budget(preset)
    experiment = make_experiment(budget=budget, core_count=2, model="resnet50")
    starts = len(experiment.threads) * 7 / 27
    assert budget.max_blocks * (block_passes(experiment) + starts) <= most_passes


def test_passes_of_a_block_add_up_by_hand() -> None:
    plain = make_experiment(
        budget=make_budget("quick"), core_count=2, model="stub", threads="1", batch_sizes="2,16"
    )
    # two images: local 4, remote 10; sixteen: local 2, remote 6; a pass: 2 + 2 + 16 + 16 images
    assert block_passes(plain) == (2 * (4 + 10) + 16 * (2 + 6)) / (2 * (2 + 16))
