"""What a page says of how its run went: each warning, and its absence."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

from bench.config import make_budget
from bench.page.headline import notice
from bench.page.notices import NOTICES, _cell_notices, _reason_words, run_notes
from bench.records import Budget
from bench.stats.flags import FLAGS
from bench.stats.results import summarise
from bench.store.run import Run, load_run
from tests.charts.factory import make_summary
from tests.restarts import make_restart
from tests.store.factory import make_run


@pytest.fixture
def measured(tmp_path: Path) -> Run:
    return load_run(make_run(tmp_path / "run", 6).path)


class Changed:
    """A run whose rows have other values."""

    def __init__(self, run: Run, **changes: Any) -> None:
        self._run = run
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def blocks(self) -> Any:
        """Yield the rows with their changes."""
        return (pd.DataFrame(rows).assign(**self._changes) for rows in self._run.blocks())


def notices(run: Any) -> str:
    """Return the notices of a run, each of them a sentence without an identifier."""
    found = run_notes(run, summarise(run)).notices
    for said in found:
        assert said[0].isupper()
        assert said.endswith(".")
        assert not any(name in said for name in NOTICES if "_" in name)
    return "\n".join(found)


def test_a_run_whose_memory_stayed_as_it_was_says_nothing_of_it(measured: Run) -> None:
    assert "faulted in" not in notices(measured)
    assert "gave memory back" not in notices(measured)


def test_memory_that_grew_while_requests_were_timed_is_told_with_arm_and_cell(
    measured: Run,
) -> None:
    def faults(rows: pd.DataFrame) -> Any:
        grew = (rows.arm == "remote") & (rows.batch_size == 8) & (rows.phase == "latency")
        return 10_000.0 * grew

    told = notices(Changed(measured, minor_faults_count=faults))
    assert ": remote at batch 8 with 1 thread and batch 8 with 2 threads." in told


def test_a_rate_of_the_link_that_the_probes_disprove_is_told(measured: Run) -> None:
    assert "Mbit/s" not in notices(Changed(measured, payload_bytes=10**9))
    info = msgspec.structs.replace(measured.info, link={"speed_mbps": 1000})
    told = notices(Changed(replace(measured, info=info), payload_bytes=10**9))
    assert "At batch 1, 2, 8 a round trip takes less time than 1000 Mbit/s allow" in told


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 segment, which was"), (2, "2 segments, which were")]
)
def test_segments_that_were_measured_again_are_counted(
    measured: Run, count: int, words: str
) -> None:
    assert "measured again" not in notices(measured)
    first, *others = measured.records
    restart = make_restart(repeated_segments_count=count)
    changed = msgspec.structs.replace(first, restarts=(restart,))
    told = notices(replace(measured, records=(changed, *others)))
    assert f"was not answered in time in {words} measured again" in told


def test_a_memory_that_was_given_back_is_told(measured: Run) -> None:
    restart = make_restart(client={"allocator_mapped_count": 3, "client_core_overlap": True})
    first, *others = measured.records
    changed = msgspec.structs.replace(first, restarts=(restart,))
    told = notices(replace(measured, records=(changed, *others)))
    assert "A process returned memory that its allocator was set to keep." in told
    assert "With 1 thread, the client shares the model's cores" in told


def flagged(cells: int, flag: str) -> list[str]:
    """Return the notices of a run of 6 cells of which so many have a flag."""
    summary = make_summary((1, 2), (1, 2, 8))
    marked = tuple(
        replace(cell, flags=(flag,) if place < cells else ())
        for place, cell in enumerate(summary.cells)
    )
    return _cell_notices(replace(summary, cells=marked))


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_is_a_sentence_that_names_or_counts_its_cells(flag: str) -> None:
    (few,) = flagged(2, flag)
    assert "at batch 1 with 1 thread and batch 1 with 2 threads" in few
    (many,) = flagged(5, flag)
    assert "in 5 of 6 cells" in many
    usual = flag in {"not_steady", "imprecise"}
    assert ["in every cell" in notice for notice in flagged(6, flag)] == ([] if usual else [True])


def test_what_both_processes_saw_is_told_once(measured: Run) -> None:
    line = "some avg10=0.00 avg60=0.00 avg300=0.00 total="
    before, after = {"pressure_cpu": f"{line}0"}, {"pressure_cpu": f"{line}60000000"}
    restart = make_restart(
        2,
        wall_ns=100_000_000_000,
        client_before=before,
        client_after=after,
        worker_before=before,
        worker_after=after,
    )
    record = msgspec.structs.replace(measured.records[0], restarts=(restart,))
    said = _reason_words(record)
    assert said.count("waited for a CPU") == 1
    assert said.endswith("(client, 2 threads, worker, 2 threads)")


@pytest.mark.parametrize(
    ("budget", "to_come"),
    [
        (make_budget("standard"), 6),
        (make_budget("quick"), 0),
        (Budget(preset="standard", max_blocks=7), 1),
        (Budget(preset="standard", max_blocks=4), 0),  # ended: 6 blocks, of which too few count
        (None, 0),
    ],
)
def test_a_run_whose_plan_has_more_blocks_says_how_many_are_to_come(
    measured: Run, budget: Budget | None, to_come: int
) -> None:
    results = summarise(measured)
    assert run_notes(replace(measured, budget=budget), results).blocks_to_come == to_come


def test_a_run_that_is_precise_enough_has_nothing_to_come(measured: Run) -> None:
    full = replace(measured, budget=make_budget("full"))
    results = summarise(full)
    assert run_notes(full, results).blocks_to_come == 34
    precise = tuple(replace(decision, precise=True) for decision in results.decisions)
    assert run_notes(full, replace(results, decisions=precise)).blocks_to_come == 0


def test_the_banner_of_an_unfinished_run_says_how_many_blocks_are_missing() -> None:
    banner = notice("exploratory", 2)
    assert banner is not None
    assert banner["title"] == "Unfinished: 2 blocks of its plan are to come"
    assert "So few repetitions" in banner["text"]
    assert banner["text"].endswith("The figures are those of the blocks so far.")
    assert (notice("", 1) or {})["title"] == "Unfinished: 1 block of its plan is to come"
    assert notice("") is None
