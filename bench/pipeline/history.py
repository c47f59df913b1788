"""What the page of a run keeps, so that the history of its machine can say where it changed."""

import hashlib
from typing import Any

import msgspec
import pandas as pd

from bench.page.history import comparison_data
from bench.records import Facts, RunInfo
from bench.stats.blocks import block_values
from bench.stats.comparison import run_moments
from bench.stats.estimate import Summary
from bench.stats.summary import MIN_VERDICT_BLOCKS


def run_comparison(info: RunInfo, samples: pd.DataFrame, summary: Summary) -> dict[str, Any] | None:
    """Return what a comparison needs of a run; None where too few blocks count for a verdict.

    Parameters
    ----------
    info : RunInfo
        The run.
    samples : DataFrame
        All its rows.
    summary : Summary
        Knows the blocks that do not count, and the noise floor.
    """
    valid = samples[~samples.block.isin(list(summary.invalid_blocks))]
    if valid.block.nunique() < MIN_VERDICT_BLOCKS:
        return None
    moments = run_moments(block_values(valid))
    return comparison_data(_kind(info), moments, summary.noise_floor_percent)


def _kind(info: RunInfo) -> str:
    """Return a digest of what must be equal in runs that are compared.

    That is what :func:`bench.records.differences` looks at, but for the measuring code:
    what a change of the code did is a change that the history is there to show.
    """
    parts = info.experiment, _told(info.client), _told(info.worker)
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def _told(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if value is not None}
