"""Attack: run.json, schedule.json, budget.json and the record of a block with any JSON in them."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from bench.errors import DataError
from bench.records import Budget
from bench.store.documents import MAX_BYTES, MAX_SCHEDULE_BYTES
from bench.store.folder import BUDGET_FILE, RUN_FILE, SCHEDULE_FILE, RunFolder
from tests.restarts import make_restart
from tests.store.factory import as_older, make_run
from tests.store.hostile import (
    BLOCK,
    LONGEST_REASON,
    change_table,
    read_all,
    refused,
    with_metadata,
)

RECORD = BLOCK
DOCUMENTS = (RUN_FILE, SCHEDULE_FILE, BUDGET_FILE, RECORD)
DEEP = b"[" * 100_000 + b"]" * 100_000
LEAVES: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**31, 2**63, 10**400, 1.5, 1e308, float("nan")),
    *("", "x", "\x00\x1b[31m", "../../x", "é" * 300, [], {}, [[]], {"a": 1}),
)
CHANGES_EACH = 60


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Return a run of one block that has every document."""
    folder = make_run(tmp_path / "run", 1, batch_sizes=(1, 2), link={"speed_mbps": 1000})
    folder.write_budget(Budget(preset="quick", max_blocks=3, delta_fraction=0.02, minutes=1.0))
    record = msgspec.structs.replace(folder.read_record(1), restarts=(make_restart(),))
    write(folder, RECORD, msgspec.json.encode(record))
    assert len(read_all(folder.path)) == 1
    return folder


def write(run: RunFolder, name: str, content: bytes) -> None:
    """Replace a document of a run."""
    if name == RECORD:
        change_table(run.path / BLOCK, with_metadata(scalebench_block=content))
    else:
        (run.path / name).write_bytes(content)


def read(run: RunFolder, name: str) -> Any:
    """Return a document of a run."""
    if name == RECORD:
        return msgspec.to_builtins(run.read_record(1))
    return json.loads((run.path / name).read_bytes())


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"{} {}",
        b'{"schema_version": NaN}',
        b'{"schema_version": 1e999}',
        b'{"\xff": 1}',
        b'{"\x1b[31m": 1}',
        b'{"' + b"x" * 100_000 + b'": 1}',
        "{}".encode("utf-16"),
        DEEP,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_not_the_document_is_refused(run: RunFolder, name: str, content: bytes) -> None:
    write(run, name, content)
    refused(run.path, str(run.path / name), "damaged or foreign", "restore it")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (RUN_FILE, ("client", "cpu_model")),
        (RUN_FILE, ("source", "choice")),
        (RECORD, ("restarts", 0, "worker", "cpus")),
    ],
)
def test_what_may_be_anything_may_not_be_nested_without_end(
    run: RunFolder, name: str, path: tuple[str | int, ...]
) -> None:
    document = changed(read(run, name), path, "HERE")
    write(run, name, json.dumps(document).encode().replace(b'"HERE"', DEEP))
    refused(run.path, name, "its values are nested too deeply")


@pytest.mark.parametrize(
    ("name", "max_bytes"),
    [(RUN_FILE, MAX_BYTES), (SCHEDULE_FILE, MAX_SCHEDULE_BYTES), (BUDGET_FILE, MAX_BYTES)],
)
def test_a_document_longer_than_any_is_not_read_whole(
    run: RunFolder, name: str, max_bytes: int
) -> None:
    with (run.path / name).open("r+b") as file:
        file.truncate(16 * 1024**3)  # most of it takes no room on the disk
    refused(run.path, name, f"it has more than {max_bytes // 1024**2} MiB")


def test_a_record_longer_than_any_is_not_decoded(run: RunFolder) -> None:
    write(run, RECORD, b" " * MAX_BYTES + msgspec.json.encode(run.read_record(1)))
    refused(run.path, RECORD, "it has more than 4 MiB")


def test_of_a_name_that_is_there_twice_the_last_value_counts(run: RunFolder) -> None:
    content = (run.path / RUN_FILE).read_bytes()
    write(run, RUN_FILE, content.replace(b"{", b'{"comment": "the first",', 1))
    assert run.info.comment == read(run, RUN_FILE)["comment"] != "the first"


