"""How long a run would take: a short probe of the model, and the plan's number of images."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.engine.spec import CHANNELS, DTYPE
from bench.measure.events import SegmentDone
from bench.measure.request import MeasureRequest
from bench.measure.restart import measure_restart, worker_endpoint
from bench.plan import make_block, restart_image_count
from bench.records import Arm, Restart, Visit
from bench.units import ns_to_s
from bench.wire import tensor_bytes

PROBE_BATCH_SIZE = 8


def request_bytes(batch_size: int, image_size: int) -> int:
    """Return the size of one request's tensor [bytes]."""
    return tensor_bytes(DTYPE, (batch_size, CHANNELS, image_size, image_size))


class _Silent:
    """Hears a probe and says nothing."""

    def run_chosen(self, folder: Path, reason: str, blocks_done: int, blocks_planned: int) -> None:
        """Ignore which run it is: a probe has none."""

    def segment_done(self, block: int, event: SegmentDone) -> None:
        """Ignore a segment."""

    def block_dismissed(self, block: int, reasons: Sequence[str]) -> None:
        """Ignore a block: a probe has none."""

    def notice(self, text: str) -> None:
        """Ignore a notice."""


def estimate_seconds(request: MeasureRequest) -> float:
    """Return the expected duration of all blocks [s]; at most, where a preset may end early.

    The time of an image at T threads is taken as a + b / T (Amdahl's law), with both constants
    from a probe at the fewest and the most threads of the plan.
    """
    experiment = request.experiment
    fewest, most = min(experiment.threads), max(experiment.threads)
    with worker_endpoint(request) as endpoint:
        probes = {t: _probe(request, t, endpoint) for t in {fewest, most}}
    startup_s = max(startup for startup, _ in probes.values())
    slow, fast = probes[fewest][1], probes[most][1]
    parallel = (slow - fast) / (1 / fewest - 1 / most) if most > fewest else 0.0
    serial = slow - parallel / fewest
    block_s = sum(
        startup_s + restart_image_count(experiment, restart) * (serial + parallel / restart.threads)
        for restart in make_block(experiment, 1).restarts
    )
    return block_s * request.budget.max_blocks


def _probe(request: MeasureRequest, threads: int, endpoint: str) -> tuple[float, float]:
    """Return the time of a restart and of one image at ``threads`` [s]."""
    sizes = request.experiment.batch_sizes
    batch_size = max((s for s in sizes if s <= PROBE_BATCH_SIZE), default=min(sizes))
    visit = Visit(batch_size=batch_size, arms=(Arm.LOCAL,))
    restart = Restart(threads=threads, visits=(visit,))
    record, samples = measure_restart(request, 0, restart, endpoint, _Silent())
    image_ns = median(sample.latency_ns or 0 for sample in samples) / batch_size
    return ns_to_s(record.startup_ns), ns_to_s(image_ns)
