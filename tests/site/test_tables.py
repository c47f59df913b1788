"""Tables in a browser: any column orders the summary, each chart has its data, no cell is empty."""

from collections.abc import Iterator
from typing import Any

import pytest

from bench.publish import publish_runs, put_page
from bench.stats.cells import CellSummary
from tests.charts.factory import make_summary, unmeasured
from tests.charts.test_imported import as_imported
from tests.needs import need
from tests.page.factory import make_info, make_page
from tests.page.test_source import SOURCE
from tests.site.audit import Watch, accessibility_faults, sideways_faults
from tests.site.conftest import PAGE, copy_site, jekyll
from tests.site.serving import served

REPORT = PAGE.removesuffix("index.html")
MANY = tuple(range(1, 19))
PHONE_AND_DESKTOP = [(320, "light"), (1366, "dark")]
HTML_BYTES_MAX = 270_000
# The wide page takes longest to check, and its layout is narrowest on a phone.
UNUSUAL_VIEWS = [
    ("wide", (320, "light")),
    *((page, view) for page in ("imported", "quick", "partly") for view in PHONE_AND_DESKTOP),
]
COLUMNS = (
    "Batch",
    "Threads",
    "Overhead ms",
    "of local latency",
    "Verdict",
    "Overhead as a plot",
    "Compute difference",
    "Latency loss",
    "Verdict of the loss",
    "Local ms",
    "Remote ms",
)
# Rows of a group share the cell of their batch size, so columns are counted from the right.
_COLUMN = """
column => [...document.querySelectorAll(".cells tbody tr")].map(row => {
  const cell = row.cells[row.cells.length - 15 + column];
  return [cell.dataset.value, cell.textContent.trim()];
})
"""
_EMPTY = """
[...document.querySelectorAll("tbody th, tbody td")].filter(
  cell => !cell.matches(".plot") && !cell.textContent.trim()
).length
"""


def partly(cell: CellSummary) -> CellSummary:
    return unmeasured(cell) if cell.batch_size in (2, 4) else cell


def imported(cell: CellSummary) -> CellSummary:
    return unmeasured(cell) if cell.batch_size in (2, 4) else as_imported(cell)


@pytest.fixture(scope="module")
def unusual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of pages with many threads, imported, with few blocks, and with gaps."""
    need("bundle", "jekyll")
    folder = tmp_path_factory.mktemp("unusual")
    site = copy_site(folder)
    pages = {
        "wide": (make_info(run="wide", threads=MANY), make_summary(MANY)),
        "imported": (
            make_info(run="imported", source=SOURCE, client={}, worker={}),
            make_summary(change=imported),
        ),
        "quick": (make_info(run="quick"), make_summary(blocks=3)),
        "partly": (make_info(run="partly"), make_summary(change=partly)),
    }
    for info, summary in pages.values():
        put_page(site, *make_page(info, summary))
    publish_runs(site)
    jekyll(folder)
    with served(site / "_site") as address:
        yield f"{address}resnet/box-2c/"


def column(tab: Any, name: str) -> list[tuple[str, str]]:
    """Return value and text of each cell of a column, from top to bottom."""
    return [(value, text) for value, text in tab.evaluate(_COLUMN, COLUMNS.index(name))]


def head(tab: Any, name: str) -> Any:
    return tab.locator(".cells thead th").nth(COLUMNS.index(name))


def sort_by(tab: Any, name: str) -> str | None:
    """Click a column's head and return the order that it then says it has."""
    head(tab, name).locator("button").click()
    order: str | None = head(tab, name).get_attribute("aria-sort")
    return order


def body(tab: Any) -> str:
    groups = tab.locator(".cells").evaluate("table => [...table.tBodies].map(b => b.outerHTML)")
    return "".join(groups)


def test_a_column_is_ordered_by_its_values_and_a_third_click_brings_the_groups_back(
    tab: Any, address: str
) -> None:
    tab.goto(address + REPORT)
    before = body(tab)
    assert sort_by(tab, "Latency loss") == "ascending"
    values, texts = zip(*column(tab, "Latency loss"), strict=True)
    numbers = [float(value) for value in values]
    assert len(numbers) == 14
    assert numbers == sorted(numbers)
    assert list(texts) != sorted(texts)
    assert sort_by(tab, "Latency loss") == "descending"
    assert [float(value) for value, _ in column(tab, "Latency loss")] == numbers[::-1]
    assert sort_by(tab, "Latency loss") is None
    assert body(tab) == before


def test_every_column_but_the_plot_can_be_ordered_and_one_at_a_time_is(
    tab: Any, address: str
) -> None:
    tab.goto(address + REPORT)
    heads = tab.locator(".cells thead th")
    assert heads.count() == 15
    assert tab.locator(".cells thead th:not(.plot) > button.sort").count() == 14
    assert tab.locator(".cells thead th.plot button").count() == 0
    for name in ("Remote ms", "Verdict"):
        assert sort_by(tab, name) == "ascending"
        assert tab.locator("[aria-sort]").count() == 1


