"""Tables as text: every cell in its column, whatever is in it."""

import pytest

from bench.text.table import format_csv_rows, format_markdown


def test_csv_has_a_header_and_quotes_what_it_must() -> None:
    rows: list[dict[str, object]] = [{"b": None, "a": 1}, {"a": 'say "x", then', "b": 0.5}]
    assert format_csv_rows(("a", "b"), rows) == 'a,b\n1,\n"say ""x"", then",0.5\n'


def test_a_row_with_a_key_that_is_no_column_is_refused() -> None:
    with pytest.raises(ValueError, match="'c'"):
        format_csv_rows(("a",), [{"a": 1, "c": 2}])


def test_markdown_has_a_header_the_rule_and_a_line_for_each_row() -> None:
    text = format_markdown(("a", "b"), "|---:|:---|", [("1", "x"), ("2", "")])
    assert text == "| a | b |\n|---:|:---|\n| 1 | x |\n| 2 |  |\n"
