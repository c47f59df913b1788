"""The calibration stage: prove the method on this machine, and put the report into the site."""

import contextlib
import platform
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from bench.calibration import formula_trials as formulas
from bench.calibration import overhead_trials, socket_trials, virtual_trials
from bench.calibration.hit_rate import HitRate
from bench.calibration.report import calibration_data
from bench.call_pool import CallPool
from bench.host.cores import usable_cpus
from bench.host.facts import cpu_model
from bench.host.revision import revision_facts
from bench.host.sources import collect
from bench.publish import publish_site_data, read_site_data

REPORT = "calibration"
REAL_TIME = "V2"
PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "pyzmq", "msgspec")
_COMMIT_LENGTH = 12


class Sizes(NamedTuple):
    """How many runs each kind of experiment has."""

    formulas: int
    summaries: int
    virtual: int
    small: int
    recoveries: int


FULL = Sizes(
    formulas.FULL_RUNS,
    formulas.FULL_SUMMARIES,
    virtual_trials.FULL_RUNS,
    socket_trials.FULL_RUNS,
    socket_trials.FULL_RECOVERIES,
)
QUICK = Sizes(formulas=200, summaries=25, virtual=25, small=20, recoveries=4)


class Proof(NamedTuple):
    """Some experiments of one stage of the proof, still to be carried out."""

    stage: str
    carry_out: Callable[[], Iterable[HitRate]]

    def run(self) -> tuple[str, list[HitRate]]:
        """Run the experiments; return their stage and hit rates."""
        return self.stage, list(self.carry_out())


def plan_proofs(sizes: Sizes, seed: int) -> list[Proof]:
    """Return all proofs, in the order of the report."""
    stages = {
        "V0": [
            *formulas.formula_proofs(sizes.formulas, sizes.summaries, seed),
            *overhead_trials.overhead_proofs(sizes.formulas, sizes.summaries, seed),
        ],
        "V1": virtual_trials.virtual_proofs(sizes.virtual, seed),
        REAL_TIME: socket_trials.socket_proofs(sizes.small, sizes.recoveries, seed),
    }
    return [Proof(stage, part) for stage, parts in stages.items() for part in parts]


def carry_out(proofs: Sequence[Proof]) -> Iterator[tuple[str, list[HitRate]]]:
    """Yield the stage and the hit rates of each proof, in order.

    Simulated proofs run on all cores at once. After that, those in real time run one by one, with
    no other proof on the machine.
    """
    simulated = [proof for proof in proofs if proof.stage != REAL_TIME]
    with contextlib.closing(CallPool(len(usable_cpus()), {})) as pool:
        yield from (call.result() for call in [pool.submit(p.run) for p in simulated])
    yield from (proof.run() for proof in proofs if proof.stage == REAL_TIME)


def make_report(
    results: Iterable[tuple[str, list[HitRate]]], seed: int, *, quick: bool
) -> dict[str, Any]:
    """Return the report of all proofs, ready for JSON.

    Parameters
    ----------
    results : iterable of tuple of str and list of HitRate
        Stage and hit rates of each proof, as :func:`carry_out` yields them.
    seed : int
        The seed of the proofs, which the report states.
    quick : bool
        Whether the proofs had the sizes of ``QUICK``.
    """
    by_stage: dict[str, list[HitRate]] = defaultdict(list)
    for stage, hit_rates in results:
        by_stage[stage] += hit_rates
    return calibration_data(by_stage, _facts(seed), quick=quick)


def publish_report(site: Path, report: Mapping[str, Any]) -> Path | None:
    """Write the report into the site; None where a full one stays instead of a quick one.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree.
    HostError
        If the site cannot be written.
    """
    if report["quick"] and read_site_data(site, REPORT).get("quick") is False:
        return None
    return publish_site_data(site, REPORT, report)


def _facts(seed: int) -> dict[str, str]:
    processor = collect({"model": cpu_model})["model"] or platform.machine()
    versions = [f"{name} {metadata.version(name)}" for name in PACKAGES]
    return {
        "Date": datetime.now(UTC).isoformat(timespec="seconds"),
        "Processor": f"{processor}, {len(usable_cpus())} CPUs",
        "Code": _revision(),
        "Seed": str(seed),
        "Packages": ", ".join([f"Python {platform.python_version()}", *versions]),
    }


def _revision() -> str:
    facts = revision_facts()
    commit = facts["commit"]
    words = [f"version {facts['version']}"]
    if commit:
        words.append(f"commit {commit[:_COMMIT_LENGTH]}")
    if facts["modified"]:
        words.append("modified")
    return ", ".join(words)
