"""Jobs and events of a supervisor and of its compute processes."""

import msgspec

from bench.codec.open import CODECS
from bench.records import Address, EngineSpec, Facts
from bench.transport.security import ServerKeys
from bench.wire.messages import Hello


class WorkerJob(msgspec.Struct, frozen=True):
    """How a worker serves; the module ``compute`` is the program of its compute processes.

    With ``keys`` it serves the clients whose public keys are in the file ``allow_path`` only.
    With ``describes_engines`` it asks torch what other engines could use on its machine.
    """

    bind: Address
    engine: EngineSpec
    weights_path: str | None
    image_size_max: int
    codecs: tuple[str, ...] = tuple(CODECS)
    compute: str = "bench.worker.compute"
    keys: ServerKeys | None = None
    allow_path: str = ""
    describes_engines: bool = False


class Serving(msgspec.Struct, frozen=True, tag="serving"):
    """The worker listens at ``address``."""

    address: Address


class ComputeJob(msgspec.Struct, frozen=True):
    """How a compute process computes; it listens on an inherited ``descriptor`` if there is one.

    With ``keys`` it serves the client with the public key ``client_key`` only.
    """

    bind: Address
    session: str
    hello: Hello
    weights_path: str | None
    descriptor: int | None = None
    keys: ServerKeys | None = None
    client_key: str = ""


class ComputeReady(msgspec.Struct, frozen=True, tag="compute_ready"):
    """The compute process has its model loaded and listens at ``address``."""

    address: Address
    engine: Facts


class ComputeJoined(msgspec.Struct, frozen=True, tag="compute_joined"):
    """The client of the session has connected to the compute process."""


ComputeEvent = ComputeReady | ComputeJoined
