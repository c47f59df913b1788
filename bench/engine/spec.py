"""The protocol of engines, and the types of their input and output."""

from typing import TYPE_CHECKING, Protocol, cast

from bench.config import ENGINE_WORDS
from bench.engine.models import STUB_PREFIX, check_model
from bench.errors import UsageError
from bench.records import EngineSpec, Facts
from bench.wire import tensor_bytes

if TYPE_CHECKING:  # the supervisor of a worker needs no arrays
    from bench.codec.spec import Tensor

CHANNELS = 3
COMPILE_NS = "compile_ns"
"""The fact of an engine that differs from start to start: how long it was compiled [ns]."""


class Engine(Protocol):
    """A loaded model on its threads."""

    @property
    def output_dtype(self) -> str:
        """The type of its logits, a key of the wire's table."""

    @property
    def class_count(self) -> int:
        """How many logits an image has."""

    def facts(self) -> Facts:
        """Return the facts of the loaded engine, as read back from it."""

    @property
    def copies(self) -> bool:
        """Whether it computes in memory of its own, to and from which it copies."""

    def prepare(self, batch: "Tensor") -> object:
        """Return a batch, float32 [B, 3, S, S], as the engine's own tensor, where it computes."""

    def infer(self, batch: object) -> object:
        """Return the logits, [B, class_count] of ``output_dtype``, where it computes."""

    def fetch(self, logits: object) -> memoryview:
        """Return logits as bytes of the host, in C order."""


class HostEngine:
    """What engines have in common that compute in the memory of the host."""

    output_dtype = "float32"
    copies = False

    def fetch(self, logits: object) -> memoryview:
        """Return logits, bytes in C order, as they are."""
        return cast("memoryview", logits)


def logits_bytes(engine: Engine, image_count: int) -> int:
    """Return the size of the logits of so many images [bytes]."""
    return tensor_bytes(engine.output_dtype, (image_count, engine.class_count))


def check_engine(spec: EngineSpec) -> EngineSpec:
    """Return an engine's specification if there is such an engine.

    Raises
    ------
    UsageError
        Naming the field that cannot be used.
    """
    check_model(spec.model)
    for name, words in ENGINE_WORDS.items():
        value = getattr(spec, name)
        if spec.model.startswith(STUB_PREFIX) and value != words[0]:
            raise UsageError(
                f"engine: {spec.model} computes nothing, and its {name.replace('_', ' ')} is "
                f"{value!r}; leave that out."
            )
        if value.partition(":")[0] not in words:
            raise UsageError(
                f"engine: its {name.replace('_', ' ')} is {value!r}, which must be "
                f"{' or '.join(words)}."
            )
    return spec
