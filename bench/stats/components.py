"""How the time of a cell's typical request divides into its components."""

import pandas as pd

from bench.stats.estimate import COMPONENTS, LEVEL, Components
from bench.stats.intervals import estimate_mean


def split_components(
    local: pd.DataFrame, remote: pd.DataFrame, idle: pd.DataFrame, level: float = LEVEL
) -> Components:
    """Return the components of the remote arm, and what the other arms compute.

    Each is the mean over blocks of that component of the block's median request, with a t
    interval: means add up, so the seven of the remote arm sum to the mean of its block medians.

    Parameters
    ----------
    local, remote, idle : DataFrame
        Block values of an arm, indexed by block; without rows where there is no such arm.
    """
    return Components(
        **{f"{name}_ns": estimate_mean(remote[f"{name}_ns"], level) for name in COMPONENTS},
        compute_local_ns=estimate_mean(local.compute_ns, level),
        compute_idle_ns=estimate_mean(idle.compute_ns, level),
    )
