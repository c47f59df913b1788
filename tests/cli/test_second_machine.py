"""The worker on a second machine, over a link."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import ROOT


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
