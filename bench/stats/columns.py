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
OPTIONAL_STAMPS = ("cp", "wb", "wp", "wh", "wd")
WORDS = {
    name: pd.CategoricalDtype([word.value for word in words])
    for name, words in (("arm", Arm), ("phase", Phase), ("outcome", Outcome))
}
_OK, _REMOTE = list(Outcome).index(Outcome.OK), list(Arm).index(Arm.REMOTE)


class Columns(NamedTuple):
    """Columns of rows, each float64 [rows] or bool [rows]; what is missing is NaN.

    ``latency_ns``, ``compute_ns`` and ``overhead_ns``, which is the rest of the latency without
    preprocessing and copies, are infinite where a request failed. Arms that compute in the
    measuring process are ``back_to_back``. ``optional_ns`` are the times of ``client_preprocess``,
    ``preprocess`` in the computing process, ``to_device`` and ``from_device``; 0 where there are
    none.
    """

    phases: dict[Phase, Mask]
    ok: Mask
    back_to_back: Mask
    in_flight_count: Floats
    stamps: dict[str, Floats]
    optional_ns: dict[str, Floats]
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
    optional_ns = _optional_times(samples, stamps)
    other_ns = compute_ns + sum(optional_ns.values())
    return Columns(
        phases={name: phase == code for code, name in enumerate(Phase)},
        ok=ok,
        back_to_back=arm != _REMOTE,
        in_flight_count=column(samples, "in_flight_count"),
        stamps=stamps,
        optional_ns=optional_ns,
        latency_ns=np.where(ok, duration_ns, np.inf),
        compute_ns=np.where(ok, compute_ns, np.inf),
        overhead_ns=np.where(ok, duration_ns - other_ns, np.inf),
        cpu_ns=column(samples, "cpu_ns"),
        minor_faults_count=column(samples, "minor_faults_count"),
    )


def _optional_times(samples: Rows, stamps: dict[str, Floats]) -> dict[str, Floats]:
    """Return how long preprocessing and both copies took [ns] [1]_; 0 where there are none.

    A local request is preprocessed from its start on, a remote one from where it is decoded.

    References
    ----------
    .. [1] METHOD, section 4b: they are parts of their own.
    """
    cp, wb, wp, wh, wd = (column(samples, f"{name}_ns") for name in OPTIONAL_STAMPS)
    begin = np.where(np.isnan(stamps["w2"]), stamps["c1"], wb)
    copied = ~np.isnan(wh)
    # Without a copy, preprocessing lasts until the computing starts, so that no time is left over.
    end = np.where(copied, np.where(np.isnan(wp), begin, wp), stamps["w3"])
    return {
        "client_preprocess": np.nan_to_num(cp - stamps["c1"]),
        "preprocess": np.where(np.isnan(wp), 0.0, end - begin),
        "to_device": np.where(copied, stamps["w3"] - end, 0.0),
        "from_device": np.nan_to_num(wd - stamps["w4"]),
    }


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
