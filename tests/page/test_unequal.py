"""Arms with different engines: how many times as fast remote is, and what each arm was."""

from dataclasses import replace

import msgspec
import pytest

from bench.page.crossover import pays_from
from bench.page.engines import (
    answer_words,
    compile_words,
    emulation_notices,
    engine_options,
    engine_pairs,
    threads_note,
)
from bench.page.facts import command, plan_facts
from bench.page.headline import headline_figures
from bench.page.lede import answer
from bench.records import AnswerComparison, Engines, EngineSpec, RunInfo
from bench.stats.estimate import Estimate
from bench.stats.verdict_words import FASTER, SLOWER
from tests.page.factory import make_info
from tests.page.test_lede import cell, over, summary
from tests.restarts import make_restart

CPU = EngineSpec(model="resnet50")
GPU = EngineSpec(
    model="resnet50",
    device="cuda:1",
    precision="bfloat16",
    memory_format="channels_last",
    mode="compile",
)
TO_GPU, TO_CPU = Engines(local=CPU, remote=GPU), Engines(local=GPU, remote=CPU)
GPU_WORDS = "CUDA 1, bfloat16, channels last, compiled"
CPU_WORDS = "CPU, float32, eager"


def info_of(engines: Engines) -> RunInfo:
    info = make_info()
    return msgspec.structs.replace(
        info, experiment=msgspec.structs.replace(info.experiment, engines=engines)
    )


def test_remote_that_is_ten_times_faster_reads_so() -> None:
    fast = summary(*(over(cell(b, 2, -90.0, FASTER), 1.0) for b in (1, 8)))
    first, remarks = answer(info_of(TO_GPU), fast, "")
    assert first == (
        f"With 2 threads, remote ({GPU_WORDS}) is 10.0 times as fast at batch 1 (9.52 to 10.5) and "
        f"is 10.0 times as fast at batch 8 (9.52 to 10.5), compared with local ({CPU_WORDS})."
    )
    assert remarks.startswith(
        "Remote is faster, interval included, at every batch size. With 2 threads, all but "
        "computing adds"
    )
    figures = headline_figures(info_of(TO_GPU).experiment, fast, 10)
    assert figures[0] == {
        "value": "10.0×",  # noqa: RUF001 - the sign of multiplication
        "label": "as fast as local, batch 1, 2 threads: 9.52 to 10.5",
        "tone": "better",
    }


def test_remote_that_is_ten_times_slower_reads_so() -> None:
    slow = summary(*(over(cell(b, 2, 900.0, SLOWER), 5.0) for b in (1, 8)))
    first, remarks = answer(info_of(TO_CPU), slow, "")
    assert first.startswith(f"With 2 threads, remote ({CPU_WORDS}) takes 10.0 times as long")
    assert remarks.startswith("Remote is faster, interval included, at no batch size.")
    figures = headline_figures(info_of(TO_CPU).experiment, slow, 10)
    assert (figures[0]["value"], figures[0]["tone"]) == ("10.0×", "worse")  # noqa: RUF001


def test_where_remote_begins_to_pay_and_where_it_takes_as_long() -> None:
    mixed = summary(
        over(cell(1, 2, 30.0, SLOWER), 5.0),
        over(cell(4, 2, 0.2, "equivalent"), 5.0),
        over(cell(8, 2, -20.0, FASTER), 5.0),
    )
    assert pays_from(mixed) == "Remote is faster, interval included, from batch 8 on."
    first, _ = answer(info_of(TO_GPU), summary(over(cell(4, 2, 0.2, "equivalent"), 5.0)), "")
    assert "takes as long at batch 4 (0.997 to 1.01 times)" in first


def test_a_ratio_without_an_interval_is_a_number_alone() -> None:
    loss = Estimate(-50.0, None, None, 0.95, 3)
    few = summary(replace(over(cell(1, 2, -50.0, FASTER), 5.0), latency_loss_percent=loss))
    first, remarks = answer(info_of(TO_GPU), few, "")
    assert remarks.startswith("Remote is faster at every batch size.")
    assert "is 2.00 times as fast at batch 1, compared with local" in first


def test_equal_engines_are_one_row_and_their_words_are_typed_once() -> None:
    both = Engines(local=GPU, remote=GPU)
    assert engine_pairs(both) == [["Engine", GPU_WORDS]]
    assert engine_options(both) == {"engine": "cuda:1,bfloat16,channels_last,compile"}
    assert engine_options(Engines(local=CPU, remote=CPU)) == {}


@pytest.mark.parametrize(
    ("engines", "options"),
    [
        (TO_GPU, "--remote-engine cuda:1,bfloat16,channels_last,compile"),
        (TO_CPU, "--engine cuda:1,bfloat16,channels_last,compile --remote-engine cpu"),
    ],
)
def test_the_command_of_a_page_names_both_engines(engines: Engines, options: str) -> None:
    assert command(info_of(engines), None).endswith(options)
    pairs = plan_facts(info_of(engines))
    assert ["Local engine", GPU_WORDS if engines is TO_CPU else CPU_WORDS] in pairs
    assert ["Remote engine", CPU_WORDS if engines is TO_CPU else GPU_WORDS] in pairs


def test_thread_counts_are_of_the_arms_that_have_threads() -> None:
    assert threads_note(Engines(local=CPU, remote=CPU)) == ""
    assert threads_note(TO_GPU) == " (of the local arm)"
    assert threads_note(TO_CPU) == " (of the remote arm)"
    assert threads_note(Engines(local=GPU, remote=GPU)) == " (no arm computes with them)"


def test_how_answers_compare_is_told_in_words() -> None:
    answers = AnswerComparison(
        images_count=1000, equal_top1_count=984, max_deviation_fraction=0.0213
    ) + AnswerComparison(images_count=1000, equal_top1_count=1000, max_deviation_fraction=0.004)
    assert answer_words(answers) == (
        "the same top-1 answer for 99.2% of 2,000 images; logits deviate by up to 2.1% of the "
        "largest"
    )


def test_what_compiling_took_and_what_is_emulated_are_told() -> None:
    starts = [
        msgspec.structs.replace(
            make_restart(1, startup_ns=1, wall_ns=1),
            worker_compile_ns=seconds * 10**9,
            worker={"emulated": True},
        )
        for seconds in (80, 6, 7)
    ]
    assert compile_words(starts) == "remote 80.0 s at the slowest start, 7.00 s in the median of 3"
    assert compile_words([]) == ""
    (notice,) = emulation_notices(TO_GPU, starts)
    assert notice.startswith("The CPU of the remote arm has no instructions for bfloat16")
