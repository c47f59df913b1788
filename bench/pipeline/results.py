"""A run and its results from its folder: what people ask for first, so it waits for no chart."""

from pathlib import Path
from statistics import median

from bench.importing.summary import summarise_import
from bench.stats.results import Results, summarise
from bench.store.run import Run, load_run
from bench.units import ns_to_s


def load_results(run_dir: Path) -> tuple[Run, Results]:
    """Return a run, measured or imported, and all that is computed from it.

    Raises
    ------
    DataError
        If there is no run, or something of it is missing, damaged, foreign or newer.
    """
    run = load_run(run_dir)
    return run, summarise_import(run) if run.info.source else summarise(run)


def minutes_to(run: Run, block_count: int) -> float:
    """Return how long a run still takes to ``block_count`` blocks, at the pace of its blocks."""
    walls = [record.wall_ns for record in run.records]
    return ns_to_s(max(0, block_count - len(walls)) * median(walls)) / 60
