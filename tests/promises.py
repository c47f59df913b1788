"""Reports of ``make chaos``, ``make fuzz`` and ``make soak``: rows of the table of promises.

Each target writes one file, which Jekyll reads; the page on the method shows all of them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.host.facts import machine_name
from bench.host.revision import revision_facts

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "site" / "_data" / "scalebench" / "promises"


@dataclass(frozen=True)
class Kept:
    """One row: a promise, the fault that was injected, how often, and the result in words."""

    promise: str
    fault: str
    count: int
    result: str


def write_report(target: str, rows: Sequence[Kept], folder: Path = FOLDER) -> Path:
    """Write the report of a target that passed, and return its file.

    Parameters
    ----------
    target : str
        ``chaos``, ``fuzz`` or ``soak``.
    rows : sequence of Kept
        What was proved.
    folder : Path
        Where the reports are.
    """
    revision = revision_facts()
    commit = str(revision.get("commit") or "unknown")[:12]
    report = {
        "target": target,
        "date": datetime.now(UTC).date().isoformat(),
        "version": f"{revision['version']}, commit {commit}",
        "machine": machine_name(),
        "rows": [asdict(row) for row in rows],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{target}.json"
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return path
