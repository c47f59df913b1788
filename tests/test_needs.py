"""A tool that is missing skips its tests at a user's place and fails them on CI."""

from collections.abc import Callable

import pytest

from tests import needs

MISSING = [
    lambda: needs.need("sh", "no-such-program"),
    lambda: needs.need_module("no_such_package"),
    needs.need_browser,
    needs.need_html_checker,
]


@pytest.fixture(params=MISSING)
def ask(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    monkeypatch.setenv("PATH", "/no/such/folder")
    ask: Callable[[], object] = request.param
    return ask


def test_on_ci_a_missing_tool_fails(
    ask: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI must run every test"):
        ask()


def test_elsewhere_it_skips_and_says_what_is_missing(
    ask: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="is not installed"):
        ask()
