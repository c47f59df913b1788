"""The memory that a process with a model is expected to need, against what models have and take."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torchvision

from bench.engine.memory import heap_bytes, memory_bytes
from bench.engine.models import TORCHVISION_MODELS
from bench.engine.open import engine_environment

ONE = (1, 3, 224, 224)
OWN = "package.module:factory"
LISTED_FROM = 100_000_000
"""Models with more weights have figures of their own."""


@pytest.mark.parametrize("name", TORCHVISION_MODELS)
def test_weights_that_are_many_are_counted(name: str) -> None:
    count = max(each.meta["num_params"] for each in torchvision.models.get_model_weights(name))
    others_bytes = memory_bytes(OWN, ONE) - heap_bytes(OWN, ONE)
    counted_bytes = memory_bytes(name, ONE) - heap_bytes(name, ONE) - others_bytes
    if count < LISTED_FROM:
        assert counted_bytes == 0
    else:  # twice where they are made with values
        assert counted_bytes >= 4 * count * 0.99


@pytest.mark.parametrize("batch_size", [1, 64])
def test_a_model_of_ones_own_is_expected_to_need_what_resnet50_does(batch_size: int) -> None:
    shape = (batch_size, *ONE[1:])
    for name in (OWN, "vgg.models:make", "resnet18.small:make"):
        assert memory_bytes(name, shape) == memory_bytes("resnet50", shape)


def test_a_larger_model_needs_more() -> None:
    shape = (64, *ONE[1:])
    names = ("stub:1", "mobilenet_v3_small", "resnet50", "vgg16", "vit_h_14", "maxvit_t")
    needed = [memory_bytes(name, shape) for name in names]
    assert needed == sorted(set(needed))


PROGRAM = """
import numpy as np
from bench.engine.open import open_engine
from bench.records import EngineSpec
shape = (8, 3, 224, 224)
engine = open_engine(EngineSpec(model="mobilenet_v3_small"), threads=1, shape=shape)
for count in (1, 8, 2, 8):
    engine.infer(engine.prepare(np.zeros((count, *shape[1:]), np.float32)))
print(open("/proc/self/status").read())
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell")
def test_a_process_takes_about_what_is_expected() -> None:
    environment = {**os.environ, **engine_environment("tuned", 1)}
    status = subprocess.check_output([sys.executable, "-c", PROGRAM], env=environment, text=True)
    taken_kib = re.search(r"RssAnon:\s*(\d+) kB", status)
    assert taken_kib is not None
    taken_bytes = 1024 * int(taken_kib[1])
    expected_bytes = memory_bytes("mobilenet_v3_small", (8, 3, 224, 224))
    assert expected_bytes / 2 < taken_bytes < 1.2 * expected_bytes
