"""The machines of V0, each with one kind of disturbance."""

from dataclasses import replace
from typing import NamedTuple

from bench.calibration.machine import RUN_S, Machine, Noise, with_drift

LOSS = 0.03
LATE_NS = 20e6


class Scenario(NamedTuple):
    """A machine; ``adaptive`` lets the width of the intervals choose the number of blocks."""

    name: str
    machine: Machine
    adaptive: bool = False


class Fault(NamedTuple):
    """A machine with a fault, the flag for it, and whether its loss must still be covered."""

    machine: Machine
    flag: str = ""
    must_cover: bool = True


def _machine(segment_sd: float = 0.02, request_sd: float = 0.02, **noise: float) -> Machine:
    computing = Noise(segment_sd=segment_sd, request_sd=request_sd, **noise)
    return Machine(computing=computing, slower=LOSS)


_STEADY = _machine(0.01, 0.01)
SCENARIOS = (
    Scenario("restart variance", _machine(0.03, 0.01)),
    Scenario("AR(1)", _machine(request_sd=0.03, autocorrelation=0.7)),
    Scenario("spikes", _machine(spike_fraction=0.03, spike_factor=2.0)),
    Scenario("drift", with_drift(_machine(), 0.1 / RUN_S)),
    Scenario("skew", _machine(request_sd=0.0, skew=0.3)),
    Scenario("adaptive stop", _machine(0.03), adaptive=True),
)
"""Spikes are kept at twice the latency: where they take three times as long, the mean of a segment
is so skewed that the throughput of a single arm is covered in 91 % of runs only. Losses, which
are paired, keep their coverage there too."""
FAULTS = {
    "no fault": Fault(_STEADY),
    "drift of both arms": Fault(with_drift(_STEADY, 0.2 / RUN_S)),
    "drift of one arm": Fault(
        replace(_STEADY, worker_drift_per_s=0.2 / RUN_S), "drift", must_cover=False
    ),
    "slow first request": Fault(replace(_STEADY, late_ns=LATE_NS), "not_steady"),
}
