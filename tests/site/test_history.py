"""A change in the history of a machine, in words on each page of that machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.publish import publish_runs, put_page
from bench.publish.history import comparison_data
from bench.records import Cell
from bench.stats.comparison import Moments, RunMoments
from tests.needs import need
from tests.page.factory import PLACEMENT, make_info, make_page
from tests.site.audit import Watch
from tests.site.conftest import copy_site, jekyll
from tests.site.serving import served

CELL = Cell(batch_size=1, threads=2)
RUNS = {"first": ("a", 0.05), "second": ("a", 0.15), "third": ("b", 0.15)}
CHANGE = "</span> loss up since first"
ASIDE = "not comparable with older runs"
LINKED: dict[str, Any] = {
    "link": {"interface": "eth0", "shaped_mbps": 1000.0},
    "placement": {**PLACEMENT, "remote": "a worker at tcp://10.0.0.2:5555"},
}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built pages of three runs: the second is slower, the third of another kind."""
    need("bundle", "jekyll")
    folder = tmp_path_factory.mktemp("changed")
    copy_site(folder)
    for run, (kind, mean) in RUNS.items():
        made = make_page(make_info(run=run, **(LINKED if run == "third" else {})))
        moments: RunMoments = {
            "overhead": {},
            "local latency": {},
            "latency loss": {CELL: Moments(10, mean, 1e-4)},
            "remote throughput": {},
        }
        compared = {**made.page.data, "comparison": comparison_data(kind, moments, None)}
        put_page(folder / "site", *made._replace(page=made.page._replace(data=compared)))
    publish_runs(folder / "site")
    jekyll(folder)
    return folder / "site" / "_site"


@pytest.fixture(scope="module")
def changed_address(changed: Path) -> Iterator[str]:
    """Return where these pages are served."""
    with served(changed) as address:
        yield address


@pytest.mark.parametrize("run", RUNS)
def test_a_change_is_told_once_in_the_row_of_its_run(changed: Path, run: str) -> None:
    text = (changed / "resnet" / "box-2c" / run / "index.html").read_text()
    assert text.count(CHANGE) == 1
    row = text[: text.index(CHANGE)].rpartition("<tr")[2]
    assert "second" in row
    assert "▲" in row


def test_a_run_that_cannot_be_compared_says_so_in_its_rows(changed: Path) -> None:
    text = (changed / "resnet" / "box-2c" / "first" / "index.html").read_text()
    rows = text[text.index('class="trends"') :].split("<tr")
    assert ["third" in row for row in rows if ASIDE in row] == [True] * text.count('class="trend"')


def test_each_row_says_where_the_worker_was_since_it_was_in_several_places(changed: Path) -> None:
    text = (changed / "resnet" / "box-2c" / "first" / "index.html").read_text()
    for row in text[text.index('class="trends"') :].split("<tr")[1:]:
        if '<th scope="row">' in row:
            place = "1 Gbit/s link" if "third" in row else "Same machine"
            assert f'<span class="change">{place}</span></th>' in row


@pytest.mark.parametrize("tab", [(320, "light"), (390, "dark"), (1366, "light")], indirect=True)
def test_a_marked_history_has_no_fault_in_a_browser(tab: Any, changed_address: str) -> None:
    watch = Watch(tab, changed_address)
    tab.goto(changed_address + "resnet/box-2c/second/")
    assert watch.faults() == []
