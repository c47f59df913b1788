"""From which batch size on remote would be faster, against blocks whose truth is known."""

from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats.break_even import break_even_scenarios, break_evens
from bench.stats.prediction import MEASURED, Scenario
from tests.stats.prediction_factory import make_values, wire_ms

FAST_MS = 3.0
"""What an image takes to compute; a link of 1 Gbit/s needs 5 ms for it."""


def first_sizes(values: pd.DataFrame, *scenarios: Scenario) -> list[int | None]:
    return [found.batch_size for found in break_evens(values, scenarios)]


def computing(compute_ms: float, fixed_ms: Sequence[float] = (2.9, 3.0, 3.1)) -> pd.DataFrame:
    return make_values(fixed_ms, compute_ms=lambda _block: compute_ms)


def test_remote_pays_where_the_time_saved_in_computing_is_longer_than_the_overhead() -> None:
    # At 1 Gbit/s an image costs 5.07 ms on the wire, a request 3.5 ms more. Of 12 ms an image, a
    # worker twice as fast saves 6: less than 8.6 at batch 1. At batch 4 it saves 24, which is more
    # than 23.8 by less than half the interval.
    assert wire_ms(1, 1000) == pytest.approx(5.07, abs=0.01)
    twice = Scenario(1000, speedup=2)
    assert first_sizes(computing(12.0), twice) == [16]
    assert first_sizes(computing(12.4), twice) == [4]
    assert first_sizes(computing(20.0), twice) == [1]


def test_remote_never_pays_where_a_link_takes_longer_than_all_computing() -> None:
    assert first_sizes(computing(FAST_MS), Scenario(1000, speedup=1e6)) == [None]
    assert first_sizes(computing(FAST_MS), Scenario(10_000, speedup=1e6)) != [None]


def test_an_equally_fast_worker_never_pays() -> None:
    assert first_sizes(computing(50.0), MEASURED, Scenario(1000)) == [None, None]


def test_a_batch_size_at_which_remote_pays_does_not_count_below_one_at_which_it_does_not() -> None:
    values = computing(20.0)
    slow = (values.index.get_level_values("batch_size") == 16) & (
        values.index.get_level_values("arm") == "remote"
    )
    values.loc[slow, "latency_ns"] *= 10
    assert first_sizes(values, Scenario(1000, speedup=2)) == [64]


def test_an_interval_that_reaches_zero_is_no_gain() -> None:
    scenario = Scenario(1000, speedup=2)
    steady, noisy = computing(20.0), computing(20.0, fixed_ms=(0.0, 0.0, 6.0))
    means = [v.xs("remote", level="arm").overhead_ns.mean() for v in (steady, noisy)]
    assert means[1] < means[0]
    assert first_sizes(steady, scenario) == [1]
    assert first_sizes(noisy, scenario) == [4]


def test_the_most_threads_count() -> None:
    values = make_values((0.6, 0.7, 0.8), threads=(1, 4), compute_ms=lambda _block: 20.0)
    (found,) = break_evens(values, [Scenario(1000, speedup=2)])
    assert (found.threads, found.batch_size) == (4, None)
    one = values[values.index.get_level_values("threads") == 1]
    assert [(each.threads, each.batch_size) for each in break_evens(one, [found.scenario])] == [
        (1, 1)
    ]


def test_too_few_blocks_say_nothing() -> None:
    values = make_values((0.6, 0.7, 0.8))
    of_remote = values[values.index.get_level_values("arm") == "remote"]
    for few in (make_values((0.6, 0.7)), of_remote, values.iloc[:0]):
        assert break_evens(few, break_even_scenarios()) == ()


@settings(deadline=None, max_examples=30)
@given(compute_ms=st.floats(0.1, 200), chosen=st.floats(0.5, 50))
def test_a_faster_link_or_worker_never_pays_later(compute_ms: float, chosen: float) -> None:
    scenarios = break_even_scenarios(Scenario(speedup=chosen))
    sizes = {
        found.scenario: found.batch_size or 1000
        for found in break_evens(computing(compute_ms), scenarios)
    }
    for one, at in sizes.items():
        for other, other_at in sizes.items():
            slower_link = one.rate_mbps is None or (
                other.rate_mbps is not None and other.rate_mbps <= one.rate_mbps
            )
            if slower_link and other.speedup <= one.speedup:
                assert at <= other_at


def test_the_scenarios_are_the_own_link_then_links_from_fast_to_slow_by_speed_up() -> None:
    scenarios = break_even_scenarios()
    assert [each.speedup for each in scenarios[:4]] == [1, 2, 5, 10]
    assert [each.rate_mbps for each in scenarios[::4]] == [None, 10_000, 1000, 100]
    assert len(scenarios) == 16


def test_what_was_chosen_is_among_the_scenarios_with_its_round_trip_and_payload() -> None:
    chosen = Scenario(2500, 2e5, 1000.0, 3)
    scenarios = break_even_scenarios(chosen)
    assert chosen in scenarios
    assert {(each.rtt_ns, each.image_bytes) for each in scenarios} == {(2e5, 1000.0)}
    assert [each.rate_mbps for each in scenarios[::5]] == [None, 10_000, 2500, 1000, 100]


def test_a_run_over_a_link_has_its_own_link_only() -> None:
    scenarios = break_even_scenarios(Scenario(speedup=3), over_links=False)
    assert [(each.rate_mbps, each.speedup) for each in scenarios] == [
        (None, speedup) for speedup in (1, 2, 3, 5, 10)
    ]
