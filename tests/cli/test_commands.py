"""What a user types wrongly, and what the exit code says."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        ("measure --batch-sizes 0", 2, "--batch-sizes: '0' in '0'"),
        ("measure --batch-sizes 65", 2, "65 is above 64"),
        ("measure --threads 4096", 2, "4096 is more than the"),
        ("measure --preset fast", 2, "smoke, quick, standard, full"),
        ("measure --model vgg", 2, "'vgg' is not one of"),
        ("measure --allocator odd", 2, "tuned, system"),
        ("measure --image-size 5000", 2, "5000 is outside"),
        ("measure --no-such-flag", 2, "--no-such-flag"),
        ("measure --weights nowhere.pt", 4, "nowhere.pt"),
        ("measure --data pyproject.toml", 2, "pyproject.toml is not a folder"),
        ("measure --model stub:1 --run ../../x", 2, "--run: '../../x'"),
        ("measure --model stub:1 --machine {{x}}", 2, "--machine: '{{x}}'"),
        ("worker --bind tcp://0.0.0.0:5555", 2, "--insecure"),
        ("worker --bind nonsense://127.0.0.1:1 --insecure", 2, "is not an endpoint"),
        ("summary no/such/run", 3, "run.json"),
        ("summary data --format xml", 2, "table, csv, json"),
        ("verify no/such/run", 3, "run.json"),
        ("report no/such/run", 3, "run.json"),
    ],
)
def test_bad_input_is_one_clear_message_and_its_exit_code(
    arguments: str, exit_code: int, words: str
) -> None:
    result = _run(*arguments.split())
    assert result.returncode == exit_code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_traceback_is_shown_when_asked_for() -> None:
    result = _run("--debug", "summary", "no/such/run")
    assert result.returncode == 3
    assert "Traceback" in result.stderr
    assert "run.json" in result.stderr.splitlines()[-1]


def test_a_fault_of_the_tool_itself_has_an_exit_code_of_its_own() -> None:
    code = (
        "import sys, bench.cli, bench.pipeline.verify as v\n"
        "def broken(*_): raise RuntimeError('planted')\n"
        "v.verify = broken\n"
        "sys.argv = ['scalebench', 'verify', 'x']\n"
        "bench.cli.main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert result.returncode == 1
    assert "RuntimeError: planted" in result.stderr
    assert "--debug" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unreachable_worker_is_named_with_the_time_out(tmp_path: Path) -> None:
    options = ["--model", "stub:1", "--data", str(tmp_path)]
    result = _run("measure", *options, "--worker", "tcp://127.0.0.1:9")
    assert result.returncode == 5
    assert "no answer from tcp://127.0.0.1:9 within 10 s" in result.stderr
    assert not list(tmp_path.iterdir())


def test_help_needs_no_heavy_package() -> None:
    code = "import sys, bench.cli; print({'torch', 'pandas', 'zmq', 'numpy'} & set(sys.modules))"
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert output.stdout.strip() == "set()"


def test_a_second_machine_is_measured_over_a_link(tmp_path: Path) -> None:
    """Two network namespaces stand for two hosts: the worker there, the client here."""
    ip = shutil.which("ip")
    if ip is None or os.geteuid() != 0:
        pytest.skip("network namespaces need root and iproute2")
    here, there = f"sbh{os.getpid()}", f"sbt{os.getpid()}"
    if subprocess.run([ip, "netns", "add", here], check=False, capture_output=True).returncode:
        pytest.skip("network namespaces cannot be made here")
    worker = None
    try:
        pair = ["type", "veth", "peer", "name", "v1", "netns", there]
        steps = [[ip, "netns", "add", there], [ip, "-n", here, "link", "add", "v0", *pair]]
        for space, link, address in ((here, "v0", "10.203.0.1/24"), (there, "v1", "10.203.0.2/24")):
            steps.append([ip, "-n", space, "addr", "add", address, "dev", link])
            steps.append([ip, "-n", space, "link", "set", link, "up"])
        steps += [[ip, "netns", "exec", space, "true"] for space in (here, there)]
        for step in steps:
            done = subprocess.run(step, check=False, capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"no network between namespaces here: {done.stderr.strip()}")
        bench = [sys.executable, "-m", "bench"]
        serve = [*bench, "worker", "--bind", "tcp://10.203.0.2:5555", "--insecure"]
        worker = subprocess.Popen(
            [ip, "netns", "exec", there, *serve, "--model", "stub:1"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        options = ["--preset", "smoke", "--model", "stub:1", "--data", str(tmp_path), "--quiet"]
        measure = [*bench, "measure", *options, "--worker", "tcp://10.203.0.2:5555"]
        result = subprocess.run(
            [ip, "netns", "exec", here, *measure],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        run = Path(result.stdout.splitlines()[-1])
        assert "tcp://10.203.0.2:5555" in (run / "run.json").read_text()
        assert (run / "block-001.parquet").exists()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=20) == 0
    finally:
        if worker is not None and worker.poll() is None:
            worker.kill()
        if worker is not None and worker.stderr is not None:
            worker.wait()
            worker.stderr.close()
        for space in (here, there):
            subprocess.run([ip, "netns", "del", space], check=False, capture_output=True)
