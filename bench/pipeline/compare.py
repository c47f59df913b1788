"""The comparing stage: two run folders, checked to be comparable, become one comparison."""

from pathlib import Path
from textwrap import shorten
from typing import NamedTuple

import msgspec

from bench.errors import DataError, UsageError
from bench.records import differences
from bench.stats.comparison import Comparison, compare_moments
from bench.stats.results import summarise
from bench.store.folder import RunFolder
from bench.store.run import load_run

OTHER_CODE = "A and B were measured by different versions of the measuring code"
_LINE_WIDTH = 160


class Compared(NamedTuple):
    """A comparison, and what a reader must know of the two runs beside it."""

    comparison: Comparison
    notes: tuple[str, ...]


def compare(path_a: Path, path_b: Path, *, force: bool = False) -> Compared:
    """Compare run B with run A.

    Runs of other experiments or machines are refused, since nobody could say what made the
    difference. Another version of the measuring code alone is told and not refused: to find what
    a change of the code did is what this is for.

    Raises
    ------
    UsageError
        If both are the same folder.
    DataError
        If a run cannot be read, or the two differ in more than their code and ``force`` is not
        set; the differences are listed.
    """
    if path_a.resolve() == path_b.resolve():
        raise UsageError(f"{path_a} and {path_b} are the same run; name two runs.")
    folders = RunFolder(path_a), RunFolder(path_b)
    for folder in folders:
        if folder.info.source:
            raise DataError(
                f"{folder.path} is imported: it has means and no blocks, so nothing can be said "
                "of how sure a difference is; compare measured runs."
            )
    notes = _check_comparable(*folders, force=force)
    a, b = (summarise(load_run(folder.path)) for folder in folders)
    floors = a.summary.noise_floor_percent, b.summary.noise_floor_percent
    return Compared(compare_moments(a.moments, b.moments, floors), notes)


def _check_comparable(a: RunFolder, b: RunFolder, *, force: bool) -> tuple[str, ...]:
    info_a, info_b = a.info, b.info
    same_code = msgspec.structs.replace(
        info_b, measuring_version=info_a.measuring_version, code_digest=info_a.code_digest
    )
    changed = [shorten(line, _LINE_WIDTH) for line in differences(info_a, same_code)]
    notes = [OTHER_CODE] if info_a.code != info_b.code else []
    if changed and not force:
        listed = "".join(f"\n  {line}" for line in (*changed, *notes))
        raise DataError(
            f"{b.path} is not comparable with {a.path}; in B:{listed}\n"
            "Measure both alike, or add --force to compare them all the same."
        )
    return (*notes, *(f"forced although in B {line}" for line in changed))
