"""Samples of a proof as the rows that a stored run would have."""

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa

from bench.records import Sample
from bench.store.read import check_stamps
from bench.store.schema import SCHEMA, sample_row


def as_rows(samples: Iterable[Sample]) -> pd.DataFrame:
    """Return samples through the store's schema and its check of the stamps, without a file.

    Raises
    ------
    DataError
        If stamps are out of order.
    """
    table = pa.Table.from_pylist([sample_row(sample) for sample in samples], schema=SCHEMA)
    rows: pd.DataFrame = table.to_pandas()
    check_stamps(rows, "calibration")
    return rows
