"""The comparing stage: two run folders, checked to be comparable, become one comparison."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.errors import DataError, UsageError
from bench.host.speed import speed_differences
from bench.records import Engines, RunInfo, changes
from bench.stats.comparison import Comparison, compare_moments
from bench.stats.results import summarise
from bench.stats.round_trip import link_rate_mbps
from bench.store.folder import RunFolder
from bench.store.run import load_run

OTHER_CODE = "A and B were measured by different versions of the measuring code"
_SAME_EXPERIMENT = ("model", "weights", "image_size")
_OF_EXPERIMENT = ("codec", "preprocess", "input", "allocator", "load", "encryption", "smoke")


class Compared(NamedTuple):
    """A comparison, and notes on what differs between the two runs."""

    comparison: Comparison
    notes: tuple[str, ...]


def compare(path_a: Path, path_b: Path, *, force: bool = False) -> Compared:
    """Compare run B with run A.

    Runs on different machines, links or versions of the code are compared; the notes name these
    differences. Another model, weights or image size makes another experiment.

    Parameters
    ----------
    path_a, path_b : Path
        The folders of the two runs.
    force : bool
        Whether runs of different experiments are compared as well; what differs is in the notes.

    Raises
    ------
    UsageError
        If both are the same folder.
    DataError
        If a run cannot be read or is imported, no cell is common to both, or they are of another
        experiment and ``force`` is not set.
    """
    if path_a.resolve() == path_b.resolve():
        raise UsageError(f"{path_a} and {path_b} are the same run; name two runs.")
    infos = [RunFolder(path).info for path in (path_a, path_b)]
    for path, info in zip((path_a, path_b), infos, strict=True):
        if info.source:
            raise DataError(
                f"{path} is imported: it has means and no blocks, so nothing can be said "
                "of how sure a difference is; compare measured runs."
            )
    notes = _check_comparable(path_a, path_b, *infos, force=force)
    a, b = (summarise(load_run(path)) for path in (path_a, path_b))
    floors = a.summary.noise_floor_percent, b.summary.noise_floor_percent
    comparison = compare_moments(a.moments, b.moments, floors)
    if not comparison.changes:
        raise DataError(f"{path_a} and {path_b} have no common cell, so nothing can be compared.")
    return Compared(comparison, notes)


def _check_comparable(
    path_a: Path, path_b: Path, a: RunInfo, b: RunInfo, *, force: bool
) -> tuple[str, ...]:
    changed = [
        f"{name.replace('_', ' ')}: {getattr(b.experiment, name)} in B, "
        f"{getattr(a.experiment, name)} in A"
        for name in _SAME_EXPERIMENT
        if getattr(a.experiment, name) != getattr(b.experiment, name)
    ]
    if changed and not force:
        lines = "".join(f"\n  {line}" for line in changed)
        raise DataError(
            f"{path_b} is not comparable with {path_a}; they measured other things:{lines}\n"
            "Measure both alike, or add --force to compare them all the same."
        )
    return (*changed, *_differences(a, b))


def _differences(a: RunInfo, b: RunInfo) -> Iterator[str]:
    """Yield what differs between two runs that may explain a change, one line each."""
    if a.code != b.code:
        yield OTHER_CODE
    yield from _engine_differences(a.experiment.engines, b.experiment.engines)
    remotes = [info.placement.get("remote", "").partition(": ")[0] for info in (a, b)]
    if remotes[0] != remotes[1]:
        yield f"remote is {remotes[1]} in B, {remotes[0]} in A"
    rates = [link_rate_mbps(info.link) for info in (a, b)]
    if rates[0] != rates[1]:
        yield f"link: {_rate(rates[1])} in B, {_rate(rates[0])} in A"
    for name in _OF_EXPERIMENT:
        values = [getattr(info.experiment, name) for info in (a, b)]
        if values[0] != values[1]:
            yield f"{name.replace('_', ' ')}: {values[1]} in B, {values[0]} in A"
    hosts = speed_differences(a.client, b.client)
    yield from (f"client's {line}" for line in hosts)
    # A worker on the same host differs as the client does.
    yield from (
        f"worker's {line}" for line in speed_differences(a.worker, b.worker) if line not in hosts
    )


def _engine_differences(a: Engines, b: Engines) -> list[str]:
    """Return in which words the engines differ; of a single one, what the changes then mean."""
    local, remote = changes(a.local, b.local), changes(a.remote, b.remote)
    words = {"both arms'": local} if local == remote else {"local": local, "remote": remote}
    lines = [
        f"{arm} {name.replace('_', ' ')}: {values[1]} in B, {values[0]} in A"
        for arm, fields in words.items()
        for name, values in fields.items()
        if name not in _SAME_EXPERIMENT
    ]
    if len(lines) == 1:
        lines[0] += "; by how much B is slower or faster is what that word costs or gains"
    return lines


def _rate(rate_mbps: float | None) -> str:
    return "no known rate" if rate_mbps is None else f"{rate_mbps:g} Mbit/s"
