"""What the chart tests share."""

import pytest

from bench.stats.cells import Summary
from tests.charts.factory import make_summary


@pytest.fixture(params=[1, 2, 18], ids=lambda count: f"{count} threads")
def summary(request: pytest.FixtureRequest) -> Summary:
    """Return a summary with one, two or eighteen thread counts."""
    return make_summary(range(1, request.param + 1))
