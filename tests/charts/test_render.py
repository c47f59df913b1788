"""The pictures: size, palette, weight, and the numbers they carry."""

import io
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image

from bench.charts.png import VALUES_KEY, read_chart_values
from bench.charts.points import ChartSpec, chart_specs, chart_values
from bench.errors import DataError
from tests.charts.factory import BATCH_SIZES, draw_all, make_summary, render

LOSS = ChartSpec("latency", ratio=True, batch_size=16)


def test_all_pictures_are_small_flat_and_not_blank() -> None:
    summary = make_summary(range(1, 19))
    charts = draw_all(summary)
    assert list(charts) == [f"{spec.slug('resnet')}.png" for spec in chart_specs(BATCH_SIZES)]
    assert sum(map(len, charts.values())) < 1_000_000
    for name, data in charts.items():
        assert len(data) <= 60 * 1024, name
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.size == (1280, 800)
            assert picture.mode == "P"
            colours = picture.convert("RGB").getcolors()
        assert colours is not None
        assert 8 < len(colours) <= 64, name
        assert max(colours)[1] == (255, 255, 255)


@pytest.mark.parametrize("spec", chart_specs([16]), ids=lambda spec: spec.kind)
def test_a_second_rendering_has_the_same_bytes(spec: ChartSpec) -> None:
    summary = make_summary()
    first = render(spec, summary, "Stub")
    with mpl.rc_context({"font.family": "DejaVu Serif"}):
        assert render(spec, summary, "Stub") == first


@pytest.mark.parametrize("spec", chart_specs([16]), ids=lambda spec: spec.kind)
def test_a_picture_carries_its_values(spec: ChartSpec, tmp_path: Path) -> None:
    summary = make_summary((1, 2))
    path = tmp_path / f"{spec.slug('resnet')}.png"
    path.write_bytes(render(spec, summary))
    assert read_chart_values(path) == chart_values(spec, summary)


def test_a_missing_picture_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no chart at"):
        read_chart_values(tmp_path / "gone.png")


@pytest.mark.parametrize("keep", [0, 7, 40, 400, 5000])
def test_a_cut_picture_is_a_data_error(keep: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    path.write_bytes(render(LOSS, make_summary())[:keep])
    with pytest.raises(DataError, match="not a readable PNG"):
        read_chart_values(path)


def test_a_flipped_byte_is_a_data_error(tmp_path: Path) -> None:
    data = bytearray(render(LOSS, make_summary()))
    data[data.index(b"points")] ^= 1
    path = tmp_path / "flipped.png"
    path.write_bytes(data)
    with pytest.raises(DataError):
        read_chart_values(path)


def test_a_foreign_picture_is_a_data_error(tmp_path: Path) -> None:
    path = tmp_path / "foreign.png"
    Image.new("P", (1280, 800)).save(path)
    with pytest.raises(DataError, match=f"carries no '{VALUES_KEY}' values"):
        read_chart_values(path)
