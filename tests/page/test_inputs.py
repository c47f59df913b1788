"""What a page says of the images: what is sent, and what preprocessing takes."""

from typing import Any

import msgspec
import pytest

from bench.page.facts import command, plan_facts
from bench.page.inputs import input_options, preprocess_table, preprocess_words, sent_words
from bench.page.lede import overhead_answer
from bench.records import CLIENT, WORKER, Experiment
from bench.stats.cells import Summary
from tests.page.factory import make_info
from tests.stats.factory import summarise
from tests.stats.test_optional_parts import CELL, LOCAL_MS, REMOTE_MS, with_stamps

PHOTOS = "48 files, sha256:0123456789abcdef"


def experiment_of(codec: str, preprocess: str = CLIENT, images: str = "synthetic") -> Experiment:
    return msgspec.structs.replace(
        make_info().experiment, codec=codec, preprocess=preprocess, input=images
    )


def preprocessed(**changes: float | None) -> Summary:
    """Return the summary of a cell whose requests are preprocessed on both sides."""
    stamps = {"remote": {**REMOTE_MS, **changes}, "local": {**LOCAL_MS, **changes}}
    return summarise(with_stamps(stamps), [CELL])


@pytest.mark.parametrize(
    ("codec", "place", "words"),
    [
        ("float32", CLIENT, "tensors of float32"),
        ("float16", CLIENT, "tensors of float16"),
        ("uint8", CLIENT, "pixels of uint8"),
        ("jpeg", CLIENT, "images encoded anew as JPEG"),
        ("jpeg", WORKER, "image files"),
        ("halves", CLIENT, "halves"),
    ],
)
def test_each_codec_has_its_words(codec: str, place: str, words: str) -> None:
    assert sent_words(experiment_of(codec, place)) == words


def test_the_first_sentence_says_what_is_sent_unless_it_is_the_default() -> None:
    summary = preprocessed()
    assert "remote adds" in overhead_answer(summary, experiment_of("float32"))
    photos = overhead_answer(summary, experiment_of("float32", images=PHOTOS))
    assert "remote with tensors of float32 adds" in photos
    assert "remote with image files adds" in overhead_answer(summary, experiment_of("jpeg", WORKER))


def test_preprocessing_is_told_and_where_there_is_none_is_not() -> None:
    assert preprocess_words(preprocessed()) == (
        "Preprocessing, which is not in this, takes 5.00 ms in the local arm and 7.00 ms in the "
        "remote one at batch 4."
    )
    nothing: dict[str, Any] = dict.fromkeys(("cp", "wb", "wp"))
    without = preprocessed(**nothing, wh=None, wd=None)
    assert preprocess_words(without) == ""
    assert preprocess_table(without) is None


def test_the_table_has_the_loss_with_preprocessing_and_without_it() -> None:
    table = preprocess_table(preprocessed())
    assert table is not None
    assert table["columns"] == ["Local", "Remote", "Loss with it", "Loss without it"]
    (row,) = table["rows"]
    assert row["head"] == ["4", "1"]
    assert row["cells"][:2] == ["5.00", "7.00"]
    assert [cell.lstrip("+") for cell in row["cells"][2:]] == ["52.5%", "54.3%"]


def test_the_facts_name_images_codec_place_and_library() -> None:
    host = {"packages": {"pillow": "12.0"}}
    info = make_info(client=host, worker=host)
    jpeg = msgspec.structs.replace(info, experiment=experiment_of("jpeg", WORKER, PHOTOS))
    facts = dict(plan_facts(jpeg))
    assert facts["Images"] == PHOTOS
    assert facts["Sent"] == "image files"
    assert facts["Decoded and resized"] == "at the worker, by Pillow 12.0"
    assert "Decoded and resized" not in dict(plan_facts(info))


def test_the_command_has_the_options_that_are_not_the_default() -> None:
    assert input_options(experiment_of("float32")) == {}
    files = "synthetic-files"
    assert input_options(experiment_of("jpeg", WORKER, files)) == {
        "codec": "jpeg",
        "preprocess": "worker",
    }
    assert input_options(experiment_of("uint8", images=files)) == {"input": files, "codec": "uint8"}
    info = msgspec.structs.replace(make_info(), experiment=experiment_of("jpeg", CLIENT, PHOTOS))
    assert "--input DIR --codec jpeg --preprocess client" in command(info, None)
