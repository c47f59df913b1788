"""A run or a site that is damaged, foreign, newer or not one: every command says so."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.store.schema import SCHEMA_VERSION
from tests.cli.command import STUB, check_refused, contents, scalebench

NEWER = str(SCHEMA_VERSION + 1)


def summary(place: Path) -> tuple[object, ...]:
    return ("summary", place / "data/m/r")


def report(place: Path) -> tuple[object, ...]:
    return ("report", "--data", place / "data", "--site", place / "site")


def verify(place: Path) -> tuple[object, ...]:
    return ("verify", place / "data/m/r", "--site", place / "site")


def measure(place: Path) -> tuple[object, ...]:
    return (*STUB, "--data", place / "data", "--machine", "m", "--run", "r")


def truncate(block: Path) -> None:
    block.write_bytes(block.read_bytes()[:300])


def replace(block: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), block)


def date_ahead(block: Path) -> None:
    table = pq.read_table(block)
    metadata = {**table.schema.metadata, b"scalebench_schema_version": NEWER.encode()}
    pq.write_table(table.replace_schema_metadata(metadata), block)


@pytest.mark.parametrize(
    ("spoil", "command", "words"),
    [
        (truncate, summary, ["cannot read", "restore it, or remove it"]),
        (truncate, report, ["cannot read", "restore it, or remove it"]),
        (truncate, verify, ["cannot read", "restore it, or remove it"]),
        (truncate, measure, ["cannot read", "restore it, or remove it"]),
        (replace, report, ["is not a file of scalebench"]),
        (replace, measure, ["is not a file of scalebench"]),
        (date_ahead, summary, [f"schema version {NEWER}", "update scalebench"]),
        (date_ahead, verify, [f"schema version {NEWER}", "update scalebench"]),
    ],
)
def test_a_block_that_cannot_be_read_is_named_with_what_to_do(
    place: Path,
    spoil: Callable[[Path], None],
    command: Callable[[Path], tuple[object, ...]],
    words: list[str],
) -> None:
    block = place / "data/m/r/block-001.parquet"
    spoil(block)
    before = contents(place)
    check_refused(scalebench(*command(place)), 3, str(block), *words)
    assert contents(place) == before


@pytest.mark.parametrize("command", [summary, measure])
def test_a_newer_run_is_refused_by_its_version_whatever_else_it_holds(
    place: Path, command: Callable[[Path], tuple[object, ...]]
) -> None:
    path = place / "data/m/r/run.json"
    info = {**json.loads(path.read_text()), "schema_version": SCHEMA_VERSION + 1, "new": "field"}
    path.write_text(json.dumps(info))
    before = contents(place)
    words = (str(path), f"schema version {NEWER}", "update scalebench")
    check_refused(scalebench(*command(place)), 3, *words)
    assert contents(place) == before


@pytest.mark.parametrize("command", [summary, report, measure])
def test_a_run_without_its_schedule_is_refused(
    place: Path, command: Callable[[Path], tuple[object, ...]]
) -> None:
    path = place / "data/m/r/schedule.json"
    path.unlink()
    before = contents(place)
    check_refused(scalebench(*command(place)), 3, str(path), "restore ")
    assert contents(place) == before


def test_a_folder_that_is_no_site_gets_no_page(untouched: Path, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    result = scalebench("report", "--data", untouched / "data", "--site", folder)
    check_refused(result, 3, str(folder), "_config.yml", "give the folder of")
    assert list(folder.iterdir()) == []
