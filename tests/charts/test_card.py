"""The card of a run: its answer in a few large words, nothing outside its edges."""

import io

from PIL import Image

from bench.charts.card import card_chart
from bench.charts.drawing.card import CARD_HEIGHT_PX, CARD_WIDTH_PX
from bench.charts.drawing.draw import draw_chart, draw_png
from bench.charts.drawing.labels import extent
from tests.charts.factory import make_summary, unmeasured
from tests.charts.figures import texts_of, words_of

TITLE = "ResNet50 over a 1 Gbit/s link, a-machine-with-a-rather-long-name-64c"


def test_a_card_says_what_remote_adds_at_both_ends() -> None:
    chart = card_chart(TITLE, make_summary(), "smoke, not a measurement")
    assert chart is not None
    figure = draw_chart(chart)
    said = words_of(figure)
    assert {TITLE, "With 2 threads, remote adds to a request", "0.517 ms"} <= set(said)
    assert "batch 64: 5.0% (4.8 to 5.2) of local" in said
    assert "smoke, not a measurement" in said
    assert "0.517 ms (batch 1: 5.0% (4.8 to 5.2) of local) and " in chart.alt
    figure.draw_without_rendering()
    boxes = [extent(text) for text in texts_of(figure)]
    assert all(box.x0 >= 0 and box.x1 <= CARD_WIDTH_PX for box in boxes)
    assert all(box.y0 >= 0 and box.y1 <= CARD_HEIGHT_PX for box in boxes)
    with Image.open(io.BytesIO(draw_png(chart))) as picture:
        assert picture.size == (1200, 630)


def test_without_an_overhead_there_is_no_card() -> None:
    assert card_chart(TITLE, make_summary(change=unmeasured), "") is None
