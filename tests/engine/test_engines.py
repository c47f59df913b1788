"""Models: the same weights everywhere, nothing executed on loading, and true thread counts."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.engine.inputs import tensor_pool
from bench.engine.models import check_model
from bench.engine.open import engine_environment, open_engine
from bench.engine.stub import StubEngine
from bench.errors import HostError, UsageError
from bench.host.allocator import MAX_TUNED_FAULTS, mapped_block_count
from bench.records import EngineSpec

if TYPE_CHECKING:
    import torch

SEEDED_RESNET50 = "5c454563d1aa9a0e568740a816572f9596dd741d32d16c0345eb478c8cd27bb2"


def _template(name: str = "resnet50") -> "dict[str, torch.Tensor]":
    import torch
    import torchvision

    with torch.device("meta"):
        return dict(torchvision.models.get_model(name, weights=None).state_dict())


def test_seeded_weights_have_the_digest_that_they_always_had() -> None:
    from bench.engine.weights import digest_state, draw_state

    assert digest_state(draw_state(_template())) == SEEDED_RESNET50


def test_a_small_state_dict_is_loaded(tmp_path: Path) -> None:
    import torch

    from bench.engine.weights import load_state

    state = {n: torch.zeros((), dtype=v.dtype).expand(v.shape) for n, v in _template().items()}
    torch.save(state, tmp_path / "zeros.pt")
    loaded = load_state(tmp_path / "zeros.pt", _template())
    assert loaded.keys() == _template().keys()
    assert all(not tensor.any() for tensor in loaded.values())


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return (Path.touch, (Path("executed"),))


def _write_text(path: Path) -> None:
    path.write_text("These are no weights.\n")


def _write_evil(path: Path) -> None:
    import torch

    torch.save({"x": _Evil()}, path)


def _write_other_model(path: Path) -> None:
    import torch

    torch.save({"other.weight": torch.zeros(3)}, path)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (_write_text, ("is not a state dict of plain tensors", "torch.save")),
        (_write_evil, ("is not a state dict of plain tensors", "nothing in it was executed")),
        (_write_other_model, ("is of another model", "bn1.bias", "belong together")),
    ],
)
def test_foreign_weights_are_refused_and_not_executed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Path], None],
    words: tuple[str, ...],
) -> None:
    from bench.engine.weights import load_state

    monkeypatch.chdir(tmp_path)
    write(Path("foreign.pt"))
    with pytest.raises(HostError, match=r"^--weights: foreign\.pt ") as refusal:
        load_state(Path("foreign.pt"), _template())
    assert [word for word in words if word not in str(refusal.value)] == []
    assert not Path("executed").exists()


@pytest.mark.parametrize("name", ["resnet51", "stub:", "stub:-1", "stub:1e3", "__class__", ""])
def test_an_unknown_model_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="--model"):
        check_model(name)


def test_an_engine_infers_on_the_threads_it_was_asked_for() -> None:
    engine = open_engine(EngineSpec(model="resnet18"), threads=1, shape=(1, 3, 32, 32))
    facts = engine.facts()
    assert (facts["threads"], facts["interop_threads"]) == (1, 1)
    batch = tensor_pool(1, 32).batch(0, 2)
    logits = np.frombuffer(
        engine.fetch(engine.infer(engine.prepare(batch))), dtype=np.float32
    ).reshape(2, 1000)
    assert np.isfinite(logits).all()
    assert not np.allclose(logits[0], logits[1])


def second_batch_faults(*cases: tuple[str, int]) -> list[int]:
    """Return the page faults of the second largest batch of fresh, tuned processes.

    A case is a model, and by how much its memory is divided. The processes are copies of one that
    has imported what they need, and opened nothing.
    """
    program = f"""
import os
import numpy as np
from bench.host.allocator import minor_fault_count
from bench.engine.open import open_engine
from bench.records import EngineSpec
from bench.engine import torch_engine
from bench.engine.memory import heap_bytes
for model, divisor in {cases}:
    if os.fork():
        os.wait()
        continue
    torch_engine.heap_bytes = lambda *known: heap_bytes(*known) // divisor
    engine = open_engine(EngineSpec(model=model), threads=1, shape=(16, 3, 64, 64))
    batch = np.zeros((16, 3, 64, 64), np.float32)
    faults = []
    for size in (4, 16):
        before = minor_fault_count()
        engine.infer(engine.prepare(batch[:size]))
        faults.append(minor_fault_count() - before)
    print(faults[1], flush=True)
    os._exit(0)
"""
    environment = {**os.environ, **engine_environment("tuned", 1)}
    output = subprocess.check_output([sys.executable, "-c", program], env=environment)
    return [int(line) for line in output.splitlines()]


@pytest.mark.skipif(mapped_block_count() is None, reason="this C library has no mallinfo2")
def test_a_fresh_process_has_the_memory_of_its_largest_batch_before_it_is_timed() -> None:
    *as_they_are, with_less = second_batch_faults(
        ("resnet50", 1),
        ("resnet18", 1),
        ("mobilenet_v3_small", 1),
        ("efficientnet_b0", 1),
        ("resnet50", 64),
    )
    assert max(as_they_are) <= 16 * MAX_TUNED_FAULTS
    assert with_less > 16 * MAX_TUNED_FAULTS  # the proof can fail


def test_batches_are_distinct_views_of_seeded_images() -> None:
    pool, again, other = tensor_pool(1, 32), tensor_pool(1, 32), tensor_pool(2, 32)
    batches = [pool.batch(index, 64) for index in range(20)]
    for a, b in itertools.combinations(batches, 2):
        assert not np.array_equal(a, b)
    assert np.array_equal(batches[3], again.batch(3, 64))
    assert not np.array_equal(batches[3], other.batch(3, 64))
    assert all(b.flags.c_contiguous and b.base is not None for b in batches)


def test_a_stub_answers_for_the_batch_it_was_given() -> None:
    engine = StubEngine(delay_ms=0, threads=1)
    pool = tensor_pool(1, 32)
    answers = []
    for index in (0, 1):
        batch = pool.batch(index, 2)
        answers.append(bytes(engine.fetch(engine.infer(engine.prepare(batch)))))
    assert answers[0] != answers[1]
