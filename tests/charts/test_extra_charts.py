"""The extra charts: which there are, that their texts keep apart, and what their files carry."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from bench.charts.catalog import extra_charts
from bench.charts.drawing.canvas import add_note
from bench.charts.drawing.draw import draw_chart, draw_png
from bench.charts.drawing.facets import evenly
from bench.charts.drawing.labels import extent
from bench.charts.png import read_chart_values
from bench.charts.points import chart_specs
from bench.stats.results import Results
from bench.text.names import page_prefix
from tests.charts.extra_factory import (
    NAMES,
    charts_of,
    drawn,
    make_rich_summary,
    without_anything,
)
from tests.charts.factory import BATCH_SIZES, make_summary
from tests.charts.figures import misplaced_texts, px_on_phone, texts_of, words_of

SHEETS = [
    ((1, 2), BATCH_SIZES),
    ((1, 2, 3), BATCH_SIZES),
    ((1, 2), (8,)),
    (range(1, 19), BATCH_SIZES),
    (range(1, 19), (8,)),
    ((1, 2, 4, 8, 16, 32, 64, 128), BATCH_SIZES),
    (range(10, 28), BATCH_SIZES),
    ((1, 2), tuple(range(1, 65))),
]
NOTE = "smoke, not a measurement"


def test_a_measured_run_has_four_extra_charts() -> None:
    assert tuple(charts_of(make_rich_summary())) == NAMES


def test_a_run_without_samples_has_none() -> None:
    assert extra_charts(Results(make_summary())) == ()


def test_one_thread_count_has_no_speed_up() -> None:
    assert "speedup" not in charts_of(make_rich_summary((1,)))


def test_no_extra_chart_has_the_name_of_a_chart_of_the_page() -> None:
    extra = {picture.file_name for picture in charts_of(make_rich_summary()).values()}
    assert len(extra) == 4
    for model in ("resnet50", "resnet18", "stub:1"):
        prefix = page_prefix(model)
        assert not any(name.startswith(prefix) for name in extra)
        assert extra.isdisjoint(f"{spec.slug(prefix)}.png" for spec in chart_specs(BATCH_SIZES))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("threads", "sizes"), SHEETS, ids=lambda counts: str(len(counts)))
def test_no_text_covers_another_or_leaves_the_sheet(
    threads: tuple[int, ...], sizes: tuple[int, ...], name: str
) -> None:
    figure = drawn(make_rich_summary(threads, sizes), name, NOTE)
    assert misplaced_texts(figure) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [2, 18])
def test_no_text_is_too_small_for_a_phone(name: str, count: int) -> None:
    figure = drawn(make_rich_summary(range(1, count + 1)), name, NOTE)
    assert min(px_on_phone(text) for text in texts_of(figure)) >= 9


def test_texts_that_meet_are_found() -> None:
    figure = drawn(make_rich_summary(), "attribution")
    add_note(figure.axes[0], "one")
    add_note(figure.axes[0], "two")
    assert "'one' covers 'two'" in misplaced_texts(figure)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [2, 18])
def test_no_number_stands_among_the_marks(count: int, name: str) -> None:
    figure = drawn(make_rich_summary(range(1, count + 1)), name)
    frame = figure.axes[0].get_window_extent()
    numbers = [text for text in texts_of(figure) if text.get_gid() == "table"]
    assert len(numbers) >= 2 * len(BATCH_SIZES)
    assert not any(extent(text).overlaps(frame) for text in numbers)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_size_without_figures_says_so_and_the_others_stay(name: str) -> None:
    summary = make_rich_summary(
        (1, 2), change=lambda cell: without_anything(cell) if cell.batch_size == 4 else cell
    )
    picture = charts_of(summary)[name]
    words = words_of(draw_chart(picture))
    assert words.count("not measured") == 1
    assert "n/a" in words
    assert {part["batch_size"] for part in picture.values["parts"]} == {1, 2, 8, 16, 32, 64}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [2, 18])
def test_a_picture_is_small_flat_the_same_again_and_carries_what_it_says(
    count: int, name: str, tmp_path: Path
) -> None:
    picture = charts_of(make_rich_summary(range(1, count + 1)), "Stub")[name]
    data = draw_png(picture)
    assert draw_png(picture) == data
    assert len(data) <= 60 * 1024
    with Image.open(io.BytesIO(data)) as image:
        assert (image.size, image.mode) == ((1280, 800), "P")
        colours = image.convert("RGB").getcolors()
    assert colours is not None
    assert 8 < len(colours) <= 64
    assert max(colours)[1] == (255, 255, 255)
    path = tmp_path / picture.file_name
    path.write_bytes(data)
    assert read_chart_values(path) == json.loads(json.dumps(picture.values))
    # A page's 28 charts are counted by their points.
    assert "points" not in picture.values


def test_an_exploratory_run_says_so_and_has_no_interval() -> None:
    pictures = charts_of(make_rich_summary(blocks=3))
    for name in ("attribution", "components", "speedup"):
        said = " ".join(words_of(draw_chart(pictures[name])))
        assert "exploratory: 3 blocks, no interval" in said
        assert "95%" not in said


@pytest.mark.parametrize("count", [1, 2, 18, 64])
@pytest.mark.parametrize("most", [0, 1, 2, 3, 7])
def test_evenly_spread_indices_are_few_and_keep_the_last(count: int, most: int) -> None:
    shown = evenly(count, most)
    assert shown[-1] == count - 1
    assert len(shown) <= max(1, most)
    assert shown == sorted(set(shown))
    assert most < 2 or shown[0] == 0
