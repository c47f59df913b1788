"""The extra charts of a real run: published with its page, and verified with it."""

import json
import shutil
from pathlib import Path

from PIL import Image, PngImagePlugin

from bench.charts.png import VALUES_KEY, read_chart_values
from bench.charts.render import render_all
from bench.pipeline.report import make_report
from bench.pipeline.verify import verify
from tests.store.factory import make_run

NAMES = ["attribution", "speedup", "requests"]


def test_a_page_has_its_extra_charts_as_files_and_in_its_data(tmp_path: Path) -> None:
    report = make_report(make_run(tmp_path / "r", 6).path)
    assert [figure["file"] for figure in report.page.data["lead"]] == [
        "lead-overhead.png",
        "lead-components.png",
    ]
    figures = report.page.data["extras"]
    assert [figure["file"] for figure in figures] == [f"more-{name}.png" for name in NAMES]
    drawn = render_all(report.charts)
    assert all(drawn[figure["file"]].startswith(b"\x89PNG") for figure in figures)
    assert all(figure["alt"] and figure["caption"] and figure["source"] for figure in figures)


def test_verify_finds_a_changed_number_of_an_extra_chart(measured: Path, tmp_path: Path) -> None:
    shutil.copytree(measured, tmp_path / "copy")
    site, run = tmp_path / "copy/site", tmp_path / "copy/data/m/r"
    assert verify(run, site).differences == []
    path = site / "stub/m/r/more-attribution.png"
    values = read_chart_values(path)
    values["parts"][0]["percent"] += 1
    info = PngImagePlugin.PngInfo()
    info.add_text(VALUES_KEY, json.dumps(values))
    with Image.open(path) as picture:
        picture.load()
        picture.save(path, pnginfo=info)
    (difference,) = verify(run, site).differences
    assert difference.startswith("more-attribution.png.parts[0].percent: is ")


def test_a_second_rendering_changes_no_byte(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "r", 6)
    first, second = (make_report(folder.path) for _ in range(2))
    assert first.page == second.page
    assert render_all(first.charts) == render_all(second.charts)
