"""Lists the runs of the site and of the data, and removes the page of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.errors import DataError, UsageError
from bench.publish import PageKey, list_runs, page_key, publish_runs, remove_page
from bench.store.folder import NO_BLOCK, RUN_FILE, RunFolder
from bench.store.lock import check_unlocked
from bench.text.names import page_title
from bench.text.numbers import plain_text

COLUMNS = (
    "machine",
    "run",
    "model",
    "date",
    "revision",
    "remote",
    "figure",
    "loss_percent",
    "loss_low",
    "loss_high",
    "verdict",
    "kind",
    "comment",
    "page",
    "overhead_percent",
    "overhead_low",
    "overhead_high",
    "overhead_verdict",
    "overhead",
)
Row = dict[str, str | float | None]
_DATE_LENGTH = len("2024-05-31")
_REVISION_LENGTH = 12


def run_rows(data: Path, site: Path) -> list[Row]:
    """Return one row per run with the columns of ``COLUMNS``, newest first within each machine.

    A run is listed with the first headline figure of its page; one that has no page yet has no
    figure and an empty ``page``. Machines are in the order of their newest run.
    """
    published = list_runs(site)
    pages = {PageKey(run["prefix"], run["machine"], run["run"]) for run in published}
    dated = [(str(run["created_at"]), _published_row(run)) for run in published]
    for path in data.glob(f"*/*/{RUN_FILE}"):
        folder = RunFolder(path.parent)
        if page_key(folder.info) not in pages:
            dated.append((folder.info.created_at, _stored_row(folder)))
    newest_first = [row for _, row in sorted(dated, key=lambda pair: pair[0], reverse=True)]
    machines = list(dict.fromkeys(row["machine"] for row in newest_first))
    return sorted(newest_first, key=lambda row: machines.index(row["machine"]))


def remove(run: str, site: Path) -> tuple[PageKey, list[Path]]:
    """Remove a run's page from the site and from its lists; its samples in the data stay.

    Parameters
    ----------
    run : str
        A run's folder, the folder of its page, or the end of its path in the site:
        ``resnet/MACHINE/RUN``, ``MACHINE/RUN`` or ``RUN``.
    site : Path
        The Jekyll tree.

    Returns
    -------
    PageKey, list of Path
        Which page it was, and what is still in its folder because this tool did not write it.

    Raises
    ------
    DataError
        If there is no such page.
    UsageError
        If several pages fit.
    """
    check_unlocked(Path(run))
    key = find_page(run, site)
    remaining_paths = remove_page(site, key)
    publish_runs(site)
    return key, remaining_paths


def find_page(run: str, site: Path) -> PageKey:
    """Return the page that ``run`` means; see :func:`remove`."""
    path = Path(run)
    if (path / RUN_FILE).is_file():
        return page_key(RunFolder(path).info)
    if path.is_dir() and path.resolve().is_relative_to(site.resolve()):
        parts = path.resolve().relative_to(site.resolve()).parts
    else:
        parts = path.parts
    keys = [PageKey(r["prefix"], r["machine"], r["run"]) for r in list_runs(site)]
    matches = [key for key in keys if parts and tuple(key)[-len(parts) :] == parts]
    if not matches:
        raise DataError(f"{site} has no page of a run {run!r}; 'scalebench runs' lists them.")
    if len(matches) > 1:
        names = ", ".join("/".join(key) for key in matches)
        raise UsageError(f"RUN: {run!r} could be any of {names}; give one of these.")
    return matches[0]


def _published_row(run: Mapping[str, Any]) -> Row:
    figures: list[dict[str, Any]] = run.get("figures") or []
    overhead, loss = (
        next((f for f in figures if f["metric"] == metric), {})
        for metric in ("overhead", "latency loss")
    )
    return {
        "machine": run["machine"],
        "run": run["run"],
        "model": run["title"],
        "date": run["date"],
        "revision": run.get("revision", ""),
        "remote": run.get("remote", ""),
        "figure": f"{loss['metric']}, {loss['cell']}" if loss else "",
        **{f"loss_{name}": loss.get(name) for name in ("percent", "low", "high")},
        "verdict": loss.get("verdict", ""),
        "kind": run["kind"],
        "comment": run["comment"],
        "page": f"{run['prefix']}/{run['machine']}/{run['run']}/",
        **{f"overhead_{name}": overhead.get(name) for name in ("percent", "low", "high")},
        "overhead_verdict": overhead.get("verdict", ""),
        "overhead": f"{overhead['value']} at {overhead['cell']}" if overhead else "",
    }


def _stored_row(folder: RunFolder) -> Row:
    info = folder.info
    return {
        **dict.fromkeys(COLUMNS, ""),
        "machine": info.machine,
        "run": info.run,
        "model": page_title(info.experiment.model),
        "date": info.created_at[:_DATE_LENGTH],
        "revision": info.code[:_REVISION_LENGTH],
        "remote": plain_text(info.placement.get("remote", "")).partition(": ")[0],
        **{f"{of}_{n}": None for of in ("loss", "overhead") for n in ("percent", "low", "high")},
        "kind": "" if folder.complete_blocks() or info.source else NO_BLOCK,
        "comment": plain_text(info.comment),
    }
