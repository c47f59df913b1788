"""Answers after a codec that loses much: each image must still be told from the others."""

import numpy as np
import pytest

from bench.codec.open import open_codec
from bench.engine.precision import PRECISIONS
from bench.errors import WorkerError
from bench.measure.agreement import (
    MIN_CLOSEST_FRACTION,
    Logits,
    check_closest,
    closest_count,
    tolerance_fraction,
)
from bench.records import FLOAT32, AnswerComparison, Engines, EngineSpec

IMAGES, CLASSES = 60, 1000
ENGINES = Engines(local=EngineSpec(model="resnet50"), remote=EngineSpec(model="resnet50"))
random = np.random.default_rng(1)
COMMON = random.normal(size=CLASSES) * 20
"""Of all images, by far the largest part of their logits, as seeded weights give them."""
OURS = (COMMON + random.normal(size=(IMAGES, CLASSES))).astype(np.float32)


def test_a_loss_that_leaves_the_images_apart_is_accepted() -> None:
    shifted = OURS * 1.2 + 3 + 0.5 * random.normal(size=OURS.shape)
    assert closest_count(OURS, shifted.astype(np.float32)) == IMAGES


def test_an_image_that_is_there_more_than_once_is_as_close_to_each_of_its_answers() -> None:
    twice = np.concatenate([OURS, OURS * np.float32(1.000001)])
    assert closest_count(twice, twice[::-1][::-1].copy()) == 2 * IMAGES


@pytest.mark.parametrize(
    "theirs",
    [
        np.roll(OURS, 1, axis=0),
        np.broadcast_to(OURS[0], OURS.shape).copy(),
        np.broadcast_to(COMMON, OURS.shape).astype(np.float32),
        random.normal(size=OURS.shape).astype(np.float32),
    ],
    ids=["of other images", "of one image", "of no image", "at random"],
)
def test_wrong_answers_are_not_the_closest_ones(theirs: Logits) -> None:
    assert closest_count(OURS, theirs) < 0.2 * IMAGES


def test_a_restart_fails_where_too_few_are() -> None:
    least = round(MIN_CLOSEST_FRACTION * 100)
    check_closest(AnswerComparison(images_count=100, closest_count=least), "the worker")
    with pytest.raises(WorkerError, match="the worker answers wrongly: 89 of 100 answers"):
        check_closest(AnswerComparison(images_count=100, closest_count=least - 1), "the worker")


def test_the_coarser_of_codec_and_precision_is_allowed() -> None:
    exact = PRECISIONS[FLOAT32].tolerance_fraction
    assert tolerance_fraction(ENGINES, open_codec("uint8")) == exact
    assert tolerance_fraction(ENGINES, open_codec("float16")) == pytest.approx(0.001)
    assert tolerance_fraction(ENGINES, open_codec("jpeg", "worker")) == exact
    assert tolerance_fraction(ENGINES, open_codec("jpeg", "client")) is None
