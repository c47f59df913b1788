"""Attack: a block's file that was cut off, or of which bytes changed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.errors import DataError
from bench.store.folder import RunFolder
from tests.store.hostile import BLOCK, LONGEST_REASON, read_all, refused, small_run

CHANGES = 300


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return small_run(tmp_path_factory.mktemp("damaged"))


@pytest.fixture
def block(run: RunFolder) -> Any:
    """Return the path of the block, whose bytes are restored afterwards."""
    path = run.path / BLOCK
    whole = path.read_bytes()
    yield path
    path.write_bytes(whole)


def test_a_block_that_was_cut_anywhere_is_refused(block: Path) -> None:
    whole = block.read_bytes()
    for length in (*range(16), *range(16, len(whole), 101), *range(len(whole) - 16, len(whole))):
        block.write_bytes(whole[:length])
        refused(block.parent, f"cannot read {block}", "restore it")


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file of which a bit, or some bytes, were changed, or left out."""
    at, count = int(rng.integers(len(content))), int(rng.integers(1, 64))
    flipped = bytes([content[at] ^ 1 << int(rng.integers(8))])
    changes = ((flipped, 1), (rng.bytes(count), count), (b"", count))
    new, replaced_count = changes[rng.integers(len(changes))]
    return content[:at] + new + content[at + replaced_count :]


def test_of_a_block_with_changed_bytes_no_other_row_is_ever_read(block: Path) -> None:
    whole, rng = block.read_bytes(), np.random.default_rng(1)
    expected, refusals = read_all(block.parent), 0
    for _ in range(CHANGES):
        block.write_bytes(damage(whole, rng))
        try:
            rows = read_all(block.parent)
        except DataError as refusal:
            message = str(refusal)
            assert str(block) in message
            assert message.isprintable()
            assert len(message.replace(str(block), "")) < LONGEST_REASON
            refusals += 1
            continue
        for name, column in expected[0].items():
            np.testing.assert_array_equal(rows[0][name], column, err_msg=name)
    assert refusals > CHANGES // 2
