"""The columns that are reduced, as arrays of the same types for a dict and for a DataFrame."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.records import Arm, Outcome, Phase
from bench.store.read import Rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]
STAMPS = ("c1", "c2", "c4", "c5", "w1", "w2", "w3", "w4", "w5")
WORDS = {
    name: pd.CategoricalDtype([word.value for word in words])
    for name, words in (("arm", Arm), ("phase", Phase), ("outcome", Outcome))
}
_OK, _REMOTE = list(Outcome).index(Outcome.OK), list(Arm).index(Arm.REMOTE)


class Columns(NamedTuple):
    """Columns of rows, each float64 [rows] or bool [rows]; what is missing is NaN.

    ``latency_ns``, ``compute_ns`` and ``overhead_ns``, which is the rest of the latency, are
    infinite where a request failed. Arms that compute in the measuring process are
    ``back_to_back``.
    """

    phases: dict[Phase, Mask]
    ok: Mask
    back_to_back: Mask
    in_flight_count: Floats
    stamps: dict[str, Floats]
    latency_ns: Floats
    compute_ns: Floats
    overhead_ns: Floats
    cpu_ns: Floats
    minor_faults_count: Floats


def to_columns(samples: Rows) -> Columns:
    """Return the columns of rows; those of :mod:`bench.store.schema` are needed."""
    stamps = {name: column(samples, f"{name}_ns") for name in STAMPS}
    phase, arm = word_codes(samples, "phase"), word_codes(samples, "arm")
    ok = word_codes(samples, "outcome") == _OK
    duration_ns, compute_ns = stamps["c5"] - stamps["c1"], stamps["w4"] - stamps["w3"]
    return Columns(
        phases={name: phase == code for code, name in enumerate(Phase)},
        ok=ok,
        back_to_back=arm != _REMOTE,
        in_flight_count=column(samples, "in_flight_count"),
        stamps=stamps,
        latency_ns=np.where(ok, duration_ns, np.inf),
        compute_ns=np.where(ok, compute_ns, np.inf),
        overhead_ns=np.where(ok, duration_ns - compute_ns, np.inf),
        cpu_ns=column(samples, "cpu_ns"),
        minor_faults_count=column(samples, "minor_faults_count"),
    )


def word_codes(samples: Rows, name: str) -> Ints:
    """Return the words of a column, int8 [rows]: the place of each in its enumeration.

    Parameters
    ----------
    samples : Rows
        With the column ``name``.
    name : str
        ``arm``, ``phase`` or ``outcome``.
    """
    codes: Ints = pd.Categorical(samples[name], dtype=WORDS[name]).codes
    return codes


def column(samples: Rows, name: str) -> Floats:
    """Return a column as float64 [rows], exact up to 2^53; what is missing is NaN."""
    return np.asarray(samples[name], dtype=np.float64)