@pytest.mark.parametrize(
    ("name", "path", "value", "words"),
    [
        (RUN_FILE, ("machine",), "../../x", "machine '../../x' cannot name a folder"),
        (RUN_FILE, ("run",), "", "run '' cannot name a folder"),
        (RUN_FILE, ("created_at",), "today", "created_at 'today' is no date"),
        (RUN_FILE, ("created_at",), "9999-12-31", "is no date"),
        (RUN_FILE, ("experiment", "batch_sizes"), [1, 1], "is there twice"),
        (RUN_FILE, ("experiment", "batch_sizes"), [1, 2, 4], "2 lengths for 3 batch sizes"),
        (RUN_FILE, ("experiment", "threads"), [*range(1, 4000)], "more than 4096 cells"),
        (RUN_FILE, ("experiment", "threads"), [], "length >= 1"),
        (RUN_FILE, ("experiment", "lengths", 0, "local", "latency_count"), 0, "no latency"),
        (RUN_FILE, ("experiment", "lengths", 0, "local", "latency_count"), 10**6 + 1, "<= 1000000"),
        (RUN_FILE, ("experiment", "lengths", 0, "remote", "burst_count"), -8, ">= 0"),
        (RUN_FILE, ("source",), {"files": [1]}, "a file of its source: Expected `object`"),
        (SCHEDULE_FILE, ("blocks", 0, "index"), 0, ">= 1"),
        (SCHEDULE_FILE, ("blocks", 0, "index"), 7, "block-001.parquet is not in the schedule"),
        (SCHEDULE_FILE, ("blocks", 0, "restarts"), [], "cells that the run has not"),
        (SCHEDULE_FILE, ("blocks", 0, "restarts", 0, "threads"), 64, "cells that the run has not"),
        (SCHEDULE_FILE, ("blocks", 0, "restarts", 0, "visits", 0, "arms"), [], "length >= 1"),
        (
            *(SCHEDULE_FILE, ("blocks", 0, "restarts", 0, "visits", 0, "arms")),
            *(["local", "local"], "plans a cell or an arm twice"),
        ),
        (BUDGET_FILE, ("delta_fraction",), 0, "> 0"),
        (BUDGET_FILE, ("minutes",), -1, "> 0"),
        (RECORD, ("index",), 2, "the record of block 2"),
        (RECORD, ("started_at",), "\x1b[31m", "it began at"),
        (RECORD, ("started_at",), "9999-12-31T23:59:59", "it began at"),
        (RECORD, ("wall_ns",), 10**400, "<= 9007199254740992"),
        (RECORD, ("restarts", 0, "threads"), 0, ">= 1"),
    ],
)
def test_values_that_cannot_be_are_refused_by_their_name(
    run: RunFolder, name: str, path: tuple[str | int, ...], value: Any, words: str
) -> None:
    write(run, name, json.dumps(changed(read(run, name), path, value)).encode())
    refused(run.path, words)


def test_a_block_that_is_planned_twice_is_refused(run: RunFolder) -> None:
    schedule = read(run, SCHEDULE_FILE)
    schedule["blocks"] *= 2
    write(run, SCHEDULE_FILE, json.dumps(schedule).encode())
    refused(run.path, SCHEDULE_FILE, "its block 1 is there twice")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_any_value_anywhere_gives_a_run_or_one_kind_of_error(run: RunFolder, name: str) -> None:
    check_any_values(run, name, read(run, name))


def test_any_value_anywhere_in_an_older_run_gives_a_run_or_one_kind_of_error(
    run: RunFolder,
) -> None:
    check_any_values(run, RUN_FILE, as_older(read(run, RUN_FILE), 4))


def check_any_values(run: RunFolder, name: str, document: Any) -> None:
    """Put values of other kinds into a document, and read the run."""
    rng, refusals = np.random.default_rng(1), 0
    places = list(paths(document))
    for at in rng.integers(len(places), size=CHANGES_EACH):
        value = LEAVES[rng.integers(len(LEAVES))]
        write(run, name, json.dumps(changed(document, places[at], value)).encode())
        try:
            read_all(run.path)
        except DataError as error:
            reason = str(error).replace(str(run.path), "")
            assert any(each in reason for each in DOCUMENTS)
            assert len(reason) < LONGEST_REASON
            assert reason.isprintable()
            refusals += 1
    assert refusals > CHANGES_EACH // 4


def paths(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where each value of a document is."""
    yield path
    if isinstance(document, dict):
        for key, value in document.items():
            yield from paths(value, (*path, key))
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from paths(value, (*path, place))


def changed(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy of a document with another value at one place."""
    if not path:
        return value
    copied = copy.deepcopy(document)
    holder = copied
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return copied
