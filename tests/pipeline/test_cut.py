"""A run that is cut at any step and goes on says the same as one that was not, to the digit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.pipeline import measure as stage
from bench.stats.results import summarise
from bench.store import files
from bench.store.run import load_run
from tests.measure.factory import Silent
from tests.pipeline.virtual import quick_request, use_no_worker, virtual_restart


class Cut(BaseException):
    """The run ends here."""


class Steps:
    """Counts steps, and cuts at one of them."""

    def __init__(self) -> None:
        self.taken = 0
        self.cut_at = -1

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that takes a step first."""

        def stepped(*arguments: Any, **options: Any) -> Any:
            self.taken += 1
            if self.taken == self.cut_at:
                raise Cut
            return function(*arguments, **options)

        return stepped


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Let restarts take no time, and count each of them and what is done to each file."""
    steps = Steps()
    use_no_worker(monkeypatch)
    monkeypatch.setattr(stage, "measure_restart", steps.before(virtual_restart))
    for name in ("remove_leftovers", "_sync_folder"):
        monkeypatch.setattr(files, name, steps.before(getattr(files, name)))
    return steps


def measure(data: Path) -> Path:
    return stage.measure(quick_request(data), Silent())


def test_cut_at_each_step_the_summary_is_the_same_to_the_digit(
    tmp_path: Path, steps: Steps
) -> None:
    whole = summarise(load_run(measure(tmp_path / "whole")))
    count, complete = steps.taken, set()
    assert count > 12
    for cut_at in range(1, count + 1):
        data = tmp_path / str(cut_at)
        steps.taken, steps.cut_at = 0, cut_at
        with pytest.raises(Cut):
            measure(data)
        run = data / "m" / "r"
        complete.add(len(list(run.glob("block-*.parquet"))))
        steps.cut_at = -1
        again = summarise(load_run(measure(data)))
        assert again.summary == whole.summary
        assert again.decisions == whole.decisions
        assert sorted(path.name for path in run.iterdir()) == sorted(
            path.name for path in (tmp_path / "whole" / "m" / "r").iterdir()
        )
    assert complete == {0, 1, 2, 3}
