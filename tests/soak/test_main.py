"""What ``make soak`` ends with: its exit code, and the report where an hour kept all limits."""

from collections.abc import Sequence

import pytest

from tests.promises import Kept
from tests.soak import __main__ as command
from tests.soak.limits import Reading, Turns
from tests.soak.watch import PROCESSES, Observed, Plan


class Written:
    """Takes the place of a soak, and of the report."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, descriptors_count: int) -> None:
        self.reports: list[tuple[str, Sequence[Kept]]] = []
        self.plans: list[Plan] = []
        self._last = descriptors_count
        monkeypatch.setattr(command, "soak", self._soak)
        monkeypatch.setattr(command, "write_report", lambda *report: self.reports.append(report))

    def _soak(self, plan: Plan, _say: object) -> Observed:
        self.plans.append(plan)
        readings = [Reading(30_000_000, count, 5) for count in (20, 20, self._last)]
        return Observed(
            readings=dict.fromkeys(PROCESSES, readings),
            turns=[Turns(20.0 * i, [900_000.0 + i % 2], [900_000.0]) for i in range(30)],
            requests_count=1000,
            sessions_count=180,
        )


def test_an_hour_that_keeps_all_limits_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(monkeypatch, descriptors_count=20)
    assert command.main([]) == 0
    assert written.plans == [Plan(3600.0)]
    ((target, rows),) = written.reports
    assert target == "soak"
    assert [row.count for row in rows] == [1000, 180, 30]


def test_less_than_an_hour_is_printed_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = Written(monkeypatch, descriptors_count=20)
    assert command.main(["59"]) == 0
    assert written.reports == []
    assert capsys.readouterr().out.count("kept") == 3 * len(PROCESSES) + 1


def test_a_limit_that_is_not_kept_fails_and_is_not_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = Written(monkeypatch, descriptors_count=21)
    assert command.main(["60"]) == 1
    assert written.reports == []
    assert capsys.readouterr().out.count("BROKEN") == len(PROCESSES)
