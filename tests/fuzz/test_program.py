"""``make fuzz``: what it makes, when it fails, and what it reports."""

import json
from dataclasses import asdict
from pathlib import Path

import msgspec
import pytest

from bench.wire.messages import Request
from tests.fuzz import __main__ as program
from tests.fuzz import decoder, generated, guided
from tests.fuzz.generated import check_generated
from tests.fuzz.mutations import HOSTILE, MUTATIONS, Mutation, seeded, with_other_field
from tests.fuzz.tally import Tally
from tests.promises import Kept, write_report
from tests.wire.examples import EXAMPLES, frames_of

ROW = Kept("A promise.", "a fault", 7, "it was kept")


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return where the report of a program that passed is."""
    monkeypatch.setattr(
        program, "write_report", lambda target, rows: write_report(target, rows, tmp_path)
    )
    return tmp_path / "fuzz.json"


def test_the_report_has_the_rows_of_all_parts(
    monkeypatch: pytest.MonkeyPatch, report: Path
) -> None:
    given = []

    def part(count: int, seed: int) -> list[Kept]:
        given.append((count, seed))
        return [ROW]

    monkeypatch.setattr(program, "PARTS", (part, part))
    program.main(["50"])
    assert given == [(50, 1), (50, 1)]
    assert json.loads(report.read_text())["rows"] == [asdict(ROW)] * 2


@pytest.mark.parametrize("failure", [AssertionError, SystemExit, ValueError])
def test_a_part_that_fails_ends_the_program_without_a_report(
    monkeypatch: pytest.MonkeyPatch, report: Path, failure: type[BaseException]
) -> None:
    def part(count: int, seed: int) -> list[Kept]:
        raise failure

    monkeypatch.setattr(program, "PARTS", (lambda *_: [ROW], part))
    with pytest.raises(failure):
        program.main([])
    assert not report.exists()


def test_without_atheris_hypothesis_makes_all_messages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(guided, "available", lambda: False)
    monkeypatch.setattr(decoder, "MIN_BRANCH_PERCENT", 50)
    made, memory = decoder.fuzz_decoder(300, 1)
    assert made.fault.endswith("made by hypothesis")
    assert made.count == memory.count >= 300
    assert made.result.endswith("% of the decoder's branches")
    printed = capsys.readouterr().out
    assert "atheris is not installed: hypothesis alone makes messages\n" in printed
    assert "bench/wire/frames.py" in printed


def test_too_few_branches_are_a_failure_that_says_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generated, "check_generated", lambda *_: decode_one_message())
    monkeypatch.setattr(guided, "available", lambda: False)
    with pytest.raises(SystemExit, match=r"^[1-9][0-9]\.\d % of .* taken; at least 95 % must be$"):
        decoder.fuzz_decoder(1, 1)


def decode_one_message() -> Tally:
    tally = Tally()
    tally.check(frames_of(EXAMPLES[0]))
    return tally


def test_a_seed_decides_what_hypothesis_makes() -> None:
    assert check_generated(100, 1) == check_generated(100, 1)
    assert check_generated(100, 1) != check_generated(100, 2)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_mutation_changes_messages_and_takes_any_frames(mutation: Mutation) -> None:
    frames = frames_of(Request("s", 0, 0, "float32", (1, 3, 2, 2)))
    before = list(frames)
    changed = [mutation(seeded(seed), frames) for seed in range(20)]
    assert sum(each != before for each in changed) > 5
    assert frames == before
    for seed in range(20):
        for few in ([], [b""], [b"", b"", b""]):
            mutation(seeded(seed), few)


def test_every_hostile_value_comes_into_a_header() -> None:
    chance = seeded(1)
    (header,) = frames_of(EXAMPLES[1])
    made = b"".join(with_other_field(chance, header, None) for _ in range(1500))
    missing = [value for value in HOSTILE if msgspec.msgpack.encode(value) not in made]
    assert missing == []
