"""``python -m tests.benchmarks.hundred_runs``: does a site of many runs stay quick to make?

Prints how long ``report`` takes for one run more than a hundred, and which files that touches;
then how long Jekyll builds the site with 25, 50 and 100 runs. All runs are made up: one is drawn,
and the others differ from it in name and date only.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.pipeline.report import build_page, inputs_digest
from bench.publish import PageKey, publish_page, publish_runs
from bench.store.folder import RUN_FILE, RunFolder
from tests.page.factory import make_info
from tests.store.factory import make_run

ROOT = Path(__file__).parents[2]
GENERATED = ("_site", ".jekyll-cache", "resnet*", "stub", "pages", "history", "runs.json")
COUNTS = (25, 50, 100)
MACHINES = 4
BLOCKS = 10
LIMIT_S = 6.0


def main() -> None:
    """Print one line a measurement; end with 1 where ``report`` takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        took_s = measure(Path(folder))
    if took_s > LIMIT_S:
        sys.exit(f"report took more than {LIMIT_S:.0f} s.")


def measure(top: Path) -> float:
    """Fill a site in steps, and return how long ``report`` took in the end [s]."""
    shutil.copy(ROOT / "Gemfile", top)
    shutil.copytree(ROOT / "site", top / "site", ignore=shutil.ignore_patterns(*GENERATED))
    experiment = make_info("resnet50").experiment
    first = make_run(top / "data" / "m0" / "r000", BLOCKS, machine="m0", experiment=experiment)
    page = build_page(first)
    for count in range(COUNTS[-1]):
        folder = copy_run(first, top, count)
        data = {**json.loads(page.data), "inputs_digest": inputs_digest(folder)}
        data["machine"], data["run"] = folder.info.machine, folder.info.run
        data["listing"]["created_at"] = folder.info.created_at
        key = PageKey(page.key.prefix, folder.info.machine, folder.info.run)
        publish_page(top / "site", page.files, json.dumps(data), key)
        if count + 1 in COUNTS:
            publish_runs(top / "site")
            build_s = timed(lambda: run(["bundle", "exec", "jekyll", "build", "-q"], top))
            each_ms = 1000 * build_s / (count + 1)
            print(f"jekyll build, {count + 1:3d} runs: {build_s:5.2f} s, {each_ms:.0f} ms a run")
    copy_run(first, top, COUNTS[-1])
    before = stamps(top / "site")
    command = [sys.executable, "-m", "bench", "report", "--data", "data", "--site", "site"]
    took_s = timed(lambda: run(command, top))
    touched = [name for name, stamp in stamps(top / "site").items() if before.get(name) != stamp]
    old = [name for name in touched if name in before]
    print(
        f"report of one more run: {took_s:.2f} s, {len(touched) - len(old)} new files, rewritten:"
    )
    print(*(f"  {name}" for name in old), sep="\n")
    return took_s


def copy_run(first: RunFolder, top: Path, number: int) -> RunFolder:
    """Return a copy of a run under another name and date, on one of a few machines."""
    machine, run_name = f"m{number % MACHINES}", f"r{number:03d}"
    folder = top / "data" / machine / run_name
    if folder != first.path:
        shutil.copytree(first.path, folder)
        path = folder / RUN_FILE
        day = f"2024-{1 + number // 28:02d}-{1 + number % 28:02d}T10:00:00+00:00"
        changed = {"machine": machine, "run": run_name, "created_at": day}
        path.write_text(json.dumps({**json.loads(path.read_bytes()), **changed}))
    return RunFolder(folder)


def run(command: list[str], folder: Path) -> None:
    """Run a program in a folder; what it says is shown if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def timed(work: Callable[[], None]) -> float:
    """Return how long a piece of work takes [s]."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def stamps(root: Path) -> dict[str, int]:
    """Return when each file was written last [ns], without what Jekyll made."""
    return {
        str(path.relative_to(root)): path.stat().st_mtime_ns
        for path in root.rglob("*")
        if path.is_file() and not str(path.relative_to(root)).startswith(("_site", ".jekyll"))
    }


if __name__ == "__main__":
    main()
