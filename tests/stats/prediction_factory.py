"""Made-up blocks of a run over loopback, of which every part is known."""

from collections.abc import Callable, Sequence

import pandas as pd

MS = 1e6
IMAGE_BYTES = 602_112
REPLY_BYTES = 4000
OTHERS_MS = 0.5
"""All of a remote request that is neither transport nor compute."""
COMPUTE_MS = 50.0
"""Of an image, with one thread, in both arms."""
COPY_MS = 0.25
"""Of an image."""
FRAMED = 1514 / 1448
SIZES = (1, 4, 16, 64)


def make_values(
    fixed_ms: Sequence[float] = (0.6, 0.8, 0.7, 0.65, 0.75, 0.7),
    *,
    sizes: Sequence[int] = SIZES,
    threads: Sequence[int] = (1,),
    compute_ms: Callable[[int], float] = lambda _block: COMPUTE_MS,
) -> pd.DataFrame:
    """Return the segments of both arms, one block for each fixed part of the transport.

    Parameters
    ----------
    fixed_ms : sequence of float
        What transport takes without a payload, in each block.
    sizes, threads : sequence of int
        The cells.
    compute_ms : callable
        What an image takes in a block, counted from 1, in both arms with one thread.
    """
    rows = []
    for block, fixed in enumerate(fixed_ms, start=1):
        for size in sizes:
            for count in threads:
                compute = compute_ms(block) * size / count
                transport = fixed + COPY_MS * size
                rows += [
                    _row((size, count, block, "local"), 0.0, 0.0, compute),
                    _row((size, count, block, "remote"), OTHERS_MS, transport, compute),
                ]
    return pd.DataFrame(rows).set_index(["batch_size", "threads", "block", "arm"]).sort_index()


def wire_ms(images: int, mbps: float, image_bytes: float = IMAGE_BYTES) -> float:
    """Return how long the frames of a request and of its answer are on a wire [ms]."""
    return images * (image_bytes + REPLY_BYTES) * 8 * FRAMED / (mbps * 1e6) * 1e3


def _row(
    key: tuple[int, int, int, str], others_ms: float, transport_ms: float, compute_ms: float
) -> dict[str, object]:
    size, threads, block, arm = key
    return {
        "batch_size": size,
        "threads": threads,
        "block": block,
        "arm": arm,
        "latency_ns": MS * (others_ms + transport_ms + compute_ms),
        "overhead_ns": MS * (others_ms + transport_ms),
        "transport_ns": MS * transport_ms if arm == "remote" else float("nan"),
        "compute_ns": MS * compute_ms,
        "encode_ns": MS * others_ms,
        **dict.fromkeys(("queue_ns", "decode_in_ns", "encode_out_ns", "decode_ns"), 0.0),
        "payload_bytes": float(size * IMAGE_BYTES),
    }
