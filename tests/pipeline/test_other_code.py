"""A worker that runs other code of scalebench: the run says so, and goes on."""

import dataclasses
from pathlib import Path

import pytest

from bench.pipeline import measure as stage
from bench.pipeline import run_choice
from bench.records import Facts
from tests.measure.factory import Silent, make_request
from tests.pipeline.virtual import use_no_worker

HERE: Facts = {"commit": "e" * 40}


class _Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def notice(self, text: str) -> None:
        self.said.append(text)


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ({"commit": "f" * 40}, f"another commit of scalebench: {'f' * 12} there, {'e' * 12} here"),
        (HERE, ""),
        ({}, ""),
        ({"commit": None, "commit_missing": "git is not installed"}, ""),
    ],
)
def test_a_worker_of_another_commit_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: Facts, words: str
) -> None:
    use_no_worker(monkeypatch, there)
    monkeypatch.setattr(run_choice, "revision_facts", lambda: HERE)
    monkeypatch.setattr(stage, "_measure_blocks", lambda *_: None)
    notes = _Notes()
    request = dataclasses.replace(make_request("stub:1"), data=tmp_path)
    stage.measure(request, notes)
    assert [text for text in notes.said if "commit" in text] == [
        f"the worker runs {words}" for _ in range(bool(words))
    ]
