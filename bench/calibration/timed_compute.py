"""The real compute process, with programmed times and one programmed fault."""

import os
import time
from functools import partial
from typing import Any, cast

import msgspec
import numpy as np
import numpy.typing as npt

from bench.calibration.clocks import OTHER_HOST, spin_until
from bench.engine.spec import HostEngine
from bench.records import Address, Facts
from bench.transport.server import Job, Server
from bench.units import NS_PER_MS
from bench.wire import Buffer
from bench.wire.messages import Failure, Reply
from bench.worker import compute

VARIABLE = "SCALEBENCH_TIMING_SCRIPT"
ANSWER_COUNT = 1000
"""Logits of an image, as a model of ImageNet has them."""
clock = time.perf_counter_ns


class TimingScript(msgspec.Struct, frozen=True):
    """The compute time of requests, log-normal about a median, and the programmed fault.

    ``added_ns`` is spent at ``place``, one of the components that a worker is responsible for;
    ``queued_ns`` is the median of the additional time in the queue, which varies as computing does;
    with ``other_clock`` the process stamps by the clock of another host.
    """

    seed: int
    median_ns: int = 2 * NS_PER_MS
    log_sd: float = 0.3
    place: str = ""
    added_ns: int = 0
    queued_ns: int = 0
    other_clock: bool = False

    def spend(self, place: str) -> None:
        """Spend the added time, if this is its place."""
        if place == self.place:
            spin_until(clock() + self.added_ns)

    def vary(self, median_ns: int, rng: np.random.Generator) -> int:
        """Return a time that is drawn about its median [ns]."""
        return round(median_ns * rng.lognormal(0, self.log_sd))


class SpinEngine(HostEngine):
    """A model that keeps its thread busy for its programmed times."""

    class_count = ANSWER_COUNT

    def __init__(self, script: TimingScript) -> None:
        self._script = script
        self._rng = np.random.default_rng(script.seed)

    def facts(self) -> Facts:
        """Return what it is."""
        return {"engine": "programmed"}

    def prepare(self, batch: npt.NDArray[np.float32]) -> object:
        """Return how many images are in a batch, float32 [B, 3, S, S]."""
        self._script.spend("decode_in")
        return len(batch)

    def infer(self, batch: object) -> memoryview:
        """Spin, and answer with zeros."""
        begun_ns, script = clock(), self._script
        spin_until(begun_ns + script.vary(script.median_ns, self._rng))
        script.spend("compute")
        return compute.no_logits(self, cast("int", batch))


class ScriptedServer(Server):
    """A server that can lose time between its steps.

    Parameters
    ----------
    address : Address
        Where to bind.
    script : TimingScript
        How much time is lost, and where.
    **options
        Those of :class:`bench.transport.server.Server`.
    """

    def __init__(self, address: Address, *, script: TimingScript, **options: Any) -> None:  # noqa: ANN401
        self.script = script
        self.rng = np.random.default_rng([script.seed, 1])
        super().__init__(address, **options)

    def take(self) -> Job | None:
        """Return the next request later than it could be."""
        job = super().take()
        if job is not None:
            spin_until(clock() + self.script.vary(self.script.queued_ns, self.rng))
            self.script.spend("queue")
        return job

    def answer(self, job: Job, message: Reply | Failure, payload: Buffer | None = None) -> None:
        """Hand an answer over later than it could be.

        Parameters
        ----------
        job, message, payload
            As of :meth:`bench.transport.server.Server.answer`.
        """
        self.script.spend("encode_out")
        super().answer(job, message, payload)


def main() -> None:
    """Run a compute process with the parts that the script replaces."""
    script = msgspec.json.decode(os.environ[VARIABLE], type=TimingScript)
    parts = compute.Parts(
        open_engine=lambda *_, **__: SpinEngine(script),
        open_server=partial(ScriptedServer, script=script),
        clock=_other_clock if script.other_clock else clock,
    )
    compute.main(parts)


def _other_clock() -> int:
    return OTHER_HOST.shown_ns(clock())


if __name__ == "__main__":
    main()
