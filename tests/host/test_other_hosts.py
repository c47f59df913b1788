"""Hosts that are not Linux on x86: what they tell is found elsewhere, or not told."""

import subprocess
from pathlib import Path

import pytest

from bench.host import facts, sources
from bench.host.facts import host_facts, known_host_facts, machine_name
from bench.host.health import boost, virtualisation
from bench.host.sources import collect

ARM = "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n"
LSCPU = "#!/bin/sh\necho 'Architecture:  aarch64'\necho 'Model name:  {}'\n"


@pytest.fixture
def arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where programs of an ARM host are looked for."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "cpuinfo").write_text(ARM)
    monkeypatch.setattr(sources, "PROC", tmp_path / "proc")
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return programs


def lscpu(folder: Path, model: str) -> None:
    path = folder / "lscpu"
    path.write_text(LSCPU.format(model))
    path.chmod(0o755)


@pytest.mark.parametrize("model", ["Neoverse-N1", "Cortex-A76"])
def test_arm_is_named_by_its_implementers_part(arm: Path, model: str) -> None:
    lscpu(arm, model)
    assert facts.cpu_model() == model
    assert machine_name().startswith(model.lower())


def test_a_model_that_nobody_tells_is_not_told(arm: Path) -> None:
    lscpu(arm, "-")
    told = host_facts()
    assert told["cpu_model"] is None
    assert told["cpu_model_missing"] == "lscpu reports no model name"
    finding = virtualisation(told)
    assert finding.reason.startswith("unknown here")
    assert "virtual machine" not in finding.reason


@pytest.mark.parametrize(("no_turbo", "ok"), [("0", False), ("1", True)])
def test_the_turbo_of_intels_own_driver_is_seen(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_turbo: str,
    ok: bool,  # noqa: FBT001
) -> None:
    (tmp_path / "intel_pstate").mkdir()
    (tmp_path / "intel_pstate" / "no_turbo").write_text(f"{no_turbo}\n")
    monkeypatch.setattr(sources, "CPU", tmp_path)
    assert boost({"boost": host_facts()["boost"]}).ok is ok


def test_a_reason_names_neither_a_command_nor_a_folder_of_a_user() -> None:
    def fail(error: Exception) -> object:
        raise error

    git = ["git", "-C", "/home/somebody/work", "rev-parse", "HEAD"]
    errors = {
        "commit": subprocess.CalledProcessError(128, git),
        "file": FileNotFoundError(2, "No such file or directory", "/home/somebody/x"),
        "number": ValueError("invalid literal: '/home/somebody'"),
        "system": FileNotFoundError(2, "No such file or directory", "/sys/devices/x"),
    }
    told = collect({name: lambda e=error: fail(e) for name, error in errors.items()})  # type: ignore[misc]
    assert "somebody" not in str(told)
    assert told["commit_missing"] == "git failed with exit code 128"
    assert told["system_missing"] == "/sys/devices/x: No such file or directory"


def test_of_what_a_worker_tells_only_facts_of_a_host_are_published() -> None:
    told = {"cpu_model": "A", "cpu_model_missing": "b", "user": "somebody", "home": "/home/x"}
    assert known_host_facts(told) == {"cpu_model": "A", "cpu_model_missing": "b"}
