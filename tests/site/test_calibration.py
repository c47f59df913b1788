"""The calibration report on the page about the method."""

from pathlib import Path

import pytest

from bench.calibration.hit_rate import HitRate
from bench.calibration.report import calibration_data
from bench.calibration.stage import REPORT
from bench.publish import publish_site_data
from tests.needs import need
from tests.site.conftest import jekyll, make_checkout

PAGE = "method/index.html"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    need("bundle", "jekyll")
    return make_checkout(tmp_path) / "site"


def _built(site: Path) -> str:
    jekyll(site.parent)
    return (site / "_site" / PAGE).read_text()


def test_a_page_without_a_report_says_how_to_make_one(site: Path) -> None:
    (site / "_data" / "scalebench" / "calibration.json").unlink(missing_ok=True)
    page = _built(site)
    assert "scalebench calibrate</code> makes one" in page
    assert "calibration-v0" not in page


def test_a_report_is_shown_by_stage_and_what_missed_is_open_and_said(site: Path) -> None:
    held = HitRate("held <b>", 95, 100, 92, 98)
    missed = HitRate("missed", 80, 100, 92, 98)
    data = calibration_data({"V0": [held], "V1": [held, missed]}, {"Seed": "1"}, quick=False)
    publish_site_data(site, REPORT, data)
    page = _built(site)
    assert "1 of 3 experiments ended outside their bands." in page
    assert '<details id="calibration-v0">' in page
    assert '<details id="calibration-v1" open' in page
    assert "held &lt;b&gt;" in page
    assert "95.0%" in page
    assert "92.0% to 98.0%" in page
    assert page.count("✓") == 2
    assert page.count("✗") == 1
    assert "quick calibration" not in page
