"""What is stored of a run besides its samples, and what keeps two runs from being one."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from bench.records.plan import Experiment
from bench.records.words import Count, Facts, Positive, Record, changed


class AnswerComparison(Record, frozen=True, kw_only=True):
    """How the logits of the remote arm compare with the local ones.

    The deviation is a fraction of the largest local logit of its batch. After a codec that loses
    much ``closest_count`` is of how many images both answers are closer to each other than to those
    of any other image.
    """

    images_count: Count = 0
    equal_top1_count: Count = 0
    closest_count: Count = 0
    max_deviation_fraction: Annotated[float, msgspec.Meta(ge=0)] = 0.0

    def __add__(self, other: "AnswerComparison") -> "AnswerComparison":
        """Return how the answers of both compare."""
        return AnswerComparison(
            images_count=self.images_count + other.images_count,
            equal_top1_count=self.equal_top1_count + other.equal_top1_count,
            closest_count=self.closest_count + other.closest_count,
            max_deviation_fraction=max(self.max_deviation_fraction, other.max_deviation_fraction),
        )


class RestartRecord(Record, frozen=True, kw_only=True):
    """What is recorded of the two processes of a restart, besides the samples.

    Segments with a request that timed out were measured again; their first attempts are not stored.
    The models were compiled for ``compile_ns`` and ``worker_compile_ns``, within ``startup_ns``.
    """

    threads: Positive
    startup_ns: Count
    wall_ns: Count
    repeated_segments_count: Count = 0
    compile_ns: Count = 0
    worker_compile_ns: Count = 0
    answers: AnswerComparison = AnswerComparison()
    client: Facts
    worker: Facts
    client_before: Facts
    client_after: Facts
    worker_before: Facts
    worker_after: Facts


class BlockRecord(Record, frozen=True, kw_only=True):
    """What is stored with a complete block besides its samples."""

    index: Positive
    started_at: str
    wall_ns: Count
    restarts: tuple[RestartRecord, ...]


class RunInfo(Record, frozen=True, kw_only=True):
    """Everything about a run that is not a sample and not the schedule.

    An imported run names its ``source``; it has aggregated rows instead of samples. A run of
    schema 1 or 2 has no ``measuring_version`` but a digest of the code that measured it.
    """

    schema_version: Positive
    machine: str
    run: str
    created_at: str
    comment: str
    experiment: Experiment
    client: Facts
    worker: Facts
    placement: dict[str, str]
    link: Facts = msgspec.field(default_factory=dict)
    revision: Facts = msgspec.field(default_factory=dict)
    source: Facts = msgspec.field(default_factory=dict)
    measuring_version: Positive | None = None
    code_digest: str = ""

    @property
    def code(self) -> str:
        """Which code measured the run: ``version 1``, or the digest of an older run."""
        if self.measuring_version is None:
            return self.code_digest
        return f"version {self.measuring_version}"


_LINK_RATES = ("shaped_mbps", "speed_mbps")


def differences(stored: RunInfo, now: RunInfo) -> list[str]:
    """Return why a run cannot continue another: schema, experiment, code, facts of both hosts."""
    changes_of = {
        "{}": changed(stored.experiment.comparable(), now.experiment.comparable()),
        "{} of the link": changed(stored.link, now.link, _LINK_RATES),
    }
    lengths = changes_of["{}"].pop("lengths", None)
    lines = _change_lines(changes_of)
    if lengths:
        lines.append("how many requests a segment has")
    if stored.schema_version != now.schema_version:
        lines.append(f"schema version is {now.schema_version} and was {stored.schema_version}")
    if stored.code != now.code:
        lines.append("the measuring code")
    sides = {
        f"{side} {{}}": dict(sorted(changed(getattr(stored, side), getattr(now, side)).items()))
        for side in ("client", "worker")
    }
    return lines + _change_lines(sides)


def _change_lines(changes_of: Mapping[str, Mapping[str, tuple[Any, Any]]]) -> list[str]:
    return [
        f"{template.format(name)} is {new} and was {old}"
        for template, changes_by_name in changes_of.items()
        for name, (old, new) in changes_by_name.items()
    ]
