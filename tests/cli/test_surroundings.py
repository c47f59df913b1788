"""What surrounds a command: its folder, its environment, its arguments, and who ends it."""

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.errors import HostError
from bench.measure import request as request_module
from bench.pipeline import measure as stage
from tests.cli.command import ROOT, SMALL, STUB, check_refused, contents, scalebench, start, succeed
from tests.measure.factory import Silent, make_request
from tests.store.factory import make_run
from tests.waiting import wait_until

PROGRAM = (sys.executable, "-P", "-m", "bench")


def run_in(folder: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line of this checkout from another folder."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("name", ["bench.py", "bench/__init__.py", "numpy.py", "zmq/__init__.py"])
def test_children_run_this_code_whatever_lies_in_the_working_directory(
    tmp_path: Path, name: str
) -> None:
    trap = tmp_path / name
    trap.parent.mkdir(exist_ok=True)
    trap.write_text("raise SystemExit('the code of the working directory runs')")
    result = run_in(tmp_path, *STUB, "--data", "data", "--quiet")
    assert result.returncode == 0, result.stderr
    assert "working directory runs" not in result.stderr


def test_children_run_the_code_of_the_checkout_that_was_started(tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "bench", other / "bench")
    messages = other / "bench" / "wire" / "frames.py"
    told = messages.read_text()
    changed = told.replace("PROTOCOL_VERSION = ", "PROTOCOL_VERSION = 100 + ")
    assert changed != told
    messages.write_text(changed)
    # Both sides speak the changed protocol, or they would not understand each other.
    result = subprocess.run(
        [sys.executable, "-m", "bench", *STUB, "--data", str(tmp_path / "data"), "--quiet"],
        cwd=other,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr


NOTEBOOK = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": "{tmp}/matplotlibrc",
    "PYTHONWARNINGS": "error",
    "TMPDIR": "{tmp}/" + "long" * 25,
}


def test_a_page_is_drawn_alike_whatever_the_caller_set_for_himself(
    tmp_path: Path, pristine: Path
) -> None:
    plain, own = tmp_path / "plain", tmp_path / "own"
    for folder in (plain, own, tmp_path / ("long" * 25)):
        folder.mkdir()
    for settings in (tmp_path / "matplotlibrc", own / "matplotlibrc"):
        settings.write_text("text.antialiased: False\n")
    run = make_run(tmp_path / "data" / "m" / "r", 1, batch_sizes=(1,)).path
    pages = []
    surroundings = [(plain, {}), (plain, NOTEBOOK), (own, {"MPLBACKEND": "nonsense"})]
    for number, (folder, variables) in enumerate(surroundings):
        site = shutil.copytree(pristine / "site", tmp_path / f"site-{number}")
        values = {name: value.format(tmp=tmp_path) for name, value in variables.items()}
        result = run_in(folder, "report", run, "--site", site, **values)
        assert result.returncode == 0, result.stderr
        assert "Traceback" not in result.stderr
        pages.append({path.relative_to(site): made for path, made in contents(site).items()})
    assert pages[0] == pages[1] == pages[2]
    assert any(path.suffix == ".png" and "r" in path.parts for path in pages[0])


def test_too_little_memory_is_refused_before_a_worker_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_module, "memory_available_bytes", lambda: 1 << 30)
    monkeypatch.setattr(stage, "worker_address", None)
    request = dataclasses.replace(make_request("resnet50"), data=tmp_path)
    with pytest.raises(HostError, match=r"needs about .* GiB of memory here, and 1\.0 GiB"):
        stage.measure(request, Silent())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--comment", "--machine", "--model", "--data"])
def test_what_is_not_text_is_refused_at_once(tmp_path: Path, option: str) -> None:
    result = subprocess.run(
        [*PROGRAM, "measure", *SMALL, "--model", "stub:1", option, b"caf\xe9"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.startswith("scalebench: the argument 'caf\\xe9' is not text in UTF-8")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_batch_system_ends_a_run_like_ctrl_c_and_nothing_half_is_left(
    tmp_path: Path, number: signal.Signals
) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # a shell's nohup is inherited
    run = start(*STUB[:-2], "--model", "stub:3000", "--data", tmp_path, "--machine", "m")
    signal.signal(number, before)
    wait_until(lambda: list(tmp_path.glob("m/*/run.json")) or run.poll() is not None)
    assert run.poll() is None
    run.send_signal(number)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "interrupted; complete blocks are kept" in errors
    assert list(tmp_path.iterdir()) == []


def test_another_command_that_is_ended_says_so(tmp_path: Path, pristine: Path) -> None:
    run = make_run(tmp_path / "data" / "m" / "r", 8).path
    report = start("report", run, "--site", pristine / "site")
    time.sleep(0.5)
    report.send_signal(signal.SIGTERM)
    _, errors = report.communicate(timeout=60)
    # Before the command begins, and after it has ended, the signal itself ends the process.
    assert report.returncode in {0, 130, -signal.SIGINT, -signal.SIGTERM}
    assert "Traceback" not in errors
    assert "a fault of scalebench" not in errors


def test_the_version_and_short_help_are_told() -> None:
    from importlib import metadata

    assert succeed("--version").stdout == f"scalebench {metadata.version('scalebench')}\n"
    for command in ((), ("measure",), ("report",)):
        assert succeed(*command, "-h").stdout == succeed(*command, "--help").stdout


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("ipc:///tmp/w.sock", "is not an endpoint"),
        ("tcp://127.0.0.1", "is not an endpoint"),
        ("tcp://127.0.0.1:many", "is not an endpoint"),
        ("tcp://:5555", "is not an endpoint"),
        ("http://127.0.0.1:5555", "is not an endpoint"),
        ("tcp://127.0.0.1:5555/x", "is not an endpoint"),
        ("tcp://127.0.0.1:65535", "has the last port"),
        ("tcp://127.0.0.1:65536", "has a port above 65535"),
    ],
)
def test_an_endpoint_at_which_no_worker_can_be_is_refused_by_both_sides(
    tmp_path: Path, endpoint: str, words: str
) -> None:
    for flag, command in (
        ("--bind", ("worker", "--model", "stub:1", "--insecure")),
        ("--worker", (*STUB, "--data", tmp_path)),
    ):
        check_refused(scalebench(*command, flag, endpoint), 2, f"{flag}: ", endpoint, words)
    assert list(tmp_path.iterdir()) == []


def test_an_endpoint_without_a_port_is_none_to_connect_to(tmp_path: Path) -> None:
    for port in ("*", "0"):
        result = scalebench(*STUB, "--data", tmp_path, "--worker", f"tcp://127.0.0.1:{port}")
        check_refused(result, 2, "names no port")
