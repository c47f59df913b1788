"""The calibration stage and its command: what is proved, what is written, and how it ends."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench.calibration import formula_trials as formulas
from bench.calibration import stage
from bench.calibration.hit_rate import HitRate
from bench.calibration.report import STAGES, calibration_data
from bench.cli.commands import app
from bench.errors import EXIT_MISSED, EXIT_OK, DataError

HELD = HitRate("held: covered", 95, 100, 92, 98)
MISSED = HitRate("missed: covered", 80, 100, 92, 98)
ALL = HitRate("all", 3, 3, 3, 3)
EMPTY = HitRate("none carried", 0, 0, 0, 0)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "_config.yml").touch()
    return tmp_path


def _report(*hit_rates: HitRate, quick: bool = False) -> dict[str, object]:
    return calibration_data({"V0": hit_rates}, {"Seed": "1"}, quick=quick)


def _stored(site: Path) -> dict[str, object]:
    stored: dict[str, object] = json.loads(
        (site / "_data" / "scalebench" / "calibration.json").read_bytes()
    )
    return stored


def test_all_three_stages_are_planned_and_a_quick_calibration_has_less_of_each() -> None:
    full, quick = (stage.plan_proofs(sizes, 1) for sizes in (stage.FULL, stage.QUICK))
    assert [proof.stage for proof in full] == [proof.stage for proof in quick]
    assert list(dict.fromkeys(proof.stage for proof in full)) == list(STAGES)
    assert all(q < f for q, f in zip(stage.QUICK, stage.FULL, strict=True))


def test_proofs_come_back_in_order_from_other_processes() -> None:
    proofs = [stage.Proof("V0", partial(formulas.decisions, runs, 1)) for runs in (300, 20)]
    found = list(stage.carry_out([*proofs, stage.Proof("V2", partial(tuple, [ALL]))]))
    assert found == [
        ("V0", list(formulas.decisions(300, 1))),
        ("V0", list(formulas.decisions(20, 1))),
        ("V2", [ALL]),
    ]


def test_a_report_says_when_and_on_what_it_was_made() -> None:
    report = stage.make_report([("V0", [HELD]), ("V2", [ALL]), ("V0", [EMPTY])], 7, quick=True)
    facts = dict(report["facts"])
    assert list(facts) == ["Date", "Processor", "Code", "Seed", "Packages"]
    assert facts["Seed"] == "7"
    assert "numpy " in facts["Packages"]
    assert [(g["stage"], len(g["rows"])) for g in report["groups"]] == [("V0", 2), ("V2", 1)]
    assert report["conclusion"] == "All 2 experiments ended within their bands."


@pytest.mark.parametrize(
    ("hit_rate", "row"),
    [
        (HELD, ("95 of 100", "95.0%", "92.0% to 98.0%", "within")),
        (MISSED, ("80 of 100", "80.0%", "92.0% to 98.0%", "missed")),
        (ALL, ("3 of 3", "100%", "all", "within")),
        (EMPTY, ("0 of 0", "", "", "too few")),
        (HitRate("", 50, 1000, 0, 67), ("50 of 1,000", "5.0%", "at most 6.7%", "within")),
        (HitRate("", 399, 400, 360, 400), ("399 of 400", "99.8%", "at least 90.0%", "within")),
    ],
)
def test_a_row_says_its_count_its_band_and_what_came_of_it(
    hit_rate: HitRate, row: tuple[str, ...]
) -> None:
    (group,) = calibration_data({"V1": [hit_rate]}, {}, quick=False)["groups"]
    (said,) = group["rows"]
    assert tuple(said[name] for name in ("counted", "rate", "band", "word")) == row
    assert said["passed"] is hit_rate.passed
    assert said["hits"] == hit_rate.hits


def test_a_quick_report_does_not_replace_a_full_one_but_a_quick_one(site: Path) -> None:
    assert stage.publish_report(site, _report(HELD, quick=True))
    assert stage.publish_report(site, _report(ALL, quick=True))
    assert _stored(site) == _report(ALL, quick=True)
    assert stage.publish_report(site, _report(MISSED))
    assert stage.publish_report(site, _report(HELD, quick=True)) is None
    assert _stored(site) == _report(MISSED)
    assert stage.publish_report(site, _report(HELD))
    assert _stored(site) == _report(HELD)


def test_a_folder_that_is_no_site_is_refused_before_anything_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "carry_out", pytest.fail)
    result = CliRunner().invoke(app, ["calibrate", "--site", str(tmp_path)])
    assert isinstance(result.exception, DataError)
    assert "is not the folder of a site" in str(result.exception)


@pytest.fixture
def calibrate(site: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return the command, with hit rates that are there already."""

    def run(hit_rates: Sequence[HitRate], *options: str) -> Result:
        def found(proofs: Sequence[stage.Proof]) -> Iterator[tuple[str, list[HitRate]]]:
            assert len(proofs) == len(stage.plan_proofs(stage.FULL, 1))
            yield "V0", list(hit_rates)

        monkeypatch.setattr(stage, "carry_out", found)
        return CliRunner().invoke(app, ["calibrate", "--site", str(site), *options])

    return run


def test_a_band_that_is_missed_ends_with_its_own_code_and_is_reported(
    calibrate: Callable[..., Result], site: Path
) -> None:
    result = calibrate([HELD, MISSED])
    assert result.exit_code == EXIT_MISSED == 11
    assert "1 of 2 experiments ended outside their bands." in result.stdout
    assert _stored(site)["passed"] is False


def test_a_table_is_no_wider_than_80_columns_and_progress_goes_to_standard_error(
    calibrate: Callable[..., Result], site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    long = HELD._replace(name="restarts, requests and spikes vary: latency loss in ms covered")
    result = calibrate([long, EMPTY])
    assert result.exit_code == EXIT_OK
    assert "92.0% to 98.0%" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "proofs: V0 restarts" in result.stderr
    assert str(site / "_data" / "scalebench" / "calibration.json") in result.stderr.replace(
        "\n", ""
    )


def test_programs_get_the_report_that_the_site_gets(
    calibrate: Callable[..., Result], site: Path
) -> None:
    result = calibrate([HELD], "--json", "--quick")
    assert json.loads(result.stdout) == _stored(site)
    full = calibrate([HELD])
    assert full.exit_code == EXIT_OK
    again = calibrate([HELD], "--quick")
    assert "keeps its full report" in again.stderr
