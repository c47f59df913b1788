"""A run's summary from its folder: what people ask for first, so it waits for no chart or page."""

from pathlib import Path

import pandas as pd

from bench.host.validity import invalid_blocks
from bench.importing.stage import load_imported
from bench.stats.estimate import LEVEL, Summary
from bench.stats.stopping import ADAPTIVE_QUANTILE
from bench.stats.summary import summarise
from bench.store.folder import RunFolder
from bench.store.read import read_samples


def load_summary(run_dir: Path) -> Summary:
    """Return the summary of a run's folder, measured or imported."""
    folder = RunFolder(run_dir)
    if folder.info.source:
        return load_imported(folder)
    return summarise_run(folder, read_samples(folder))


def summarise_run(folder: RunFolder, samples: pd.DataFrame) -> Summary:
    """Return the summary of a measured run from all its rows.

    Parameters
    ----------
    folder : RunFolder
        Knows what was planned, which blocks do not count, and whether widths chose their number.
    samples : DataFrame
        What :func:`bench.store.read.read_samples` returns for it.
    """
    adaptive = folder.budget is not None and folder.budget.delta_fraction is not None
    return summarise(
        samples,
        folder.info.experiment.cells,
        invalid_blocks(folder.read_records()),
        ADAPTIVE_QUANTILE if adaptive else LEVEL,
    )
