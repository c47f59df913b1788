"""The truth about a made-up machine, where it can be had by hand."""

import math

import numpy as np
import pytest

from bench.calibration.machine import Machine, request_noise, truth_of
from bench.calibration.scenarios import LATENCY_NS
from bench.config import segment_length

LENGTH = segment_length(4, smoke=False)
EXACT = Machine(slower=0.0, restart_sd=0.0, request_sd=0.0)


def test_the_way_costs_latency_and_hides_from_throughput() -> None:
    truth = truth_of(EXACT, LENGTH)
    added_ns = 2 * EXACT.leg_ns + 2 * EXACT.codec_ns
    assert truth.latency_loss_ns == pytest.approx(added_ns)
    assert truth.latency_loss_percent == pytest.approx(100 * added_ns / LATENCY_NS)
    served_ns = LATENCY_NS + 2 * EXACT.codec_ns
    assert truth.throughput_loss_percent == pytest.approx(100 * (1 - LATENCY_NS / served_ns))


def test_a_slower_worker_costs_both() -> None:
    truth = truth_of(Machine(slower=0.1, leg_ns=0, restart_sd=0.0, request_sd=0.0), LENGTH)
    assert truth.latency_loss_percent == pytest.approx(100 * math.expm1(0.1))
    assert truth.throughput_loss_percent == pytest.approx(-100 * math.expm1(-0.1))


def test_equal_arms_have_no_loss_however_much_they_vary() -> None:
    truth = truth_of(Machine(slower=0.0, leg_ns=0, restart_sd=0.03, request_sd=0.03), LENGTH)
    assert truth.latency_loss_percent == pytest.approx(0, abs=0.05)
    assert truth.throughput_loss_percent == pytest.approx(0, abs=0.05)


def test_spikes_are_as_many_and_as_large_as_asked() -> None:
    spiky = Machine(request_sd=0.0, spike_fraction=0.03, spike_factor=2.0)
    noise = request_noise(spiky, np.random.default_rng(1), (100_000,))
    assert set(np.exp(noise).round(9)) == {1.0, 2.0}
    assert (noise > 0).mean() == pytest.approx(0.03, abs=0.003)
