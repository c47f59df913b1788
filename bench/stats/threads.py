"""How many threads really computed: CPU time over wall time, from the stamps of each request."""

import pandas as pd


def busy_threads(samples: pd.DataFrame) -> dict[tuple[str, int], float]:
    """Return the mean number of busy threads while computing, by arm and agreed thread count.

    Over all latency requests, so that long ones count for more. An arm without CPU times, as in
    runs of an older version, is left out.
    """
    timed = samples[(samples.phase == "latency") & samples.arm.isin(["local", "remote"])]
    timed = timed[timed.cpu_ns.notna() & timed.w4_ns.notna()]
    wall_ns = (timed.w4_ns - timed.w3_ns).groupby([timed.arm, timed.threads], observed=True).sum()
    cpu_ns = timed.cpu_ns.groupby([timed.arm, timed.threads], observed=True).sum()
    busy = (cpu_ns / wall_ns).dropna().reset_index(name="busy")
    return {
        (str(row["arm"]), int(row["threads"])): float(row["busy"])
        for row in busy.to_dict(orient="records")
    }
