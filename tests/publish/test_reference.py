"""The reference says what the code does: the committed one too, and the page that shows it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec import defstruct
from msgspec.inspect import FloatType, type_info

from bench.errors import EXIT_CODES
from bench.page.notices import NOTICES
from bench.pipeline.reference import WIRE, publish_reference
from bench.publish import reference
from bench.publish.files import to_json
from bench.stats.verdict_words import OVERHEAD_VERDICTS, VERDICTS
from bench.store.schema import SCHEMA
from bench.text.verdicts import verdict_words
from bench.wire import MAX_HEADER_BYTES, PROTOCOL_VERSION
from bench.wire.messages import Message

SITE = Path(__file__).parents[2] / "site"
PAGE = (SITE / "method" / "index.md").read_text()
DATA = reference.reference_data(WIRE)


def words(value: Any) -> Iterator[str]:
    """Yield all texts of a reference."""
    if isinstance(value, str):
        yield value
    else:
        for part in value.values() if isinstance(value, dict) else value:
            yield from words(part)


def rows(part: str, table_id: str) -> dict[str, str]:
    """Return the second cell of a table's rows by their first."""
    (table,) = (table for table in DATA[part] if table["id"] == table_id)
    return {row[0]: row[1] for row in table["rows"]}


def test_the_committed_reference_is_what_the_code_says() -> None:
    assert (SITE / "_data" / "scalebench" / "reference.json").read_text() == to_json(DATA).decode()


def test_every_message_stands_there_with_all_its_fields() -> None:
    for message in get_args(Message):
        name = message.__struct_config__.tag
        assert list(rows("wire", f"message-{name}")) == list(message.__struct_fields__)


@pytest.mark.parametrize(
    ("message", "field", "said"),
    [
        ("request", "session", "text of at most 256 characters"),
        ("request", "segment", "integer from 0 to 2^53"),
        ("request", "shape", "list of 1 to 4: integer from 1 to 2^31"),
        ("request", "probe", "true or false; false where it is absent"),
        (
            "welcome",
            "data",
            "map: host (text of at most 255 characters), port (integer from 0 to 65,535)",
        ),
        ("welcome", "engine", "map of names to any values"),
        ("failure", "sequence", "integer from 0 to 2^53 or nil"),
    ],
)
def test_a_field_is_told_with_its_limits(message: str, field: str, said: str) -> None:
    assert rows("wire", f"message-{message}")[field] == said


_OF_64_BITS = f"integer from {-(2**63):,} to {2**63 - 1:,}"


def test_the_stamps_of_a_reply_are_told_one_by_one() -> None:
    said = rows("wire", "message-reply")
    assert [said[f"w{number}_ns"] for number in range(1, 6)] == [_OF_64_BITS] * 5


def test_a_map_within_a_message_is_told_field_by_field() -> None:
    kind = type_info(defstruct("Pair", [("first_ns", int), ("second_ns", int | None)]))
    said = reference._type_words(kind)
    assert said == "map: first_ns (integer), second_ns (integer or nil)"


def test_a_type_without_words_is_refused_and_not_left_out() -> None:
    with pytest.raises(AssertionError, match="FloatType"):
        reference._type_words(FloatType())


def test_the_frames_have_version_limit_and_the_messages_with_a_tensor() -> None:
    said = " ".join(words([t for t in DATA["wire"] if t["id"] == "frames"]))
    assert f"protocol version: {PROTOCOL_VERSION}" in said
    assert f"at most {MAX_HEADER_BYTES // 1024} KiB" in said
    assert "after request and reply only; dtype: float32 (4 bytes)" in said


def test_every_column_code_and_flag_has_its_row() -> None:
    assert list(rows("columns", "columns")) == SCHEMA.names
    assert list(rows("exit_codes", "exit-codes")) == [str(code) for code in EXIT_CODES]
    assert rows("flags", "flags") == NOTICES


def test_no_mark_of_code_is_left_in_a_text() -> None:
    assert not [text for text in words(DATA) if "`" in text or "\n" in text]


def test_the_page_shows_every_table_and_no_number_that_there_is_none_of() -> None:
    assert set(re.findall(r"tables=reference\.(\w+)", PAGE)) == DATA.keys() - {"rules"}
    assert set(re.findall(r"rules\.(\w+)", PAGE)) == DATA["rules"].keys()


def test_the_page_explains_every_verdict() -> None:
    explained = re.findall(r"^\| \S (.+?) \|", PAGE, re.MULTILINE)
    said = {verdict_words(verdict).word for verdict in (*VERDICTS, *OVERHEAD_VERDICTS)}
    about = {word.replace("{{ rules.effect_percent }}", "2") for word in explained}
    assert {word.partition(" ▽")[0] for word in about} == said


def test_publishing_it_again_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").touch()
    path = publish_reference(tmp_path)
    before = path.stat()
    assert publish_reference(tmp_path) == path == tmp_path / "_data/scalebench/reference.json"
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
