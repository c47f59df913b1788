"""The answer follows from the verdicts, and says no more than they do."""

from dataclasses import replace

import msgspec
import pytest

from bench.page.facts import command
from bench.page.lede import SMOKE, answer, crossover
from bench.stats.estimate import (
    EQUIVALENT,
    EXPLORATORY,
    FASTER,
    SLOWER,
    UNDECIDED,
    CellSummary,
    Summary,
)
from bench.stats.pooled import pool_cells
from tests.charts.factory import make_cell, make_estimate, unmeasured
from tests.page.factory import make_info


def cell(
    batch_size: int,
    threads: int,
    loss: float,
    verdict: str,
    *,
    half: float = 0.5,
    throughput: str = EQUIVALENT,
    throughput_loss: float = 0.0,
) -> CellSummary:
    return replace(
        make_cell(batch_size, threads),
        latency_loss_percent=make_estimate(loss, half),
        latency_verdict=verdict,
        throughput_loss_percent=make_estimate(throughput_loss, half),
        throughput_verdict=throughput,
    )


def summary(*cells: CellSummary) -> Summary:
    return Summary(cells, 10, noise_floor_percent=0.3, pooled=pool_cells(cells))


FADING = summary(
    cell(1, 1, 4.1, SLOWER),
    cell(4, 1, 3.0, SLOWER),
    cell(16, 1, 0.1, EQUIVALENT),
    cell(64, 1, -0.2, UNDECIDED),
)


def test_a_loss_that_fades_is_told_with_its_ends_and_where_it_is_gone() -> None:
    assert answer("ResNet50", FADING, "", 2) == (
        "Running ResNet50 on the remote worker costs +4.1% latency at batch 1 and "
        "+3.0% at batch 4, and nothing that could be measured from batch 16 on; "
        "throughput is equal with 2 batches in flight."
    )


def test_no_measurable_loss_is_no_claim_of_equality() -> None:
    said = answer("ResNet50", summary(cell(1, 1, 1.0, UNDECIDED, throughput=UNDECIDED)), "", 2)
    assert "costs no latency that could be measured" in said
    assert "no difference in throughput could be measured" in said
    assert "equal" not in said


def test_a_gain_and_a_throughput_that_differs_are_told_with_their_signs() -> None:
    cells = [
        cell(1, 1, -3.0, FASTER, throughput=SLOWER, throughput_loss=2.5),
        cell(1, 2, -5.0, FASTER, throughput=SLOWER, throughput_loss=7.5),
        cell(8, 1, 0.0, EQUIVALENT),
    ]
    said = answer("ResNet50", summary(*cells), "", 2)
    assert "costs −4.0% latency at batch 1, and nothing that could be measured from batch 8" in said
    assert "throughput differs in 2 of 3 cells, most at batch 1 with 2 threads (loss +7.5%)" in said


def test_a_loss_in_the_middle_leaves_the_others_quiet() -> None:
    cells = [
        cell(b, 1, 5.0 if b == 4 else 0.0, SLOWER if b == 4 else EQUIVALENT) for b in (1, 4, 8)
    ]
    said = answer("ResNet50", summary(*cells), "", 2)
    assert "costs +5.0% latency at batch 4, and nothing that could be measured at other" in said


def test_an_exploratory_run_gives_the_median_and_no_claim() -> None:
    cells = [replace(make_cell(b, 1, blocks=3)) for b in (1, 2)]
    said = answer("ResNet50", summary(*cells), EXPLORATORY, 2)
    assert said.startswith("Remotely, a batch takes ")
    assert "costs" not in said


def test_the_crossover_is_the_least_batch_from_which_on_intervals_stay_below_5_percent() -> None:
    assert crossover(FADING, "") == (
        "The latency loss is below 5%, interval included, at every batch size."
    )
    late = summary(
        cell(1, 1, 4.8, SLOWER),  # its interval reaches 5.3
        cell(4, 1, 1.0, EQUIVALENT),
        cell(1, 2, 9.0, SLOWER),
        cell(4, 2, 7.0, SLOWER),
    )
    assert crossover(late, "") == (
        "The latency loss is below 5%, interval included, from batch 4 on with 1 thread, "
        "and at no batch size with 2 threads."
    )


def test_a_cell_that_was_not_measured_is_not_below() -> None:
    cells = [cell(1, 1, 0.0, EQUIVALENT), unmeasured(make_cell(4, 1)), cell(8, 1, 0.0, EQUIVALENT)]
    assert "from batch 8 on" in crossover(summary(*cells), "")


def test_thread_counts_that_agree_are_told_together() -> None:
    cells = [cell(b, t, 9.0 if t == 8 else 0.0, SLOWER) for b in (1, 4) for t in (1, 2, 3, 8)]
    said = crossover(summary(*cells), "")
    assert (
        "at every batch size with 1, 2 and 3 threads, and at no batch size with 8 threads" in said
    )


def test_a_smoke_test_says_nothing_of_a_loss() -> None:
    assert crossover(FADING, SMOKE) == ""
    assert "%" not in answer("ResNet50", FADING, SMOKE, 2)


@pytest.mark.parametrize(("worker", "said"), [("embedded", False), ("tcp://10.0.0.7:5555", True)])
def test_the_command_repeats_the_experiment_and_names_no_address(
    worker: str, *, said: bool
) -> None:
    info = make_info()
    experiment = msgspec.structs.replace(info.experiment, worker=worker)
    text = command(msgspec.structs.replace(info, experiment=experiment), "standard")
    assert text.startswith("scalebench measure --preset standard --model resnet50 --image-size 224")
    assert "--batch-sizes 1,2,4,8,16,32,64 --threads 1,2 --seed 1 --allocator tuned" in text
    assert ("--worker tcp://HOST:PORT" in text) == said
    assert "10.0.0.7" not in text
