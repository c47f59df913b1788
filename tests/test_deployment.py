"""README's files for a worker elsewhere: a unit of systemd, and a container.

They are taken out of README.md and checked as they are there: by what can be read from them, and
by the tools that would use them. Neither is started.
"""

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.errors import HostError, UsageError
from tests.cli.command import succeed
from tests.needs import miss, need

README = (Path(__file__).parents[1] / "README.md").read_text()
PORT = 5555
PROGRAM = "/opt/scalebench/bin/scalebench"
EXPOSURE_MAX = 2.5
UNPRIVILEGED = {
    "CapabilityBoundingSet": "",
    "DynamicUser": "yes",
    "NoNewPrivileges": "yes",
    "PrivateTmp": "yes",
    "ProtectHome": "yes",
    "ProtectSystem": "strict",
    "StateDirectoryMode": "0700",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
}


def block(language: str) -> str:
    """Return the only block of README.md in a language."""
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert isinstance(text, str)
    return text


def service() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(block("ini"))
    return parser["Service"]


def container(name: str) -> Any:
    """Return an instruction of the Containerfile that is written as a list."""
    (text,) = re.findall(rf"^{name} (\[.*\])$", block("dockerfile"), re.MULTILINE)
    return json.loads(text)


def compose() -> Any:
    (only,) = yaml.safe_load(block("yaml"))["services"].values()
    return only


def served() -> list[list[str]]:
    """Return the call of the worker in the unit, and that in the container, without the program."""
    unit, entry = shlex.split(service()["ExecStart"]), container("ENTRYPOINT") + container("CMD")
    assert (unit[0], entry[0]) == (PROGRAM, "scalebench")
    return [unit[1:], entry[1:]]


def unknown_options(words: list[str]) -> list[str]:
    """Return the options of a call that the help of its command does not have."""
    first = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
    told = re.findall(r"--[\w-]+", succeed(*words[:first], "--help").stdout)
    return [word for word in words[first:] if word.startswith("-") and word not in told]


@pytest.mark.parametrize("words", served(), ids=["unit", "container"])
def test_the_worker_has_all_the_options_that_a_file_gives_it(words: list[str]) -> None:
    assert words[0] == "worker"
    assert unknown_options(words) == []


def test_the_first_start_of_the_unit_makes_keys_by_a_command_that_is_there() -> None:
    assert f"|| exec {PROGRAM} keys new keys" in service()["ExecStartPre"]
    assert " keys new " in succeed("keys", "new", "--help").stdout


def test_an_option_that_a_command_does_not_have_is_found() -> None:
    assert unknown_options(["worker", "--no-such-option"]) == ["--no-such-option"]


def test_the_unit_takes_every_right_away() -> None:
    unit = service()
    assert {name: unit.get(name) for name in UNPRIVILEGED} == UNPRIVILEGED
    assert unit["Restart"] == "on-failure"
    assert unit["MemoryMax"]


def test_the_unit_lets_zeromq_list_the_interfaces() -> None:
    """Without AF_NETLINK ``getifaddrs`` fails, and libzmq aborts the process that binds."""
    families = {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"}
    assert set(service()["RestrictAddressFamilies"].split()) == families


def test_the_unit_does_not_restart_what_a_restart_cannot_mend() -> None:
    codes = [int(code) for code in service()["RestartPreventExitStatus"].split()]
    assert codes == [UsageError.exit_code, HostError.exit_code]


def test_both_ports_are_published() -> None:
    ports = [str(PORT), str(PORT + 1)]
    assert re.findall(r"^EXPOSE (.*)$", block("dockerfile"), re.MULTILINE) == [" ".join(ports)]
    assert compose()["ports"] == [f"{port}:{port}" for port in ports]
    for words in served():
        assert words[words.index("--bind") + 1] == f"tcp://0.0.0.0:{PORT}"


def test_the_container_can_only_read_its_keys_and_has_no_right() -> None:
    keys = container("CMD")[1]
    worker = compose()
    assert worker["volumes"] == [f"./keys:{keys}:ro"]
    assert worker["read_only"] is True
    assert worker["cap_drop"] == ["ALL"]
    assert worker["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER (?!0|root)\S+$", block("dockerfile"), re.MULTILINE)


@pytest.fixture
def unit_file(tmp_path: Path) -> Path:
    """Return a file with the unit, whose program is one that is here."""
    need("systemd-analyze", "true")
    path = tmp_path / "scalebench.service"
    path.write_text(block("ini").replace(PROGRAM, shutil.which("true") or ""))
    return path


def run(*words: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, words)), cwd=folder, check=False, capture_output=True, text=True
    )


def test_systemd_understands_every_line_of_the_unit(unit_file: Path) -> None:
    done = run("systemd-analyze", "verify", unit_file)
    assert (done.returncode, done.stderr) == (0, "")
    unit_file.write_text(unit_file.read_text().replace("ProtectSystem", "ProtectSystm"))
    assert "ProtectSystm" in run("systemd-analyze", "verify", unit_file).stderr


def test_systemd_calls_the_exposure_of_the_unit_low(unit_file: Path) -> None:
    threshold = f"--threshold={EXPOSURE_MAX * 10:.0f}"
    done = run("systemd-analyze", "security", "--offline=true", threshold, unit_file)
    assert done.returncode == 0, done.stdout + done.stderr
    (exposure,) = re.findall(r"exposure level for \S+ ([\d.]+)", done.stdout)
    assert f"exposure {exposure} of 10" in README


def test_compose_understands_the_file(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(block("yaml"))
    (tmp_path / "Containerfile").write_text(block("dockerfile"))
    done = run(*_compose(), "config", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (worker,) = yaml.safe_load(done.stdout)["services"].values()
    assert [int(port["target"]) for port in worker["ports"]] == [PORT, PORT + 1]


def test_hadolint_finds_nothing_in_the_containerfile(tmp_path: Path) -> None:
    if shutil.which("hadolint") is None:
        pytest.skip("hadolint is not installed")
    path = tmp_path / "Containerfile"
    path.write_text(block("dockerfile"))
    done = run("hadolint", path)
    assert done.returncode == 0, done.stdout + done.stderr


def _compose() -> list[str]:
    """Return the command of Docker Compose: a plugin of docker, or a program of its own."""
    if shutil.which("docker") and run("docker", "compose", "version").returncode == 0:
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else miss("docker compose")
