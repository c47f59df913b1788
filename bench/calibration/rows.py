"""Samples of a proof as the rows that a stored run would have."""

from collections.abc import Iterable

import pandas as pd

from bench.records import Sample
from bench.store.read import check_stamps
from bench.store.schema import sample_table


def as_rows(samples: Iterable[Sample]) -> pd.DataFrame:
    """Return samples through the store's schema and its check of the stamps, without a file.

    Raises
    ------
    DataError
        If stamps are out of order.
    """
    rows: pd.DataFrame = sample_table(samples).to_pandas()
    check_stamps(rows, "calibration")
    return rows
