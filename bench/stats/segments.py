"""Rows of a phase by segment: what a block saw of one arm of one cell, request after request."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

CELL = ["batch_size", "threads"]
KEYS = [*CELL, "block", "arm"]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]


class Segments(NamedTuple):
    """Segments in the order of their keys.

    ``keys`` has the ``KEYS`` of each. ``rows`` are positions in the samples, segment by segment
    and within each as the samples have them; segment i is ``rows[begins[i] : ends[i]]``, and has
    at least one row.
    """

    keys: pd.MultiIndex
    rows: Ints
    begins: Ints
    ends: Ints

    @property
    def sizes(self) -> Ints:
        """How many rows each has."""
        return self.ends - self.begins

    def spread(self, values: Floats) -> Floats:
        """Return a value of each segment at each of its rows."""
        return np.repeat(values, self.sizes)

    def sums(self, values: Floats) -> Floats:
        """Return the sum over each segment of a value of each row."""
        sums: Floats = np.add.reduceat(values, self.begins)
        return sums


def to_segments(samples: pd.DataFrame, rows: Ints) -> Segments:
    """Return the segments of the rows at these positions."""
    heads, sizes = to_runs(samples[KEYS].iloc[rows])
    groups = heads.groupby(KEYS, observed=True)
    code, index = groups.ngroup().to_numpy(), groups.size().index
    assert isinstance(index, pd.MultiIndex)
    order = np.argsort(code, kind="stable")
    ends = np.cumsum(np.bincount(code, sizes, len(index)).astype(np.intp))
    moved = rows[_ranges((np.cumsum(sizes) - sizes)[order], sizes[order])]
    return Segments(index, moved, np.append(0, ends)[:-1], ends)


def to_runs(keys: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """Return the first of each run of rows with equal keys, and how many rows the run has.

    Rows of a segment lie together: whatever counts or orders them need not look at each row.
    """
    columns = [keys[name].array for name in keys]
    changes = np.logical_or.reduce([np.asarray(c[1:] != c[:-1]) for c in columns])
    begins = np.flatnonzero(np.append(True, changes)[: len(keys)])
    return keys.iloc[begins], np.diff(begins, append=len(keys))


def _ranges(begins: Ints, sizes: Ints) -> Ints:
    """Return range after range: the numbers from each begin on."""
    steps: Ints = np.arange(sizes.sum()) + np.repeat(begins - (np.cumsum(sizes) - sizes), sizes)
    return steps


def rows_of(samples: pd.DataFrame, phase: str) -> Ints:
    """Return the positions of a phase's rows."""
    return np.flatnonzero((samples.phase == phase).to_numpy())


def is_ok(samples: pd.DataFrame, rows: Ints) -> npt.NDArray[np.bool_]:
    """Return whether the requests at these positions were answered well."""
    answered: npt.NDArray[np.bool_] = (samples.outcome == "ok").to_numpy()[rows]
    return answered


def latencies_ns(samples: pd.DataFrame, rows: Ints) -> Floats:
    """Return the latency of the rows at these positions; infinite where a request failed."""
    taken_ns = column(samples, "c5_ns", rows) - column(samples, "c1_ns", rows)
    return np.where(is_ok(samples, rows), taken_ns, np.inf)


def column(samples: pd.DataFrame, name: str, rows: Ints) -> Floats:
    """Return a column at these positions, as floats, which are exact up to 2^53."""
    return samples[name].to_numpy()[rows].astype(np.float64, copy=False)
