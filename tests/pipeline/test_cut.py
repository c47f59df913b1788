"""A run that is cut at any step and goes on says the same as one that was not, to the digit."""

import contextlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.config import make_budget, make_experiment
from bench.measure.request import MeasureRequest
from bench.pipeline import measure as stage
from bench.plan import make_block
from bench.records import EngineSpec, Restart, RestartRecord, Sample
from bench.stats.results import summarise
from bench.store import files
from bench.store.run import load_run
from bench.wire.messages import Description
from tests.restarts import make_restart
from tests.store.factory import samples_of_block


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


class Silent:
    """Hears a run."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Let restarts take no time, and count each of them and what is done to each file."""
    steps = Steps()
    description = Description(EngineSpec(model="stub:1"), 64, 8, False, {}, {})
    monkeypatch.setattr(stage, "worker_address", _endpoint)
    monkeypatch.setattr(stage, "describe_worker", lambda _: description)
    monkeypatch.setattr(stage, "link_facts", lambda _: {})
    monkeypatch.setattr(stage, "measure_restart", steps.before(_restart))
    for name in ("remove_leftovers", "_sync_folder"):
        monkeypatch.setattr(files, name, steps.before(getattr(files, name)))
    return steps


@contextlib.contextmanager
def _endpoint(_request: MeasureRequest) -> Iterator[str]:
    yield "virtual"


def _restart(
    request: MeasureRequest, block: int, restart: Restart, _endpoint: str, _observer: Any
) -> tuple[RestartRecord, list[Sample]]:
    planned = make_block(request.experiment, block)
    rng = random.Random(block)  # noqa: S311 - a simulation is no secret
    samples = samples_of_block(request.experiment, planned, rng)
    record = make_restart(restart.threads, startup_ns=1, wall_ns=1)
    return record, [sample for sample in samples if sample.threads == restart.threads]


def measure(data: Path) -> Path:
    budget = make_budget("quick")
    experiment = make_experiment(
        budget=budget, core_count=2, model="stub:1", batch_sizes="1,8", threads="1", image_size=32
    )
    request = MeasureRequest(experiment=experiment, budget=budget, data=data, machine="m", run="r")
    return stage.measure(request, Silent())


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
