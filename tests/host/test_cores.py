"""Cores: one CPU of each, and a plan that keeps computing and serving apart where it can."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.host import cores
from bench.host.cores import (
    CorePlan,
    counted_cpus,
    physical_cores,
    pin_thread,
    plan_cores,
    usable_cpus,
)

needs_affinity = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system does not pin threads"
)


def topology(root: Path, siblings: dict[int, str]) -> Path:
    for cpu, text in siblings.items():
        folder = root / f"cpu{cpu}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(text + "\n")
    return root


@pytest.mark.parametrize(
    ("usable", "siblings", "expected"),
    [
        ((0, 1, 2, 3), {0: "0,2", 1: "1,3", 2: "0,2", 3: "1,3"}, (0, 1)),
        ((0, 1, 2, 3), {0: "0-1", 1: "0-1", 2: "2-3", 3: "2-3"}, (0, 2)),
        ((0, 1, 2), {0: "0", 1: "1", 2: "2"}, (0, 1, 2)),
        ((2, 3, 5), {2: "0,2", 3: "1,3", 5: "5,7"}, (2, 3, 5)),
        ((4, 6), {4: "4", 6: "6"}, (4, 6)),
        ((0, 1), {}, (0, 1)),
        ((0, 1), {0: "0-1", 1: "0-1"}, (0, 1)),
        ((3,), {3: "3"}, (3,)),
    ],
    ids=[
        "hyperthreads far apart",
        "hyperthreads side by side",
        "no hyperthreads",
        "siblings that we may not use",
        "gaps",
        "no topology",
        "a machine that hides its topology",
        "one core",
    ],
)
def test_one_usable_cpu_stands_for_each_core(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    usable: tuple[int, ...],
    siblings: dict[int, str],
    expected: tuple[int, ...],
) -> None:
    monkeypatch.setattr(cores, "usable_cpus", lambda: usable)
    assert physical_cores(topology(tmp_path, siblings)) == expected


@pytest.mark.parametrize(
    ("compute", "service", "siblings", "expected"),
    [
        ((0, 1), (3,), {0: "0", 1: "1", 3: "3"}, (0, 1, 3)),
        ((0,), (1,), {0: "0,2", 1: "1,3"}, (0, 1, 2, 3)),
        ((0,), (2,), {0: "0-1", 2: "2-3"}, (0, 1, 2, 3)),
        ((5,), (5,), {5: "5,7"}, (5, 7)),
        ((0,), (3,), {0: "0-3", 3: "0-3"}, (0, 3)),
        ((0, 1), (1,), {}, (0, 1)),
    ],
    ids=[
        "no hyperthreads",
        "hyperthreads far apart",
        "hyperthreads side by side",
        "one core",
        "a machine that hides its topology",
        "no topology",
    ],
)
def test_the_cpus_of_a_plan_and_their_siblings_count(
    tmp_path: Path,
    compute: tuple[int, ...],
    service: tuple[int, ...],
    siblings: dict[int, str],
    expected: tuple[int, ...],
) -> None:
    plan = CorePlan(compute, service, overlap=compute == service)
    assert counted_cpus(plan, topology(tmp_path, siblings)) == expected


@given(st.integers(1, 16), st.sets(st.integers(0, 63), min_size=1, max_size=16))
def test_computing_and_serving_overlap_only_where_no_core_is_left(
    threads: int, usable: set[int]
) -> None:
    all_cores = tuple(sorted(usable))
    plan = plan_cores(threads, all_cores)
    assert plan.compute == all_cores[:threads]
    assert plan.overlap == (threads >= len(all_cores))
    if plan.overlap:
        assert plan.service == plan.compute
    else:
        assert set(plan.service) <= usable - set(plan.compute)
        assert len(plan.service) == 1


def test_the_plan_of_this_machine_uses_its_own_cores() -> None:
    plan = plan_cores(1)
    assert plan.compute == physical_cores()[:1]
    assert set(physical_cores()) <= set(usable_cpus())


@needs_affinity
def test_a_pinned_thread_stays_on_its_cores() -> None:
    before = os.sched_getaffinity(0)
    try:
        pin_thread((min(before),))
        assert os.sched_getaffinity(0) == {min(before)}
        assert usable_cpus() == (min(before),)
    finally:
        pin_thread(before)
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize(
    ("compute", "service", "nodes", "loading"),
    [
        ((0,), (1,), {0: "0-1"}, (0, 1)),
        ((0,), (3,), {0: "0-1", 1: "2-3"}, (0,)),
        ((0, 2), (3,), {0: "0-1", 1: "2-3"}, (0, 2, 3)),
        ((0, 1), (0, 1), {0: "0-1"}, (0, 1)),
        ((1,), (0,), {0: "", 1: "0-1"}, (0, 1)),
        ((0,), (1,), {}, (0, 1)),
    ],
    ids=["one node", "other node", "both nodes", "overlap", "node of memory only", "none told"],
)
def test_a_model_is_loaded_on_all_cores_whose_memory_is_near(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    compute: tuple[int, ...],
    service: tuple[int, ...],
    nodes: dict[int, str],
    loading: tuple[int, ...],
) -> None:
    for node, text in nodes.items():
        folder = tmp_path / f"node{node}"
        folder.mkdir()
        (folder / "cpulist").write_text(text + "\n")
    monkeypatch.setattr(cores, "_NODE_ROOT", tmp_path)
    monkeypatch.setattr(cores, "usable_cpus", lambda: (0, 1))
    assert CorePlan(compute, service, overlap=compute == service).loading == loading
