"""The extra charts of a real run: published with its page, and verified with it."""

import json
import shutil
from pathlib import Path

from PIL import Image, PngImagePlugin

from bench.charts.png import VALUES_KEY, read_chart_values
from bench.pipeline.report import draw_page, make_page
from bench.pipeline.verify import verify
from bench.store.folder import RunFolder
from tests.store.factory import make_run

NAMES = ["attribution", "components", "speedup", "requests"]


def test_a_page_has_its_extra_charts_as_files_and_in_its_data(tmp_path: Path) -> None:
    files, data = draw_page(make_page(make_run(tmp_path / "r", 6)))
    figures = json.loads(data)["extras"]
    assert [figure["file"] for figure in figures] == [f"more-{name}.png" for name in NAMES]
    assert all(files[figure["file"]].startswith(b"\x89PNG") for figure in figures)
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
    first, second = (draw_page(make_page(run)) for run in (folder, RunFolder(folder.path)))
    assert first == second
