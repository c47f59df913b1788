"""Rows by segment: the requests of one block to one arm of one cell, in their order."""

from collections.abc import Hashable, Iterator
from typing import NamedTuple, TypeVar, cast

import numpy as np
import pandas as pd

from bench.records import Cell
from bench.stats.columns import WORDS, Floats, Ints, Mask, word_codes
from bench.store.read import Rows

CELL = list(Cell.__struct_fields__)
KEYS = [*CELL, "block", "arm"]
Indexed = TypeVar("Indexed", pd.DataFrame, pd.Series)
_ARM_KEYS: list[Hashable] = [*CELL, "arm"]


class Segments(NamedTuple):
    """Segments in the order of their keys.

    ``keys`` is int64 [segments, 4]: the ``KEYS`` of each, an arm as its place in ``Arm``. ``rows``,
    intp [rows], are positions in the samples, segment by segment and within each as the samples
    have them. Segment i is ``rows[begins[i] : ends[i]]``, and has at least one row; ``begins`` and
    ``ends`` are intp [segments].
    """

    keys: Ints
    rows: Ints
    begins: Ints
    ends: Ints

    @property
    def sizes(self) -> Ints:
        """How many rows each has, intp [segments]."""
        return self.ends - self.begins

    def spread(self, values: Floats) -> Floats:
        """Return a value of each segment, float64 [segments], at each of its rows."""
        return np.repeat(values, self.sizes)

    def sums(self, values: Floats | Mask) -> Floats:
        """Return the sum over each segment, float64 [segments].

        Parameters
        ----------
        values : ndarray, float64 or bool [rows]
            A value of each row, in the order of ``rows``.
        """
        sums: Floats = np.add.reduceat(values, self.begins, dtype=np.float64)
        return sums

    def counts(self, chosen: Mask) -> Floats:
        """Return how many rows of each segment are chosen, float64 [segments].

        Parameters
        ----------
        chosen : ndarray, bool [samples]
            Which of all samples are chosen, in the order of the samples.
        """
        return self.sums(chosen[self.rows])

    def where(self, chosen: Mask) -> tuple["Segments", Ints]:
        """Return the segments of the chosen rows, and which of these segments they are parts of.

        Parameters
        ----------
        chosen : ndarray, bool [samples]
            Which of all samples are chosen, in the order of the samples.

        Returns
        -------
        Segments
            Those with at least one chosen row.
        ndarray, intp [segments]
            The position of each of them among the segments of this object.
        """
        counts = self.counts(chosen).astype(np.intp)
        places = np.flatnonzero(counts)
        ends = np.cumsum(counts[places])
        begins = np.append(0, ends)[:-1]
        return Segments(self.keys[places], self.rows[chosen[self.rows]], begins, ends), places


def to_segments(samples: Rows) -> Segments:
    """Return the segments of all rows; those of a segment need not lie together.

    Parameters
    ----------
    samples : Rows
        At least one, with the columns ``KEYS`` of :mod:`bench.store.schema`.
    """
    keys = [*(np.asarray(samples[name]) for name in KEYS[:-1]), word_codes(samples, "arm")]
    # Rows of a segment lie together, so that few of them need to be sorted.
    changes = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    begins = np.flatnonzero(np.append(True, changes))
    sizes = np.diff(begins, append=len(keys[0]))
    heads = np.column_stack([key[begins] for key in keys]).astype(np.int64)
    unique, code = np.unique(heads, axis=0, return_inverse=True)
    order = np.argsort(code, kind="stable")
    ends = np.cumsum(np.bincount(code, sizes).astype(np.intp))
    return Segments(unique, _ranges(begins[order], sizes[order]), np.append(0, ends)[:-1], ends)


def to_index(keys: Ints) -> pd.MultiIndex:
    """Return the keys of segments, int64 [segments, 4], as an index with the levels ``KEYS``."""
    *columns, arm = keys.T
    arms = pd.Categorical.from_codes(arm, dtype=WORDS["arm"])
    return pd.MultiIndex.from_arrays([*columns, arms], names=KEYS)


def split_cells(values: Indexed) -> Iterator[tuple[Cell, Indexed]]:
    """Yield the rows of each cell of what is indexed by ``KEYS``, or by less of them.

    Parameters
    ----------
    values : DataFrame or Series
        With any columns; among the levels of its index are ``batch_size`` and ``threads``.
    """
    for key, rows in values.groupby(level=CELL):
        batch_size, threads = cast("tuple[int, int]", key)
        yield Cell(batch_size=int(batch_size), threads=int(threads)), rows


def split_arms(values: Indexed) -> Iterator[tuple[Cell, str, Indexed]]:
    """Yield the rows of each cell and arm of what is indexed by ``KEYS``; they keep the block.

    Parameters
    ----------
    values : DataFrame or Series
        With any columns.
    """
    for key, rows in values.groupby(level=_ARM_KEYS, observed=True):
        batch_size, threads, arm = cast("tuple[int, int, str]", key)
        cell = Cell(batch_size=int(batch_size), threads=int(threads))
        yield cell, str(arm), rows.droplevel(_ARM_KEYS)


def _ranges(begins: Ints, sizes: Ints) -> Ints:
    """Return the ranges as one array: as many numbers as each size, from each begin on."""
    steps: Ints = np.arange(sizes.sum()) + np.repeat(begins - (np.cumsum(sizes) - sizes), sizes)
    return steps
