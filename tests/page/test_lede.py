"""The answer follows from the verdicts, and says no more than they do."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from bench.config import make_budget
from bench.page import lede
from bench.page.crossover import crossover
from bench.page.facts import command
from bench.page.lede import SMOKE, blocks_words, what_blocks_say
from bench.stats.cells import CellSummary, Overhead, Summary
from bench.stats.estimate import LEVEL, Estimate
from bench.stats.pooled import COMPUTE_DIFFERENCE, pool_cells
from bench.stats.verdict_words import COSTS, EQUIVALENT, SLOWER, UNDECIDED
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


def over(cell: CellSummary, percent: float, verdict: str = COSTS, half: float = 0.1) -> CellSummary:
    """Return the cell with an overhead in percent of its local latency."""
    local = cell.arms["local"].latency_ns
    assert local is not None
    share = make_estimate(percent, half)
    overhead_ns = Estimate(percent / 100 * local.point, None, None, LEVEL, cell.blocks)
    overhead = Overhead(overhead_ns=overhead_ns, overhead_percent=share)
    return replace(cell, overhead=overhead, overhead_verdict=verdict)


def computing(percent: float, half: float) -> dict[str, Estimate]:
    return {COMPUTE_DIFFERENCE: make_estimate(percent, half)}


COSTLY = replace(
    summary(*(over(cell(b, t, 4.0, UNDECIDED), 3.0 * t) for b in (1, 4, 16) for t in (1, 2))),
    pooled=computing(0.9, 3.0),
)
LINK = make_info(placement={"remote": "a worker at tcp://HOST:5555, reached over ZeroMQ on TCP"})


def answer(*arguments: Any) -> str:
    """Return the answer and what to know of it, as one text."""
    return " ".join(filter(None, lede.answer(*arguments)))


def test_the_first_sentence_says_what_remote_adds_in_ms_and_in_percent() -> None:
    assert answer(LINK, COSTLY, "").startswith(
        "With 2 threads, remote adds 0.62 ms to a request at batch 1 (6.0% of the local latency) "
        "and 8.64 ms at batch 16 (6.0%); with 1 thread it is 3.0% and 3.0%. "
    )


def test_one_cell_is_told_once() -> None:
    one = summary(over(cell(8, 1, 4.0, UNDECIDED), 5.4))
    assert answer(LINK, one, "") == (
        "With 1 thread, remote adds 7.01 ms to a request at batch 8 (5.4% of the local latency)."
    )


def test_an_undecided_cell_is_never_no_latency() -> None:
    open_cell = over(cell(8, 1, 27.2, UNDECIDED), 2.5, UNDECIDED, half=1.5)
    said = answer(LINK, summary(open_cell), "")
    assert "(2.5% of the local latency, undecided)" in said
    assert (
        "The overhead is undecided at batch 8 with 1 thread: an interval of up to ±1.50 points is "
        "too wide to distinguish it from 2%. More blocks, or a quieter host, would decide it."
    ) in said
    assert "no latency" not in said


@pytest.mark.parametrize(
    ("point", "half", "said"),
    [
        (0.9, 3.0, "No difference in computing could be shown: +0.9% (−2.1 to +3.9), all"),
        (0.5, 1.0, "The worker computes as fast as the local process: +0.5% (−0.5 to +1.5), all"),
        (5.0, 1.0, "The worker computes more slowly than the local process: +5.0% (+4.0 to +6.0)"),
        (-5.0, 1.0, "The worker computes faster than the local process: −5.0% (−6.0 to −4.0)"),
    ],
)
def test_computing_is_as_fast_only_where_the_interval_lies_within_2_percent(
    point: float, half: float, said: str
) -> None:
    assert said in answer(LINK, replace(COSTLY, pooled=computing(point, half)), "")


def test_on_loopback_it_is_the_cost_of_another_process() -> None:
    assert "another process, not of a network" in answer(make_info(), COSTLY, "")
    assert "another process" not in answer(LINK, COSTLY, "")
    near = make_info(
        placement={"remote": "a worker at tcp://127.0.0.1:5555"}, link={"interface": "lo"}
    )
    assert "another process" in answer(near, COSTLY, "")


@pytest.mark.parametrize(
    ("blocks", "invalid", "said"),
    [
        (8, 0, "8 of the 10 blocks that a verdict on the loss needs count."),
        (1, 0, "1 of the 3 blocks that an interval needs counts; measure longer."),
        (10, 10, "No block counts, so nothing is decided; measure again on a quieter host."),
        (10, 0, ""),
    ],
)
def test_how_many_blocks_count_is_a_sentence_of_its_own(
    blocks: int, invalid: int, said: str
) -> None:
    every = replace(COSTLY, blocks=blocks)
    known = replace(every, invalid_blocks=tuple(range(invalid)), with_invalid=every)
    assert blocks_words(known if invalid else every) == said
    assert answer(LINK, known if invalid else every, "").endswith(said)


def test_a_run_without_any_cell_says_so() -> None:
    nothing = summary(unmeasured(make_cell(1, 1)))
    assert answer(LINK, nothing, "") == "ResNet50: nothing has been measured yet."


def test_the_crossover_is_the_least_batch_from_which_on_intervals_stay_below_5_percent() -> None:
    low = summary(*(over(cell(b, 1, 9.0, SLOWER), 4.0) for b in (1, 4)))
    assert crossover(low, "") == (
        "The overhead is below 5% of the local latency, interval included, at every batch size."
    )
    late = summary(
        over(cell(1, 1, 0.0, SLOWER), 4.8, half=0.5),  # its interval reaches 5.3
        over(cell(4, 1, 0.0, SLOWER), 1.0),
        over(cell(1, 2, 0.0, SLOWER), 9.0),
        over(cell(4, 2, 0.0, SLOWER), 7.0),
    )
    assert crossover(late, "") == (
        "The overhead is below 5% of the local latency, interval included, from batch 4 on with "
        "1 thread, and at no batch size with 2 threads."
    )


def test_a_cell_that_was_not_measured_says_nothing_of_the_crossover() -> None:
    cells = [over(cell(1, 1, 0.0, EQUIVALENT), 1.0), unmeasured(make_cell(4, 1))]
    assert crossover(summary(*cells), "").endswith("at every batch size.")
    assert crossover(summary(unmeasured(make_cell(4, 1))), "") == ""


def test_thread_counts_that_agree_are_told_together() -> None:
    cells = [
        over(cell(b, t, 0.0, SLOWER), 9.0 if t == 8 else 1.0) for b in (1, 4) for t in (1, 2, 3, 8)
    ]
    said = crossover(summary(*cells), "")
    assert (
        "at every batch size with 1, 2 and 3 threads, and at no batch size with 8 threads" in said
    )


def test_a_smoke_test_says_nothing_of_a_loss() -> None:
    assert "%" not in answer(LINK, COSTLY, SMOKE)


@pytest.mark.parametrize(("worker", "said"), [("embedded", False), ("tcp://10.0.0.7:5555", True)])
def test_the_command_repeats_the_experiment_and_names_no_address(
    worker: str, *, said: bool
) -> None:
    info = make_info()
    experiment = msgspec.structs.replace(info.experiment, worker=worker)
    text = command(msgspec.structs.replace(info, experiment=experiment), make_budget("standard"))
    assert text.startswith("scalebench measure --preset standard --model resnet50 --image-size 224")
    assert "--batch-sizes 1,2,4,8,16,32,64 --threads 1,2 --seed 1 --allocator tuned" in text
    assert ("--worker tcp://HOST:PORT" in text) == said
    assert "10.0.0.7" not in text


def test_the_command_of_a_run_that_was_given_minutes_gives_them_too() -> None:
    said = command(make_info(), make_budget("quick", 12.5))
    assert said.startswith("scalebench measure --preset quick --model resnet50")
    assert said.endswith("--minutes 12.5")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 block gives no interval: an overhead needs 3 blocks that count."),
        (2, "2 blocks give no interval: an overhead needs 3 blocks that count."),
        (
            3,
            "3 blocks give an overhead with its interval in each cell; a verdict on the loss needs",
        ),
        (9, "9 blocks give an overhead with its interval"),
        (10, "10 blocks give overhead and loss of each cell, with their intervals and verdicts."),
        (None, "3 blocks give an overhead with its interval in each cell, 10 a verdict on the"),
    ],
)
def test_beforehand_it_is_known_what_so_many_blocks_say(count: int | None, said: str) -> None:
    assert what_blocks_say(count).startswith(said)
