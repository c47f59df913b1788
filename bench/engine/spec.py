"""The protocol of engines, their names, and the types of their input and output.

A new model is one more name in ``TORCHVISION_MODELS``.
"""

from typing import TYPE_CHECKING, Protocol

from bench.errors import UsageError
from bench.records import EngineSpec, Facts, changes
from bench.wire import tensor_bytes

if TYPE_CHECKING:  # the supervisor of a worker needs no arrays
    from bench.codec.spec import Batch

TORCHVISION_MODELS = ("resnet50", "resnet18")
STUB_PREFIX = "stub:"
_INPUT_DTYPE = "float32"
BATCHES_HELD = 64
"""The heap of ResNet50 takes up to 57 batches, unused memory in it included."""
_PROCESS_BYTES = 64 << 20
_TORCH_BYTES = 400 << 20
"""Anonymous memory of torch and the weights: 388 MiB with ResNet18, 449 with ResNet50."""
CHANNELS = 3


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

    def prepare(self, batch: "Batch") -> object:
        """Return a batch, float32 [B, 3, S, S], as the engine's own tensor, without copying it."""

    def infer(self, batch: object) -> memoryview:
        """Return the logits, [B, class_count] of ``output_dtype``, as bytes in C order."""


def logits_bytes(engine: Engine, image_count: int) -> int:
    """Return the size of the logits of so many images [bytes]."""
    return tensor_bytes(engine.output_dtype, (image_count, engine.class_count))


def memory_bytes(name: str, shape: tuple[int, ...]) -> int:
    """Return about how much memory a process with a model for batches of ``shape`` needs."""
    if name.startswith(STUB_PREFIX):
        return _PROCESS_BYTES
    return _TORCH_BYTES + BATCHES_HELD * tensor_bytes(_INPUT_DTYPE, shape)


def check_model(name: str) -> str:
    """Return a model's name if there is such a model.

    Raises
    ------
    UsageError
        Naming it and all models.
    """
    if name in TORCHVISION_MODELS:
        return name
    delay = name.removeprefix(STUB_PREFIX)
    if delay != name and delay.isascii() and delay.isdigit() and len(delay) <= len("60000"):
        return name
    raise UsageError(
        f"--model: {name!r} is not one of {', '.join(TORCHVISION_MODELS)} or stub:MS "
        "with whole milliseconds."
    )


def check_engine(spec: EngineSpec) -> EngineSpec:
    """Return an engine's specification if there is such an engine.

    Raises
    ------
    UsageError
        Naming the field that cannot be used.
    """
    check_model(spec.model)
    default = EngineSpec(model=spec.model, weights=spec.weights)
    for name, (value, required) in changes(spec, default).items():
        raise UsageError(
            f"engine: its {name.replace('_', ' ')} is {value!r}, which must be {required!r}."
        )
    return spec
