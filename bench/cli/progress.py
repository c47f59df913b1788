"""The progress of a measurement on the terminal: its plan, a bar, and the overhead so far."""

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bench.cli.terminal import make_console
from bench.measure.duration import block_seconds
from bench.measure.events import SegmentDone
from bench.page.lede import what_blocks_say
from bench.plan import block_passes, make_block, restart_image_count
from bench.records import Arm, BlockRecord, Budget, Cell, Experiment
from bench.text.numbers import counted, duration_words, number
from bench.units import ns_to_ms, ns_to_s

_LINE_EVERY_S = 5.0


_MEANING = "A pass is one request of each cell in both placements."


class ProgressReport:
    """Shows the progress of a run; prints only between segments, never while one is measured."""

    def __init__(self, experiment: Experiment, *, quiet: bool) -> None:
        self._experiment = experiment
        self._quiet = quiet
        self._console = make_console(stderr=True)
        self._block_images = sum(
            restart_image_count(experiment, restart)
            for restart in make_block(experiment, 1).restarts
        )
        self._last: dict[Arm, float] = {}
        self._last_cell: Cell | None = None
        self._overheads: defaultdict[Cell, list[float]] = defaultdict(list)
        self._overhead = ""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f}%"),
            TimeRemainingColumn(),
            console=self._console,
            auto_refresh=False,  # a refresh thread would run beside the timed loop
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._progress.add_task("starting", total=None)
        self._line_at = 0.0
        self._begun_s = time.monotonic()
        self._blocks_left: int | None = None

    def run_chosen(
        self, folder: Path, reason: str, done: Sequence[BlockRecord], budget: Budget
    ) -> None:
        """Print which run this is, and what is planned.

        Parameters
        ----------
        folder : Path
            The folder of the run.
        reason : str
            Why this folder was chosen, in words.
        done : sequence of BlockRecord
            The complete blocks that the run has already.
        budget : Budget
            When the run ends.
        """
        self._print(f"{self._experiment.model}: {folder} ({reason})")
        for line in plan_lines(self._experiment, budget, len(done)):
            self._print(line)
        engines = self._experiment.engines
        if engines.local.compiled or engines.remote.compiled:
            self._print("Each start compiles the model: minutes the first time, seconds later.")
        if budget.minutes is None and (count := max(0, budget.max_blocks - len(done))):
            self._blocks_left = count
            self._progress.update(self._task, total=count * self._block_images)
            if done:
                self._print_time_left(mean(ns_to_s(record.wall_ns) for record in done))
        self._progress.start()
        self._begun_s = time.monotonic()

    def segment_done(self, block: int, event: SegmentDone) -> None:
        """Advance the bar by one segment."""
        if self._blocks_left is not None:
            self._print_time_left(_first_estimate(self._experiment, event, self._begun_s))
        self._remember(event)
        cell = event.cell
        text = f"block {block}  batch {cell.batch_size}  threads {cell.threads}  {event.arm}"
        text += self._overhead
        images = sum(s.batch_size for s in event.samples if s.phase != "probe")
        self._progress.update(self._task, advance=images, description=text)
        self._progress.refresh()
        if self._progress.disable and time.monotonic() - self._line_at > _LINE_EVERY_S:
            self._line_at = time.monotonic()
            self._print(text)

    def block_dismissed(self, block: int, reasons: Sequence[str]) -> None:
        """Print why a block does not count; the bar grows by the block that replaces it."""
        self._print(f"block {block} is kept but does not count: {'; '.join(reasons)}")
        task = self._progress.tasks[self._task]
        if task.total is not None:
            self._progress.update(self._task, total=task.total + self._block_images)

    def notice(self, text: str) -> None:
        """Print a notice."""
        self._print(text)

    def close(self) -> None:
        """End the bar."""
        self._progress.stop()

    def _print(self, text: str) -> None:
        if not self._quiet:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _print_time_left(self, block_s: float) -> None:
        """Print, once, how long the remaining blocks take."""
        assert self._blocks_left is not None
        self._print(f"about {duration_words(self._blocks_left * block_s)} to go")
        self._blocks_left = None

    def _remember(self, event: SegmentDone) -> None:
        """Keep the overhead of a segment; once both arms of a cell are done, show its mean."""
        overheads_ns = [
            sample.overhead_ns
            for sample in event.samples
            if sample.phase == "latency" and sample.overhead_ns is not None
        ]
        if event.cell != self._last_cell:  # an arm of the cell before it may have had no answer
            self._last.clear()
            self._last_cell = event.cell
        if overheads_ns:
            self._last[event.arm] = median(overheads_ns)
        if {Arm.LOCAL, Arm.REMOTE} <= self._last.keys():
            cell, differences = event.cell, self._overheads[event.cell]
            differences.append(self._last[Arm.REMOTE] - self._last[Arm.LOCAL])
            self._last.clear()
            where = f"batch {cell.batch_size}, {counted(cell.threads, 'thread')}"
            so_far = f"{number(ns_to_ms(mean(differences)))} ms"
            self._overhead = (
                f"  overhead so far {so_far} ({where}, {counted(len(differences), 'block')})"
            )


def plan_lines(experiment: Experiment, budget: Budget, done_count: int) -> list[str]:
    """Return the plan in words: its size, the complete blocks, and what the result can show.

    Parameters
    ----------
    experiment : Experiment
        What is measured.
    budget : Budget
        When the run ends.
    done_count : int
        How many blocks are complete already.
    """
    cells = counted(len(experiment.cells), "cell")
    starts, passes = counted(len(experiment.threads), "start"), block_passes(experiment)
    of_block = f"{cells}, {passes:.1f} passes and {starts} of both processes"
    if budget.minutes is not None:
        return [
            f"plan: as many blocks as fit into {duration_words(60 * budget.minutes)}",
            f"each block: {of_block}. {_MEANING}",
            what_blocks_say(None),
        ]
    blocks = budget.max_blocks
    done_words = f", {done_count} of them measured already" if done_count else ""
    return [
        f"plan: {counted(blocks, 'block')}{done_words}; about {blocks * passes:.0f} passes in all",
        f"each block: {of_block}. {_MEANING}",
        what_blocks_say(blocks),
    ]


def _first_estimate(experiment: Experiment, event: SegmentDone, begun_s: float) -> float:
    """Return how long a block takes [s], from its first segment and the start before it."""
    singly = [s for s in event.samples if s.in_flight_count == 1 and s.phase != "probe"]
    image_s = median(ns_to_s(s.latency_ns or 0) for s in singly) / event.cell.batch_size
    measured_s = image_s * sum(s.batch_size for s in event.samples if s.phase != "probe")
    start_s = max(0.0, time.monotonic() - begun_s - measured_s)
    return block_seconds(experiment, start_s, {event.cell.threads: image_s})
