"""A worker that is restarted, or replaced by another one, while a run is measured."""

from pathlib import Path

from bench.store.run import load_run
from tests.chaos.proxy import free_pair
from tests.cli.command import (
    STUB,
    check_refused,
    contents,
    finish,
    serving_stub,
    start,
    wait_for_next_block,
)

BLOCKS = ("--preset", "quick", "--timeout", "5", "--machine", "m", "--run", "r")


def test_a_worker_that_is_restarted_costs_its_block_only(tmp_path: Path) -> None:
    bind = f"tcp://127.0.0.1:{free_pair()}"
    with serving_stub(bind=bind) as (worker, endpoint):
        run = start(*STUB, *BLOCKS, "--data", tmp_path, "--worker", endpoint)
        wait_for_next_block(worker, tmp_path / "m/r/block-001.parquet")
        before = contents(tmp_path)
    with serving_stub(bind=bind):
        ended = finish(run)
    assert ended.returncode == 0, ended.stderr
    assert "It is measured again (1 of 2)" in ended.stderr
    after = contents(tmp_path)
    kept = [path for path in before if path.suffix == ".parquet"]
    assert [after[path] for path in kept] == [before[path] for path in kept]
    indices = [block.index for block in load_run(tmp_path / "m/r").measured]
    assert indices == list(range(1, len(indices) + 1))


def test_a_worker_that_is_replaced_by_one_of_other_weights_ends_the_run(tmp_path: Path) -> None:
    bind = f"tcp://127.0.0.1:{free_pair()}"
    weights = tmp_path / "weights.pt"
    weights.write_text("other")
    with serving_stub(bind=bind) as (worker, endpoint):
        run = start(*STUB, *BLOCKS, "--data", tmp_path / "data", "--worker", endpoint)
        wait_for_next_block(worker, tmp_path / "data/m/r/block-001.parquet")
        before = contents(tmp_path / "data")
    with serving_stub(1, "--weights", weights, bind=bind):
        ended = finish(run)
    check_refused(ended, 5, endpoint, "weights is seeded here and sha256:")
    after = contents(tmp_path / "data")
    kept = [path for path in before if path.suffix == ".parquet"]
    assert [after[path] for path in kept] == [before[path] for path in kept]