def test_rows_that_are_equal_keep_their_order_and_each_names_its_batch(
    tab: Any, address: str
) -> None:
    tab.goto(address + REPORT)
    batches = ["1", "2", "4", "8", "16", "32", "64"]
    sort_by(tab, "Threads")
    assert [value for value, _ in column(tab, "Threads")] == ["1"] * 7 + ["2"] * 7
    assert [text for _, text in column(tab, "Batch")] == batches * 2
    sort_by(tab, "Threads")
    assert [value for value, _ in column(tab, "Threads")] == ["2"] * 7 + ["1"] * 7
    assert [text for _, text in column(tab, "Batch")] == batches * 2
    assert tab.locator('.cells tbody th[scope="row"]').count() == 14


def test_what_was_not_measured_comes_last_in_both_directions(tab: Any, unusual: str) -> None:
    tab.goto(f"{unusual}partly/")
    for order in ("ascending", "descending"):
        assert sort_by(tab, "Remote ms") == order
        values, texts = zip(*column(tab, "Remote ms"), strict=True)
        assert values[-4:] == ("",) * 4
        assert texts[-4:] == ("—",) * 4
        assert all(values[:-4])


def test_a_column_is_ordered_from_the_keyboard(tab: Any, address: str) -> None:
    tab.goto(address + REPORT)
    head(tab, "Local ms").locator("button").focus()
    for key, order in (("Enter", "ascending"), ("Space", "descending"), ("Enter", None)):
        tab.keyboard.press(key)
        assert head(tab, "Local ms").get_attribute("aria-sort") == order
        assert tab.evaluate("document.activeElement.className") == "sort"


@pytest.mark.parametrize("tab", [(390, "dark"), (1366, "light")], indirect=True)
def test_an_ordered_table_has_no_fault(tab: Any, address: str) -> None:
    watch = Watch(tab, address)
    tab.goto(address + REPORT)
    sort_by(tab, "Latency loss")
    assert watch.faults() == []


@pytest.mark.parametrize("width", [320, 1000])
def test_without_script_the_table_has_no_button_and_the_same_shape(
    context: Any, scriptless: Any, address: str, width: int
) -> None:
    shapes = []
    for opened, buttons in ((context, 14), (scriptless, 0)):
        tab = opened.new_page()
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto(address + REPORT)
        heads = tab.locator(".cells thead th")
        boxes = [heads.nth(index).bounding_box() for index in range(heads.count())]
        shapes.append([(box["x"], box["width"], box["height"]) for box in boxes])
        assert tab.locator(".cells button").count() == buttons
        tab.locator(".content details.points summary").first.click()
        assert tab.locator(".content details.points table").first.is_visible()
        tab.close()
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(("page", "tab"), UNUSUAL_VIEWS, indirect=["tab"])
def test_an_unusual_run_has_no_fault_and_no_empty_cell(tab: Any, unusual: str, page: str) -> None:
    watch = Watch(tab, unusual.removesuffix("resnet/box-2c/"))
    response = tab.goto(f"{unusual}{page}/")
    assert len(response.body()) <= HTML_BYTES_MAX
    assert watch.disturbances() + sideways_faults(tab) == []
    # All that is visible now still is when everything is open, so axe looks at it once.
    tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert accessibility_faults(tab) + sideways_faults(tab) == []
    assert tab.evaluate(_EMPTY) == 0


def test_the_data_of_a_chart_opens_below_it_and_moves_nothing_beside_it(
    tab: Any, address: str
) -> None:
    tab.goto(address + REPORT)
    first, second = tab.locator(".content .chart").nth(0), tab.locator(".content .chart").nth(1)
    beside = second.locator("summary")

    def apart_px() -> float:
        return float(beside.bounding_box()["y"] - first.locator("figure").bounding_box()["y"])

    before = apart_px()
    assert not first.locator("table").is_visible()
    first.locator("summary").click()
    assert first.locator("tbody tr").count() == 2
    assert apart_px() == before
    assert not second.locator("table").is_visible()
    figure, table = (first.locator(name).bounding_box() for name in ("figure", "table"))
    assert table["y"] >= figure["y"] + figure["height"]
    assert figure["x"] <= table["x"]
    assert table["x"] + table["width"] <= figure["x"] + figure["width"]


def test_data_that_is_closed_is_not_printed(tab: Any, address: str) -> None:
    tab.goto(address + REPORT)
    tab.locator(".content details.points summary").first.click()
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("details.points summary:visible").count() == 1
    assert tab.locator("details.points table:visible").count() == 1
