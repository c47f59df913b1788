"""Stacked charts: what is drawn adds up, and says what it is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from bench.charts.drawing import theme
from bench.charts.drawing.draw import draw_chart
from bench.charts.drawing.stacks import pile
from bench.charts.parts import Part
from bench.records import Cell
from bench.stats.cells import CellSummary
from bench.stats.verdict_words import SLOWER, UNDECIDED
from tests.charts.extra_factory import charts_of, drawn, make_rich_summary, with_parts
from tests.charts.factory import make_estimate
from tests.charts.figures import words_of

CELL = Cell(batch_size=1, threads=1)


def bars_of(figure: Figure) -> list[Bbox]:
    (slabs,) = [each for each in figure.axes[0].collections if isinstance(each, PolyCollection)]
    return [path.get_extents() for path in slabs.get_paths()]


def diamonds_of(figure: Figure, face: str) -> int:
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    return sum(
        np.size(line.get_xdata())
        for line in lines
        if to_hex(str(line.get_markerfacecolor())) == face
    )


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=6))
def test_a_pile_is_as_high_as_its_parts_on_either_side_of_zero(percents: list[float]) -> None:
    parts = [Part(CELL, str(place), percent) for place, percent in enumerate(percents)]
    slabs = pile(parts)
    assert max(slab.top for slab in slabs) == pytest.approx(sum(p for p in percents if p > 0))
    assert min(slab.bottom for slab in slabs) == pytest.approx(sum(p for p in percents if p < 0))
    for slab in slabs:
        assert slab.top - slab.bottom == pytest.approx(abs(slab.part.percent))


@pytest.mark.parametrize("count", [1, 2, 18])
def test_the_causes_of_each_cell_are_drawn_and_add_up_to_its_loss(count: int) -> None:
    summary = make_rich_summary(range(1, count + 1))
    picture = charts_of(summary)["attribution"]
    parts = picture.values["parts"]
    for cell in summary.cells:
        mine = [
            p for p in parts if (p["batch_size"], p["threads"]) == (cell.batch_size, cell.threads)
        ]
        assert cell.latency_loss_percent is not None
        assert sum(part["percent"] for part in mine) == pytest.approx(
            cell.latency_loss_percent.point, abs=1e-4
        )
    heights = sorted(bar.height for bar in bars_of(draw_chart(picture)))
    assert heights == pytest.approx(sorted(abs(part["percent"]) for part in parts), abs=1e-4)


def test_each_measured_cell_has_its_loss_as_a_mark_hollow_where_it_is_undecided() -> None:
    def wide(cell: CellSummary) -> CellSummary:
        if cell.batch_size != 8:
            return replace(cell, latency_verdict=SLOWER)
        loss = make_estimate(1.0, 4.0)
        return with_parts(replace(cell, latency_loss_percent=loss, latency_verdict=UNDECIDED))

    figure = drawn(make_rich_summary((1, 2), change=wide), "attribution")
    assert diamonds_of(figure, theme.PAPER) == 2
    assert diamonds_of(figure, theme.INK) == 12
    assert any("hollow: undecided" in words for words in words_of(figure))


def test_a_wild_cell_is_cut_with_an_arrow_and_does_not_flatten_the_others() -> None:
    def wild(cell: CellSummary) -> CellSummary:
        if (cell.batch_size, cell.threads) != (8, 2):
            return cell
        return with_parts(replace(cell, latency_loss_percent=make_estimate(900.0, 1.0)))

    figure = drawn(make_rich_summary((1, 2), change=wild), "attribution")
    low, high = figure.axes[0].get_ylim()
    assert high < 50
    (arrow,) = [
        line
        for line in figure.axes[0].lines
        if line.get_marker() == "^" and np.size(line.get_xdata())
    ]
    (height,) = np.asarray(arrow.get_ydata()).tolist()
    assert 0.9 * high < height < high
    assert all(low <= bar.y0 <= bar.y1 <= high for bar in bars_of(figure))
    assert "+900%" in words_of(figure)


def test_the_parts_of_a_request_s_time_are_in_percent_of_its_latency_and_add_up_to_it() -> None:
    picture = charts_of(make_rich_summary((1, 2)))["components"]
    mine = [p for p in picture.values["parts"] if (p["batch_size"], p["threads"]) == (1, 1)]
    assert {part["name"]: part["percent"] for part in mine} == pytest.approx(
        {
            "encode": 0.2,
            "transport": 2.0,
            "queue": 0.1,
            "decode": 0.1,
            "reply": 0.4,
            "computing": 97.2,
        }
    )
    figure = draw_chart(picture)
    assert words_of(figure).count("2.8%") == 7
    assert figure.axes[0].get_ylim() == (0, 100)
    assert len(bars_of(figure)) == 6 * 14


def test_captions_say_what_matters_most_and_where() -> None:
    pictures = charts_of(make_rich_summary((1, 2)))
    assert "add up to its loss. The largest: slower compute " in pictures["attribution"].caption
    assert "of its time, there most of all in transport." in pictures["components"].caption
