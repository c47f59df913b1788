"""What a page says of how its run went: each warning, and its absence."""

from pathlib import Path

import pandas as pd
import pytest

from bench.page.notices import run_course
from bench.pipeline.run_summary import summarise_run
from bench.store.folder import RunFolder
from bench.store.read import read_samples
from tests.store.factory import make_run

Run = tuple[RunFolder, pd.DataFrame]


@pytest.fixture
def measured(tmp_path: Path) -> Run:
    folder = make_run(tmp_path / "run", 6)
    return folder, read_samples(folder)


def flags(run: Run) -> dict[str, str]:
    """Return the warnings of a run, by their first word."""
    folder, samples = run
    course = run_course(folder, samples, summarise_run(folder, samples))
    return {flag.partition(":")[0]: flag for flag in course.flags}


def test_a_run_whose_memory_stayed_as_it_was_says_nothing_of_it(measured: Run) -> None:
    assert not {"memory_grew", "allocator_not_tuned"} & flags(measured).keys()


def test_memory_that_grew_while_requests_were_timed_is_told_with_arm_and_cell(
    measured: Run,
) -> None:
    folder, samples = measured
    grew = (samples.arm == "remote") & (samples.batch_size == 8) & (samples.phase == "latency")
    told = flags((folder, samples.assign(minor_faults_count=10_000 * grew)))
    assert "remote 8/1 8/2)" in told["memory_grew"]


def test_a_rate_of_the_link_that_the_probes_disprove_is_told(measured: Run) -> None:
    folder, samples = measured
    heavy = samples.assign(payload_bytes=10**9)
    assert "faster_than_wire" not in flags((folder, heavy))
    slow = make_run(folder.path.with_name("slow"), 6, link={"speed_mbps": 1000})
    told = flags((slow, heavy))
    assert "batch 1, 2, 8" in told["faster_than_wire"]
    assert "1000 Mbit/s" in told["faster_than_wire"]
