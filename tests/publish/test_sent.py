"""Runs that differ in what is sent only, side by side on the front page."""

from typing import Any

from bench.publish.front import front_data
from bench.publish.sent import sent_groups
from tests.publish.test_front import GIGABIT, LOOPBACK, overhead, run

PHOTOS = "48 files, sha256:0123456789abcdef"


def sending(
    name: str,
    what: str,
    size: int,
    *,
    at: str = "client",
    link: dict[str, Any] = GIGABIT,
    images: str = PHOTOS,
    **changes: Any,
) -> dict[str, Any]:
    """Return the listing of a run over a link that sends something, preprocessed at a side."""
    sent = {
        "what": what,
        "place": at,
        "size": {"bytes": size, "text": f"{size:,}"},
        "images": images,
        "default": False,
        "rows": [{"batch": "1", "value": "2.0%"}, {"batch": "64", "value": "1.0%"}],
    }
    listing = {**run(name, link, overhead(1, 2.0)), "arms": "CPU, float32, eager"}
    return {**listing, "sent": sent, **changes}


FLOAT32 = sending("a", "tensors of float32", 602_112)
UINT8 = sending("b", "pixels of uint8", 150_528)
FILES = sending("c", "image files", 84_000)


def test_runs_of_the_same_images_are_one_group_with_the_most_bytes_first() -> None:
    (group,) = sent_groups([UINT8, FILES, FLOAT32])
    assert [each["run"] for each in group["runs"]] == ["a", "b", "c"]
    assert group["place"] == GIGABIT["name"]
    assert group["images"] == PHOTOS
    assert group["title"] == "ResNet50, x"
    assert [row["batch"] for row in group["runs"][0]["rows"]] == ["1", "64"]


def test_of_each_way_the_newest_run_counts() -> None:
    (group,) = sent_groups([UINT8, sending("old", "pixels of uint8", 150_528), FLOAT32])
    assert [each["run"] for each in group["runs"]] == ["a", "b"]


def test_the_place_of_preprocessing_is_another_way() -> None:
    (group,) = sent_groups([sending(side, "x", 9, at=side) for side in ("client", "worker")])
    assert {each["place"] for each in group["runs"]} == {"client", "worker"}


def test_other_images_engines_or_links_are_not_set_beside_them() -> None:
    others = [
        sending("images", "pixels of uint8", 9, images="synthetic"),
        sending("engine", "pixels of uint8", 9, arms="CPU, bfloat16, eager"),
        sending("link", "pixels of uint8", 9, link=LOOPBACK),
        sending("machine", "pixels of uint8", 9, group="ResNet50, y"),
    ]
    assert sent_groups([FLOAT32, *others]) == []
    assert sent_groups([FLOAT32]) == []


def test_a_run_without_what_is_sent_is_left_out() -> None:
    older = run("older", GIGABIT, overhead(1, 2.0))
    imported = {**older, "sent": None}
    without_rows = sending("none", "x", 1)
    without_rows["sent"]["rows"] = []
    assert sent_groups([older, imported, without_rows, FLOAT32]) == []


def test_the_answer_of_the_front_page_is_that_of_tensors_of_float32() -> None:
    default = {**sending("d", "tensors of float32", 602_112, images="synthetic"), "run": "d"}
    default["sent"] = {**default["sent"], "default": True}
    front = front_data([UINT8, FLOAT32, default])
    assert [place["run"] for place in front["places"]] == ["d"]
    assert len(front["sent"]) == 1
    assert front_data([UINT8, FLOAT32])["places"] == []
