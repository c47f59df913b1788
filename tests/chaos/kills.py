"""``make chaos``: kill any process of the tool at any moment, then let the same command go on.

usage: python -m tests.chaos.kills [KILLS] [SEED]

Each kill hits, by a seed, a process (the command, the measuring process, the worker, the process
that computes), with a signal, in a phase (start-up, segment, block write, report). After it nothing
of the tool may run, and each file is there as a whole; the same command again completes the run:
its blocks are there once, with the rows that were planned, and those of before are unchanged.
"""

import hashlib
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from bench.store.folder import RUN_FILE, RunFolder
from bench.store.run import load_run
from tests.promises import Kept, write_report
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
START, SEGMENT, WRITE, REPORT = PHASES = ("start-up", "segment", "block write", "report")
BLOCKS = 3
_MARK = "SCALEBENCH_CHAOS"
_MEASURE = (
    *("measure", "--model", "stub:1", "--preset", "quick", "--quiet"),
    *("--batch-sizes", "1,2", "--threads", "1", "--image-size", "32"),
    *("--machine", "m", "--timeout", "5"),
)
_MODULES = ("bench.measure.child", "bench.worker.launch", "bench.worker.compute")


class Chaos:
    """One folder with runs and a site, whether pages are made there, and what was done to them."""

    def __init__(self, folder: Path, seed: int, *, pages: bool = True) -> None:
        self._folder = folder
        self._pages = pages
        self._random = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._token = secrets.token_hex(8)
        self._environment = {**os.environ, _MARK: self._token}
        self._number = 1
        self._site = folder / "site"
        hidden = shutil.ignore_patterns("_site", "resnet", "pages", "history", "runs.json")
        shutil.copytree(ROOT / "site", self._site, ignore=hidden)
        self.kills: Counter[str] = Counter()

    def kill_once(self, phase: str) -> None:
        """Start a command, kill one of its processes in a phase, and check what is left."""
        before = self._digests()
        report = phase == REPORT
        if report and len(before) < BLOCKS:
            self.complete()
            before = self._digests()
        process = self._start(*(self._report() if report else self._measure()))
        try:
            self._wait_for(phase, process)
            number = self._random.choice(SIGNALS)
            victim = self._victim(process)
            victim.send_signal(number)
            where = "command" if victim.pid == process.pid else "child"
            self.kills[f"{phase}: {where}, {signal.Signals(number).name}"] += 1
        except psutil.NoSuchProcess:
            self.kills[f"{phase}: too late"] += 1
        process.wait(timeout=120)
        self._check_nothing_runs()
        after = self._digests()
        assert {name: after.get(name) for name in before} == before, "a complete block changed"
        if len(after) >= BLOCKS and not report:
            (self.complete if self._pages else self.complete_run)()
            self._number += 1

    def complete(self) -> None:
        """Let the same commands run to their end and check the run and its page."""
        self.complete_run()
        self._finish(*self._report())
        self._check_no_leftovers()
        self._finish("verify", str(self._run), "--site", str(self._site))

    def complete_run(self) -> None:
        """Let the same command measure what is missing, and check the run."""
        self._finish(*self._measure())
        run = load_run(self._run)
        found = [block.index for block in run.measured]
        # On a busy machine a block may not count, and another one is measured for it.
        assert found in (list(range(1, BLOCKS + 1)), list(range(1, BLOCKS + 2))), found
        assert sum(1 for _ in run.blocks()) == len(found)  # each with the rows that were planned
        self._check_no_leftovers()

    def _check_no_leftovers(self) -> None:
        left = [*self._folder.rglob("*.tmp"), *self._folder.rglob(".*.tmp")]
        assert left == [], left

    @property
    def _run(self) -> Path:
        """The folder of the run that is being made; a complete one is followed by another."""
        return self._folder / "data" / "m" / f"r{self._number}"

    def _measure(self) -> tuple[str, ...]:
        return (*_MEASURE, "--data", str(self._folder / "data"), "--run", self._run.name)

    def _report(self) -> tuple[str, ...]:
        return ("report", str(self._run), "--site", str(self._site))

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "bench", *arguments],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_hear_all_signals,  # noqa: PLW1509 - a shell's background is deaf to SIGINT
        )

    def _finish(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "bench", *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"{arguments[0]}: exit {done.returncode}: {done.stderr}"
        self._check_nothing_runs()

    def _wait_for(self, phase: str, process: subprocess.Popen[bytes]) -> None:
        if phase == WRITE:
            wait_until(
                lambda: any(self._run.glob(".block-*.tmp")) or process.poll() is not None,
                pause_s=0.0001,
            )
        elif phase == SEGMENT:
            wait_until(
                lambda: len(self._family(process)) > len(_MODULES) or process.poll() is not None
            )
            time.sleep(self._random.uniform(0, 0.8))
        else:
            time.sleep(self._random.uniform(0, 2.5))

    def _family(self, process: subprocess.Popen[bytes]) -> list[psutil.Process]:
        main = psutil.Process(process.pid)
        return [main, *main.children(recursive=True)]

    def _victim(self, process: subprocess.Popen[bytes]) -> psutil.Process:
        return self._random.choice(self._family(process))

    def _digests(self) -> dict[str, str]:
        """Return the digest of each complete block; all files must be readable."""
        if not (self._run / RUN_FILE).exists():
            return {}
        folder = RunFolder(self._run)
        assert folder.info.machine == "m"
        found = {}
        for index in folder.complete_blocks():
            folder.read_table(index)
            folder.read_record(index)
            path = folder.block_path(index)
            found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def _check_nothing_runs(self) -> None:
        wait_until(lambda: not self._marked())

    def _marked(self) -> list[int]:
        mark = f"{_MARK}={self._token}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:  # it ended, or is somebody else's
                continue
        return found


def _hear_all_signals() -> None:
    for number in SIGNALS[1:]:
        signal.signal(number, signal.SIG_DFL)


def main(arguments: list[str]) -> None:
    """Print how many kills hit what."""
    count, seed = (int(each) for each in (*arguments, *("100", "1")[len(arguments) :]))
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(Path(folder), seed)
        for place in range(count):
            chaos.kill_once(PHASES[place % len(PHASES)])
        chaos.complete()
    for what, times in sorted(chaos.kills.items()):
        sys.stdout.write(f"{times:4d}  {what}\n")
    total = sum(chaos.kills.values())
    sys.stdout.write(f"{total:4d}  in all; every complete block is there once\n")
    sys.stdout.write(f"{write_report('chaos', _kept(chaos.kills))}\n")


def _kept(kills: Counter[str]) -> list[Kept]:
    """Return what was proved, by phase; a kill that came too late proves nothing."""
    names = ", ".join(signal.Signals(number).name for number in SIGNALS)
    promise = {
        START: "A command that is ended while it starts can be run again.",
        SEGMENT: "Complete blocks outlive the end of any process; the same command completes them.",
        WRITE: "A block is stored as a whole or not at all.",
        REPORT: "A page is published as a whole or not at all; the same command publishes it.",
    }
    return [
        Kept(
            promise[phase],
            f"{phase}: the command or one of its processes gets one of {names}",
            sum(n for what, n in kills.items() if what.startswith(phase) and "late" not in what),
            "no process is left; every complete block is there once, with all its rows",
        )
        for phase in PHASES
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
