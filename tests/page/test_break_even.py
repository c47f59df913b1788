"""The table of a page that predicts from which batch size on remote would be faster."""

import json

from bench.stats.break_even import BreakEven, break_even_scenarios
from bench.text.numbers import TIMES
from tests.page.factory import make_context, make_info

FOUND = tuple(
    BreakEven(each, 2, 8 if each.speedup == 10 else None) for each in break_even_scenarios()
)


def test_the_page_has_a_row_for_each_link_and_says_that_it_is_predicted_and_how() -> None:
    (table,) = make_context(break_evens=FOUND)["details"]
    assert table["id"] == "break-even"
    assert table["head"] == ["Link"]
    assert table["columns"] == [f"{speedup}{TIMES}" for speedup in (1, 2, 5, 10)]
    assert [row["head"] for row in table["rows"]] == [
        ["Loopback, as measured"],
        ["10 Gbit/s"],
        ["1 Gbit/s"],
        ["100 Mbit/s"],
    ]
    assert {tuple(row["cells"]) for row in table["rows"]} == {("never", "never", "never", "from 8")}
    for words in ("Predicted", "not measured", "with 2 threads", "wire", "scalebench predict"):
        assert words in table["note"]
    assert json.loads(json.dumps(table)) == table


def test_a_smoke_test_and_a_run_that_does_not_know_it_have_no_such_table() -> None:
    assert make_context(make_info(smoke=True), break_evens=FOUND)["details"] == []
    assert make_context(break_evens=())["details"] == []
