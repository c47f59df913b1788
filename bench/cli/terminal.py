"""What a person sees: progress on standard error, tables on standard output."""

import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bench.measure.events import SegmentDone
from bench.records import Arm, Experiment
from bench.stats.estimate import Estimate, Summary


class ProgressReport:
    """Shows how a run goes on; draws only between segments, never while one is measured."""

    def __init__(self, experiment: Experiment, segment_count: int, *, quiet: bool) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True)
        self._segments_per_block = segment_count
        self._last: dict[Arm, float] = {}
        self._loss = ""
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
        self._model = experiment.model

    def run_chosen(self, folder: Path, reason: str, blocks_done: int, blocks_planned: int) -> None:
        """Say which run this is."""
        left = blocks_planned - blocks_done
        self._say(
            f"{self._model}: {folder} ({reason}); "
            f"{blocks_done} of {blocks_planned} blocks are there"
        )
        self._progress.update(self._task, total=left * self._segments_per_block)
        self._progress.start()

    def segment_done(self, block: int, event: SegmentDone) -> None:
        """Move on by one segment."""
        self._remember(event)
        cell = event.cell
        text = f"block {block}  batch {cell.batch_size}  threads {cell.threads}  {event.arm}"
        text += self._loss
        self._progress.update(self._task, advance=1, description=text)
        self._progress.refresh()
        if self._progress.disable and time.monotonic() - self._line_at > 5:  # noqa: PLR2004
            self._line_at = time.monotonic()
            self._say(text)

    def notice(self, text: str) -> None:
        """Say something that a reader should know."""
        self._say(text)

    def close(self) -> None:
        """End the bar."""
        self._progress.stop()

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _remember(self, event: SegmentDone) -> None:
        times = sorted(
            s.client.done_ns - s.client.start_ns
            for s in event.samples
            if s.phase == "latency" and s.client.done_ns is not None
        )
        if times:
            self._last[event.arm] = times[len(times) // 2]
        if {Arm.LOCAL, Arm.REMOTE} <= self._last.keys():
            loss = 100 * (self._last[Arm.REMOTE] / self._last[Arm.LOCAL] - 1)
            self._loss = f"  last loss {loss:+.1f} %"
            self._last.clear()


def print_summary(summary: Summary) -> None:
    """Print a compact table."""
    # Narrow enough for 80 columns with both intervals.
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    names = ("batch", "thr", "local ms", "remote ms", "latency loss %", "throughput loss %")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for cell in summary.cells:
        table.add_row(
            str(cell.batch_size),
            str(cell.threads),
            *(_short(e, 1e-6) for e in (cell.latency_local_ns, cell.latency_remote_ns)),
            *(_percent(e) for e in (cell.latency_loss_percent, cell.throughput_loss_percent)),
            cell.latency_verdict,
        )
    Console(soft_wrap=True).print(table)


def _short(estimate: Estimate | None, scale: float) -> str:
    return "" if estimate is None else f"{estimate.point * scale:.4g}"


def _percent(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    if estimate.low is None:
        return f"{estimate.point:+.1f}"
    return f"{estimate.point:+.1f} [{estimate.low:+.1f} {estimate.high:+.1f}]"
