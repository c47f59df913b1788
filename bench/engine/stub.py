"""A model without torch that takes a fixed time: what else a request takes is not computing."""

import hashlib
import time

import numpy as np
import numpy.typing as npt

from bench.engine.spec import HostEngine
from bench.records import Facts
from bench.units import NS_PER_MS, NS_PER_S

_SPIN_NS = 200_000
_WEIGHTS = np.linspace(-1.0, 1.0, 1000, dtype=np.float32)


class StubEngine(HostEngine):
    """Reads each byte of a batch and answers after ``delay_ms``.

    The logits are the mean of each image times a constant row, so that a wrong batch gives a
    wrong answer here as well.
    """

    def __init__(self, *, delay_ms: int, threads: int) -> None:
        self._delay_ns = delay_ms * NS_PER_MS
        self._threads = threads

    @property
    def class_count(self) -> int:
        """How many logits an image has."""
        return len(_WEIGHTS)

    def facts(self) -> Facts:
        """Return the facts of the stub; it computes with one thread at any thread count."""
        return {
            "engine": "stub",
            "weights_digest": hashlib.sha256(_WEIGHTS.tobytes()).hexdigest(),
            "dtype": self.output_dtype,
            "threads": self._threads,
        }

    def prepare(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the batch, float32 [B, 3, S, S], as it is."""
        return batch

    def infer(self, batch: object) -> memoryview:
        """Return the logits when the time is over: it sleeps, and spins for the last 0.2 ms.

        Parameters
        ----------
        batch : ndarray, float32 [B, 3, S, S]
            As :meth:`prepare` returns it.

        Returns
        -------
        memoryview
            float32 [B, class_count], as bytes in C order.
        """
        assert isinstance(batch, np.ndarray)
        end_ns = time.perf_counter_ns() + self._delay_ns
        means = batch.reshape(len(batch), -1).mean(axis=1, dtype=np.float32)
        logits = np.outer(means, _WEIGHTS)
        pause_ns = end_ns - _SPIN_NS - time.perf_counter_ns()
        if pause_ns > 0:
            time.sleep(pause_ns / NS_PER_S)
        while time.perf_counter_ns() < end_ns:
            pass
        return logits.data.cast("B")
