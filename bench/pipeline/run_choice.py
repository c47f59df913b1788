"""Which run a measurement belongs to: the newest one that it may continue, or a new one."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench.errors import DataError
from bench.host.facts import host_facts, known_host_facts, machine_name
from bench.host.revision import revision_facts
from bench.measure.request import MeasureRequest
from bench.records import REMOTE_WORKER, Facts, RunInfo, differences
from bench.store.folder import RUN_FILE, RunFolder
from bench.store.run import load_run
from bench.store.schema import MEASURING_VERSION, SCHEMA_VERSION
from bench.wire.messages import Description

_COMMIT_LENGTH = 12


def choose_run(request: MeasureRequest, info: RunInfo) -> tuple[RunFolder, str]:
    """Return the folder to measure into, and why that one.

    Raises
    ------
    DataError
        If a run was named that is of another experiment or environment, with the differences.
    """
    root = request.data / info.machine
    if request.run is not None:
        folder = RunFolder(root / request.run)
        if not (folder.path / RUN_FILE).exists():
            return folder, "new run"
        changed = differences(folder.info, info)
        if changed:
            raise DataError(
                f"{folder.path} cannot be continued; since its first block these changed: "
                f"{'; '.join(changed)}. Give another --run, or --new."
            )
        return folder, "continues this run"
    reason = "new run"
    runs = sorted(root.glob(f"*/{RUN_FILE}"), key=lambda p: RunFolder(p.parent).info.created_at)
    for path in reversed(runs if not request.new else []):
        folder = RunFolder(path.parent)
        if folder.info.experiment.comparable() != info.experiment.comparable():
            continue
        changed = differences(folder.info, info)
        if not changed:
            return folder, "continues the newest run of this experiment"
        reason = f"new run, since {'; '.join(changed)} changed after {folder.path.name}"
        break
    return RunFolder(root / info.run), reason


def check_stored(folder: RunFolder) -> None:
    """Read all that a run has so far, so that no time is spent on what cannot be continued.

    Raises
    ------
    DataError
        If its schedule is missing, or a file is damaged, foreign or newer.
    """
    if not folder.complete_blocks():
        _ = folder.schedule
        return
    for _ in load_run(folder.path).blocks():
        pass  # each is checked while it is read


def other_code(client: Facts, worker: Facts) -> str:
    """Return a notice if the worker runs another commit than this process, else nothing."""
    commits = [revision.get("commit") for revision in (worker, client)]
    if None in commits or commits[0] == commits[1]:
        return ""
    short_commits = [str(commit)[:_COMMIT_LENGTH] for commit in commits]
    return (
        "the worker runs another commit of scalebench: "
        f"{short_commits[0]} there, {short_commits[1]} here"
    )


def make_info(request: MeasureRequest, worker: Description, link: Facts) -> RunInfo:
    """Return the record of a run that begins now.

    Parameters
    ----------
    request : MeasureRequest
        The arguments of ``measure``.
    worker : Description
        The worker's description of itself.
    link : Facts
        As :func:`bench.host.link.link_facts` returns them for the worker's address.
    """
    machine = machine_name() if request.machine is None else request.machine
    now = datetime.now(UTC)
    run = _next_run(request.data / machine, now) if request.run is None else request.run
    experiment = request.experiment
    embedded = request.worker is None
    location = f"at {experiment.worker}"
    if request.anonymous and not embedded:
        experiment = msgspec.structs.replace(experiment, worker=REMOTE_WORKER)
        location = "on another machine"
    remote = (
        "a worker process on the same machine, reached over ZeroMQ on TCP loopback: "
        "the cost of another process, not of a network"
        if embedded
        else f"a worker {location}, reached over ZeroMQ on TCP"
    )
    return RunInfo(
        schema_version=SCHEMA_VERSION,
        machine=machine,
        run=run,
        created_at=now.isoformat(timespec="seconds"),
        comment=request.comment,
        experiment=experiment,
        client=host_facts(),
        worker=known_host_facts(worker.host),
        placement={"local": "the model in the measuring process", "remote": remote},
        link=link,
        revision={**revision_facts(), "worker": worker.revision},
        measuring_version=MEASURING_VERSION,
    )


def _next_run(root: Path, now: datetime) -> str:
    day = now.date().isoformat()
    number = 1
    while (root / f"{day}-{number}").exists():
        number += 1
    return f"{day}-{number}"
