"""The reporting stages: a run's samples become its summary, its page and its charts."""

from pathlib import Path

from bench.stats.estimate import Summary
from bench.stats.summary import summarise
from bench.store.folder import RunFolder
from bench.store.read import read_samples


def load_summary(run_dir: Path) -> Summary:
    """Return the summary of a run's folder."""
    folder = RunFolder(run_dir)
    return summarise(read_samples(folder), folder.info.experiment.cells)
