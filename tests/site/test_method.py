"""The page on the method, built: its tables, its numbers and its contents."""

import re
from html import escape, unescape
from pathlib import Path

import pytest

from bench.pipeline.reference import WIRE
from bench.publish.reference import reference_data
from bench.stats.estimate import MIN_INTERVAL_BLOCKS, MIN_VERDICT_BLOCKS

DATA = reference_data(WIRE)


@pytest.fixture(scope="module")
def text(built: Path) -> str:
    """Return the page's source."""
    return (built / "method" / "index.html").read_text()


@pytest.mark.parametrize("part", sorted(DATA.keys() - {"rules"}))
def test_every_cell_of_a_table_is_on_the_page(text: str, part: str) -> None:
    shown = unescape(text)
    for table in DATA[part]:
        assert table["note"] in shown
        for row in table["rows"]:
            assert [cell for cell in row if cell not in shown] == []


def test_the_numbers_of_the_rules_stand_in_the_text(text: str) -> None:
    assert f"Below {MIN_INTERVAL_BLOCKS} blocks there is a point" in text
    assert f"there are fewer than {MIN_VERDICT_BLOCKS} blocks" in text
    assert "{{" not in text


def test_the_contents_lead_to_every_heading(text: str) -> None:
    contents = text[text.index('id="markdown-toc"') : text.index("<h2")]
    linked = re.findall(r'href="#([^"]+)"', contents)
    headings = re.findall(r'<h2 id="([^"]+)">', text)
    assert linked == headings
    assert {"where-the-limits-are", "wire-format", "exit-codes"} <= set(headings)


def test_a_formula_is_text_that_keeps_its_lines(text: str) -> None:
    block = text[text.index("<pre") : text.index("</pre>")]
    assert escape("transport  = (c4 − c2) − (w5 − w1)\n") in block
