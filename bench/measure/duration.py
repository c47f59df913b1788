"""How long a block takes: the number of images in the plan times the time of one image."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.codec.open import open_codec
from bench.engine.spec import CHANNELS
from bench.measure.events import SegmentDone
from bench.measure.request import MeasureRequest
from bench.measure.restart import measure_restart, worker_address
from bench.plan import make_block, restart_image_count
from bench.records import Address, Arm, BlockRecord, Budget, Experiment, Restart, Visit
from bench.units import ns_to_s

PROBE_BATCH_SIZE = 8


def request_bytes(experiment: Experiment, batch_size: int) -> int:
    """Return how large the payload of one request is, or may be [bytes]."""
    side = experiment.image_size
    codec = open_codec(experiment.codec, experiment.preprocess)
    return codec.payload_bytes((batch_size, CHANNELS, side, side))


class _Silent:
    """Ignores all events of a probe."""

    def run_chosen(
        self, folder: Path, reason: str, done: Sequence[BlockRecord], budget: Budget
    ) -> None:
        """Ignore the run: a probe has none."""

    def segment_done(self, block: int, event: SegmentDone) -> None:
        """Ignore a segment."""

    def block_dismissed(self, block: int, reasons: Sequence[str]) -> None:
        """Ignore a block: a probe has none."""

    def notice(self, text: str) -> None:
        """Ignore a notice."""


def block_seconds(experiment: Experiment, start_s: float, image_s: Mapping[int, float]) -> float:
    """Return the expected duration of one block [s].

    The time of an image at T threads is taken as a + b / T (Amdahl's law) [1]_, with both constants
    from the smallest and the largest thread count that was probed; with one count, a is 0.

    Parameters
    ----------
    start_s : float
        How long both processes take to start [s].
    image_s : mapping of int to float
        The time of one image [s], by thread count; at least one.

    References
    ----------
    .. [1] G. Amdahl, "Validity of the single processor approach", 1967.
    """
    fewest, most = min(image_s), max(image_s)
    slow, fast = image_s[fewest], image_s[most]
    parallel = (slow - fast) / (1 / fewest - 1 / most) if most > fewest else slow * fewest
    serial = slow - parallel / fewest
    return sum(
        start_s + restart_image_count(experiment, restart) * (serial + parallel / restart.threads)
        for restart in make_block(experiment, 1).restarts
    )


def probed_block_seconds(request: MeasureRequest) -> float:
    """Return the expected duration of one block [s], from a short probe on this machine."""
    threads = request.experiment.threads
    with worker_address(request) as address:
        probes = {t: _probe(request, t, address) for t in {min(threads), max(threads)}}
    start_s = max(start_s for start_s, _ in probes.values())
    return block_seconds(request.experiment, start_s, {t: s for t, (_, s) in probes.items()})


def _probe(request: MeasureRequest, threads: int, address: Address) -> tuple[float, float]:
    """Return the time of a restart and of one image at ``threads`` [s]."""
    sizes = request.experiment.batch_sizes
    batch_size = max((s for s in sizes if s <= PROBE_BATCH_SIZE), default=min(sizes))
    visit = Visit(batch_size=batch_size, arms=(Arm.LOCAL,))
    restart = Restart(threads=threads, visits=(visit,))
    record, samples = measure_restart(request, 0, restart, address, _Silent())
    image_ns = median(sample.latency_ns or 0 for sample in samples) / batch_size
    return ns_to_s(record.startup_ns), ns_to_s(image_ns)
