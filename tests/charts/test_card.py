"""The card of a run: its answer in a few large words, nothing outside its edges."""

import io
from dataclasses import replace

from PIL import Image

from bench.charts.card import card_chart
from bench.charts.drawing import theme
from bench.charts.drawing.card import CARD_HEIGHT_PX, CARD_WIDTH_PX
from bench.charts.drawing.draw import draw_chart, draw_png
from bench.charts.drawing.labels import extent
from bench.stats.cells import CellSummary
from tests.charts.factory import make_estimate, make_summary, unmeasured
from tests.charts.figures import texts_of, words_of

TITLE = "ResNet50 over a 1 Gbit/s link, a-machine-with-a-rather-long-name-64c"


def test_a_card_says_what_remote_adds_at_both_ends() -> None:
    chart = card_chart(TITLE, make_summary(), "smoke, not a measurement", unequal=False)
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


def test_a_card_of_unequal_engines_says_how_many_times_as_fast_remote_is() -> None:
    chart = card_chart(TITLE, make_summary(change=_faster_in_small_batches), "", unequal=True)
    assert chart is not None
    above = "With 2 threads, remote compared with local:"
    small, large = "as fast at batch 1 (3.33 to 5.00)", "as long at batch 64 (2.95 to 3.05)"
    assert chart.alt == f"{TITLE}: {above} 4.00× {small} and 3.00× {large}"  # noqa: RUF001
    assert chart.values["parts"] == [
        {"figure": "4.00×", "what": small},  # noqa: RUF001 - the sign of multiplication
        {"figure": "3.00×", "what": large},  # noqa: RUF001
    ]
    colours = {text.get_text(): text.get_color() for text in texts_of(draw_chart(chart))}
    assert {above, small, large, "10 blocks, 95% intervals"} <= colours.keys()
    assert colours["4.00×"] == theme.FASTER_TEXT  # noqa: RUF001
    assert colours["3.00×"] == theme.SLOWER_TEXT  # noqa: RUF001


def test_a_card_without_intervals_does_not_speak_of_them() -> None:
    few = make_summary(blocks=3, change=_faster_in_small_batches)
    chart = card_chart(TITLE, few, "", unequal=True)
    assert chart is not None
    assert {"as fast at batch 1", "3 blocks"} <= set(words_of(draw_chart(chart)))


def test_where_nothing_was_measured_there_is_no_card() -> None:
    for unequal in (False, True):
        assert card_chart(TITLE, make_summary(change=unmeasured), "", unequal=unequal) is None


def _faster_in_small_batches(cell: CellSummary) -> CellSummary:
    loss = (-75.0, 5.0) if cell.batch_size == 1 else (200.0, 5.0)
    return replace(cell, latency_loss_percent=make_estimate(*loss, cell.blocks))
