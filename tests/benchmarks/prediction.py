"""``python -m tests.benchmarks.prediction RUN LINK_RUN ...``: predictions against measurements.

RUN is a run over loopback; each LINK_RUN was measured over a link by the same machine. For each
cell it prints what RUN predicts of that link beside what was measured there. Latencies also differ
by how fast the machine computed in either run. Overheads do not, so that they are what is judged:
from batch 4 on, the difference may be 5 % of the measured latency at most.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.pipeline.predict import PredictOptions, predict
from bench.pipeline.results import load_results
from bench.records import Cell, numeric_fact
from bench.stats.estimate import Estimate
from bench.stats.round_trip import link_rate_mbps
from bench.store.folder import RunFolder
from bench.units import PERCENT, ns_to_ms

JUDGED_FROM = 4
LIMIT_PERCENT = 5.0


class Row(NamedTuple):
    """A cell over a link, as it is predicted from loopback and as it was measured [ns]."""

    cell: Cell
    latency: Estimate
    measured_latency: Estimate
    overhead: Estimate
    measured_overhead: Estimate

    @property
    def overhead_ratio(self) -> float:
        """Predicted overhead / measured overhead."""
        return self.overhead.point / self.measured_overhead.point

    @property
    def difference_percent(self) -> float:
        """The difference of the overheads in percent of the measured latency."""
        difference_ns = self.overhead.point - self.measured_overhead.point
        return PERCENT * difference_ns / self.measured_latency.point


def rows_of(run: Path, link_run: Path) -> Iterator[Row]:
    """Yield the cells that both runs have."""
    link, results = load_results(link_run)
    mbps, trip = link_rate_mbps(link.info.link), results.round_trips[0]
    facts = (link.info.link, RunFolder(run).info.link)
    round_trips_ns = [numeric_fact(each, "round_trip_ns") or 0.0 for each in facts]
    options = PredictOptions(
        link=f"{mbps}Mbit",
        # The fixed part of the transport has the round trip of loopback already.
        rtt=f"{max(0.0, round_trips_ns[0] - round_trips_ns[1]) / 1000:.0f}us",
        image_bytes=trip.payload_bytes / trip.batch_size,
    )
    measured = {cell.cell: cell for cell in results.summary.cells}
    for cell in predict(run, options).cells:
        if cell.cell not in measured:
            continue
        of_link = measured[cell.cell]
        row = (
            cell.latency_ns,
            of_link.arms["remote"].latency_ns,
            cell.overhead_ns,
            of_link.overhead.overhead_ns,
        )
        if None not in row:
            yield Row(cell.cell, *(each for each in row if each is not None))


def main(run: Path, link_runs: list[Path]) -> None:
    """Print a table for each link, and end with 1 where a difference is above the limit."""
    largest = 0.0
    for link_run in link_runs:
        rows = list(rows_of(run, link_run))
        print(f"{link_run}, predicted from {run}")
        print("batch thr | latency ms: predicted measured ratio", end=" | ")
        print("overhead ms: predicted (interval) measured (interval) ratio | of latency")
        for row in rows:
            print(_line(row))
        judged = [row for row in rows if row.cell.batch_size >= JUDGED_FROM]
        ratios = [row.overhead_ratio for row in judged]
        differences = [abs(row.difference_percent) for row in judged]
        largest = max(largest, *differences)
        print(
            f"from batch {JUDGED_FROM} on: overhead ratios {min(ratios):.3f} to {max(ratios):.3f}, "
            f"differences up to {max(differences):.2f} % of the measured latency\n"
        )
    if largest > LIMIT_PERCENT:
        sys.exit(f"a predicted overhead differs by more than {LIMIT_PERCENT:g} % of the latency.")


def _line(row: Row) -> str:
    cell, latency, measured = row.cell, row.latency.point, row.measured_latency.point
    return (
        f"{cell.batch_size:5d} {cell.threads:3d} | {ns_to_ms(latency):10.2f} "
        f"{ns_to_ms(measured):10.2f} {latency / measured:6.3f} | {_with_ends(row.overhead):>28} "
        f"{_with_ends(row.measured_overhead):>28} {row.overhead_ratio:6.3f} | "
        f"{row.difference_percent:+.2f} %"
    )


def _with_ends(estimate: Estimate) -> str:
    point = f"{ns_to_ms(estimate.point):.2f}"
    if estimate.low is None or estimate.high is None:
        return point
    return f"{point} ({ns_to_ms(estimate.low):.2f} to {ns_to_ms(estimate.high):.2f})"


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: python -m tests.benchmarks.prediction RUN LINK_RUN ...")
    first, *others = map(Path, sys.argv[1:])
    main(first, others)
