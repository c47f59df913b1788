"""When a run may stop: on the width of its intervals only, never on what they say."""

import numpy as np
import pandas as pd
from scipy import stats

from bench.stats.summary import MIN_VERDICT_BLOCKS, block_values

ADAPTIVE_QUANTILE = 0.965
"""Two-sided level whose t quantile keeps 95 % coverage although the number of blocks adapts."""


def precise_enough(samples: pd.DataFrame, delta_fraction: float) -> bool:
    """Return whether every cell's log-ratio and log-medians have a half-width of at most delta.

    Centred values are all that is looked at, so the sign of the effect cannot matter.
    """
    if samples.block.nunique() < MIN_VERDICT_BLOCKS:
        return False
    latency = block_values(samples).latency_ns.unstack("arm")[["local", "remote"]]
    logs = pd.DataFrame(np.log(latency.to_numpy()), latency.index, latency.columns)
    logs["ratio"] = logs.remote - logs.local
    by_cell = logs.groupby(["batch_size", "threads"])
    count = by_cell.count()
    quantile = stats.t.ppf((1 + ADAPTIVE_QUANTILE) / 2, count - 1)
    half = quantile * by_cell.std(ddof=1) / np.sqrt(count)
    return bool(np.all(half <= delta_fraction))
