"""Models by name: each classifier of torchvision, factories of installed modules, weights files."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
import torchvision

from bench.engine.build import build_model
from bench.engine.models import TORCHVISION_MODELS, check_model, default_image_size, factory_of
from bench.engine.open import open_engine
from bench.engine.weights import digest_state
from bench.errors import HostError, UsageError
from bench.records import EngineSpec

_MODULE = """
import torch
from torch import nn

def small():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 7))

def half():
    return small().bfloat16()

def no_model():
    return 5

def failing():
    raise LookupError("no such architecture")

class Pair(nn.Module):
    def forward(self, x):
        return x, x

class Images(nn.Module):
    def forward(self, x):
        return x

NUMBER = 5
"""
# Those that are built or drawn in another way than a ResNet.
BUILT_OTHERWISE = (
    *("convnext_tiny", "googlenet", "inception_v3", "maxvit_t", "mnasnet0_5"),
    *("mobilenet_v3_small", "regnet_x_400mf", "swin_t", "vit_b_32"),
)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install a module of a user, ``own_models``."""
    (tmp_path / "own_models.py").write_text(_MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("own_models", None)


def test_all_classifiers_of_torchvision_are_models() -> None:
    listed = torchvision.models.list_models(module=torchvision.models)
    assert set(listed) >= set(TORCHVISION_MODELS)
    if torchvision.__version__.startswith("0.29."):  # a later one may have more
        assert set(listed) == set(TORCHVISION_MODELS)
    assert all(check_model(name) == name for name in TORCHVISION_MODELS)


def test_images_have_the_size_that_the_weights_of_torchvision_are_for() -> None:
    built_for_224 = {"vit_h_14"}  # its weights are, the model without them is not
    for name in set(TORCHVISION_MODELS) - built_for_224:
        sizes = {
            weights.transforms().crop_size[0]
            for weights in torchvision.models.get_model_weights(name)
        }
        assert default_image_size(name, smoke=False) in sizes, name


@pytest.mark.parametrize("name", BUILT_OTHERWISE)
def test_seeded_weights_give_different_images_different_finite_logits(name: str) -> None:
    side = default_image_size(name, smoke=True)
    model, _ = build_model(EngineSpec(model=name), side, None)
    images = torch.from_numpy(np.random.default_rng(1).random((2, 3, side, side), np.float32))
    with torch.inference_mode():
        logits = model(images)
    assert logits.shape == (2, 1000)
    assert torch.isfinite(logits).all()
    assert not torch.allclose(logits[0], logits[1])


def test_seeded_weights_are_the_same_in_each_process() -> None:
    digests = {build_model(EngineSpec(model="mobilenet_v3_small"), 64, None)[1] for _ in range(2)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("name", "side", "smoke_side"),
    [("resnet50", 224, 64), ("inception_v3", 299, 299), ("own_models:small", 224, 64)],
)
def test_smoke_shrinks_the_images_that_a_model_is_meant_for(
    name: str, side: int, smoke_side: int
) -> None:
    assert default_image_size(name, smoke=False) == side
    assert default_image_size(name, smoke=True) == smoke_side


def test_an_image_size_that_a_model_cannot_be_built_for_is_named() -> None:
    with pytest.raises(HostError, match=r"--image-size: vit_b_16 .* 100 x 100 pixels"):
        build_model(EngineSpec(model="vit_b_16"), 100, None)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("package.module:factory", ("package.module", "factory")),
        ("module:factory", ("module", "factory")),
        ("stub:5", None),
        ("stub:factory", None),
        ("resnet50", None),
        ("package.:factory", None),
        ("package.module:factory()", None),
        ("module:a.b", None),
    ],
)
def test_a_factory_is_a_function_of_a_module(name: str, parts: tuple[str, str] | None) -> None:
    assert factory_of(name) == parts


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(UsageError, match="did you mean resnet50") as refusal:
        check_model("resnet5O")
    assert "package.module:factory or stub:MS" in str(refusal.value)
    with pytest.raises(UsageError, match="whole milliseconds up to 60000"):
        check_model("stub:60001")


@pytest.mark.parametrize("name", ["no_such_module:f", "no.such.module:f", "os.nothing:f"])
def test_a_factory_of_no_installed_module_is_refused(name: str) -> None:
    with pytest.raises(HostError, match="there is no module"):
        check_model(name)


@pytest.mark.usefixtures("module")
def test_a_factory_makes_the_same_model_in_each_process() -> None:
    spec = EngineSpec(model=check_model("own_models:small"))
    first = open_engine(spec, threads=1, shape=(2, 3, 32, 32))
    assert first.class_count == 7
    digests = [build_model(spec, 32, None)[1] for _ in range(2)]
    assert digests[0] == digests[1] == first.facts()["weights_digest"]
    assert build_model(EngineSpec(model="own_models:half"), 32, None)[1] != digests[0]


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("factory", "words"),
    [
        ("missing", "cannot be called: AttributeError"),
        ("NUMBER", "cannot be called: TypeError"),
        ("failing", "cannot be called: LookupError: no such architecture"),
        ("no_model", "returns int and not a torch.nn.Module"),
        ("Pair", "does not return logits for images of 3 x 32 x 32"),
        ("Images", r"returns \[1, 3, 32, 32\] for one image"),
    ],
)
def test_what_is_no_factory_of_a_classifier_is_refused(factory: str, words: str) -> None:
    with pytest.raises(HostError, match=f"^--model: 'own_models:{factory}' {words}|{words}"):
        open_engine(EngineSpec(model=f"own_models:{factory}"), threads=1, shape=(1, 3, 32, 32))


@pytest.mark.usefixtures("module")
def test_weights_may_be_a_state_dict_or_safetensors(tmp_path: Path) -> None:
    spec = EngineSpec(model="own_models:small")
    model, digest = build_model(spec, 32, None)
    state = {name: tensor * 2 for name, tensor in model.state_dict().items()}
    torch.save(state, tmp_path / "weights.pt")
    safetensors.torch.save_file(state, tmp_path / "weights.safetensors")
    for name in ("weights.pt", "weights.safetensors"):
        loaded, loaded_digest = build_model(spec, 32, tmp_path / name)
        assert loaded_digest == digest_state(state) != digest
        assert torch.equal(loaded.state_dict()["3.bias"], state["3.bias"])


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b[:40], "bytes; weights of this model have"),
        (lambda b: b"\xff" * 8 + b[8:], "is not a file of safetensors"),
        (lambda b: b[:-4], "is not a file of safetensors"),
        (lambda b: b + bytes(32 << 20), "bytes; weights of this model have"),
        (lambda b: b.replace(b'"F32"', b'"F99"'), "is not a file of safetensors"),
        (lambda b: b.replace(b"3.bias", b"3.boas"), "is of another model: 3.bias"),
    ],
)
def test_a_damaged_file_of_safetensors_is_refused(
    tmp_path: Path, change: object, words: str
) -> None:
    spec, path = EngineSpec(model="own_models:small"), tmp_path / "weights.safetensors"
    model, _ = build_model(spec, 32, None)
    assert callable(change)
    path.write_bytes(change(safetensors.torch.save(model.state_dict())))
    with pytest.raises(HostError, match=words):
        build_model(spec, 32, path)
