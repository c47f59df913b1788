"""Reads a run and computes its results, without drawing charts."""

from pathlib import Path

from bench.importing.summary import summarise_import
from bench.stats.results import Results, summarise
from bench.store.run import Run, load_run


def load_results(run_dir: Path) -> tuple[Run, Results]:
    """Return a run, measured or imported, and all that is computed from it.

    Raises
    ------
    DataError
        If there is no run, or something of it is missing, damaged, foreign or newer.
    """
    run = load_run(run_dir)
    return run, summarise_import(run) if run.info.source else summarise(run)
