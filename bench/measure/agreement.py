"""What both arms must agree on before anything is timed, and what may differ."""

import numpy as np
import numpy.typing as npt

from bench.errors import WorkerError
from bench.records import Cell, Facts

MUST_AGREE = ("engine", "weights_digest", "dtype", "mode", "memory_format", "threads", "allocator")
MAY_DIFFER = ("torch", "torchvision", "cpu_capability", "libraries")
RELATIVE_TOLERANCE = 1e-3
_MOST_OF_THE_SCALE = 1e-4


def check_agreement(client: Facts, worker: Facts, endpoint: str) -> list[str]:
    """Return the differences that may be, one line each.

    Raises
    ------
    WorkerError
        At the first difference that may not be, with both values.
    """
    for name in MUST_AGREE:
        if client.get(name) != worker.get(name):
            raise WorkerError(
                f"the worker at {endpoint} would measure something else: {name} is "
                f"{client.get(name)!r} here and {worker.get(name)!r} there; make them agree."
            )
    return [
        f"{name} is {client.get(name)} here and {worker.get(name)} there"
        for name in MAY_DIFFER
        if client.get(name) != worker.get(name)
    ]


def check_answer(
    ours: npt.NDArray[np.float32], theirs: npt.NDArray[np.float32], cell: Cell, batch_index: int
) -> None:
    """Compare the logits of one batch; a worker that is fast but wrong fails the run.

    Raises
    ------
    WorkerError
        If they are not close, or not finite.
    """
    scale = float(np.abs(ours).max()) * _MOST_OF_THE_SCALE
    if not np.allclose(ours, theirs, rtol=RELATIVE_TOLERANCE, atol=scale):
        raise WorkerError(
            f"the worker answers wrongly: at batch size {cell.batch_size}, {cell.threads} threads, "
            f"batch {batch_index} its logits differ by up to {np.abs(ours - theirs).max():.3g} "
            "from the local ones; the run stops, since its times mean nothing."
        )
