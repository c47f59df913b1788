"""The components of a remote request's time, and the causes of a latency loss."""

import numpy as np
import pandas as pd

from bench.stats.cells import COMPONENTS, OPTIONAL_COMPONENTS, Attribution, Components
from bench.stats.columns import Floats
from bench.stats.estimate import LEVEL, Estimate
from bench.stats.intervals import estimate_mean, mean_interval, to_estimate
from bench.units import PERCENT


def split_components(
    local: pd.DataFrame, remote: pd.DataFrame, idle: pd.DataFrame, level: float = LEVEL
) -> Components:
    """Return the components of the remote arm, and the compute times of the other arms.

    Each is the mean over blocks of that component of the block's median request, with a t
    interval: means add up, so those of the remote arm sum to the mean of its block medians.

    Parameters
    ----------
    local, remote, idle : DataFrame
        Columns of :func:`bench.stats.blocks.reduce_blocks` of an arm, indexed by block; without
        rows where there is no such arm.
    level : float
        Level of the intervals.
    """
    names = [n for n in COMPONENTS if n not in OPTIONAL_COMPONENTS or remote[f"{n}_ns"].any()]
    return Components(
        **{f"{name}_ns": estimate_mean(remote[f"{name}_ns"], level) for name in names},
        compute_local_ns=estimate_mean(local.compute_ns, level),
        compute_idle_ns=estimate_mean(idle.compute_ns, level),
        preprocess_local_ns=estimate_mean(local.preprocess_ns, level)
        if local.preprocess_ns.any()
        else None,
    )


def attribute_loss(
    local: pd.DataFrame, remote: pd.DataFrame, idle: pd.DataFrame, level: float = LEVEL
) -> Attribution:
    """Return the percentage points of the latency loss by cause.

    The loss is a ratio, its causes are times. In each block the difference of the arms' median
    latencies divides exactly into causes, ``M_r - M_l = sum_i x_i``, because the components are
    those of the median requests themselves. The logarithmic mean
    ``L = (M_r - M_l) / ln(M_r / M_l)`` turns each into a share of the log ratio: ``d_i = x_i / L``
    has ``sum_i d_i = ln(M_r / M_l)`` in every block [1]_. Over blocks D = mean(d) gives the
    published loss ``100 (exp(D) - 1)``, of which cause i has::

        100 (exp(D) - 1) / D * mean(d_i)

    The causes add up to the loss, their order does not matter, and the split stays finite where
    the loss is zero. The interval is the t interval of mean(d_i) times the same factor, which is
    treated as a constant: for losses below 50 % it varies far less than d_i.

    ``rest`` is what the local arm spends outside of computing, preprocessing and copies, and so
    mostly negative.

    Parameters
    ----------
    local, remote, idle : DataFrame
        Columns of :func:`bench.stats.blocks.reduce_blocks` of an arm, indexed by block; idle may
        be empty.
    level : float
        Level of the intervals.

    References
    ----------
    .. [1] Ang: The LMDI approach to decomposition analysis, Energy Policy 33 (2005): the
       logarithmic mean Divisia index.
    """
    paired = local.index.intersection(remote.index)
    local, remote = local.loc[paired], remote.loc[paired]
    causes = _causes(local, remote, idle)
    before, after = local.latency_ns.to_numpy(), remote.latency_ns.to_numpy()
    if not len(paired) or not np.isfinite([before, after, *causes.values()]).all():
        return Attribution()
    share = _log_per_ns(before, after)
    total = float(np.mean(np.log(after / before)))
    factor = PERCENT * (float(np.expm1(total)) / total if total else 1.0)
    return Attribution(
        **{name: _estimate(times_ns * share, factor, level) for name, times_ns in causes.items()}
    )


def _causes(local: pd.DataFrame, remote: pd.DataFrame, idle: pd.DataFrame) -> dict[str, Floats]:
    """Return by how much each cause makes the remote arm's block medians longer [ns]."""
    optional = {
        "preprocessing": remote.preprocess_ns - local.preprocess_ns,
        "copies": (remote.to_device_ns + remote.from_device_ns)
        - (local.to_device_ns + local.from_device_ns),
    }
    local_ns = local.compute_ns + local.preprocess_ns + local.to_device_ns + local.from_device_ns
    times = {
        **{name: series for name, series in optional.items() if series.any()},
        "encoding": remote.encode_ns
        + remote.decode_in_ns
        + remote.encode_out_ns
        + remote.decode_ns,
        "transport": remote.transport_ns,
        "queueing": remote.queue_ns,
        "rest": local_ns - local.latency_ns,
    }
    if local.index.isin(idle.index).all():
        waiting = idle.compute_ns.loc[local.index]
        times["idle_gap"] = waiting - local.compute_ns
        times["slower_compute"] = remote.compute_ns - waiting
    else:
        times["slower_compute"] = remote.compute_ns - local.compute_ns
    return {name: series.to_numpy() for name, series in times.items()}


def _log_per_ns(before: Floats, after: Floats) -> Floats:
    """Return 1 / L, the inverse of the logarithmic mean; 1 / M where both are M."""
    relative = after / before - 1
    safe = np.where(relative, relative, 1.0)
    return np.where(relative, np.log1p(safe) / safe, 1.0) / before


def _estimate(shares: Floats, factor: float, level: float) -> Estimate | None:
    return to_estimate(mean_interval(shares, level), lambda x: factor * x, len(shares), level)
