"""``python -m tests.benchmarks.hundred_runs``: does a site of many runs stay quick to make?

Prints how long ``report`` takes for one run, and for one more than a hundred; fails where that is
too long or rewrites anything but the lists that lead to the new page. Between them it prints how
long Jekyll builds the site with 25, 50 and 100 runs, and fails where each further run makes many
more objects than those before: that is the work, and noise hardly changes it. All runs are made up:
one is drawn, the others differ in name and date only.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.charts.render import render_all
from bench.pipeline.report import make_report
from bench.publish import page_key, publish_runs, put_page
from bench.store.folder import RUN_FILE, RunFolder
from bench.store.run import run_files
from tests.benchmarks.taken import REPEATS, ROOT, beside_seaborn, least, run
from tests.page.factory import make_info
from tests.site.generated import GENERATED
from tests.store.factory import make_run

LISTS = ("_data/scalebench/runs.json", "_data/scalebench/front.json", "_data/scalebench/history/")
COUNTS = (25, 50, 100)
MACHINES = 4
BLOCKS = 10
LIMIT_ONE_S = 4.0
LIMIT_MORE_S = 6.0
LIMIT_GROWTH = 1.25  # 2 would be quadratic; above 1 since each page's history still fills up
REPORT = (sys.executable, "-m", "bench", "report", "--site", "site")
JEKYLL = ("bundle", "exec", "jekyll", "build", "--quiet", "--disable-disk-cache")
COUNTING = f"RUBYOPT=-r{Path(__file__).with_name('allocations.rb')}"


def main() -> None:
    """Print one line a measurement; end with 1 where one is above its limit."""
    if shutil.which("bundle") is None:
        sys.exit("bundle is missing: install Ruby with Bundler (Debian: bundler jekyll).")
    with tempfile.TemporaryDirectory() as folder:
        faults = measure(Path(folder))
    if faults:
        sys.exit("\n".join(faults))


def measure(top: Path) -> list[str]:
    """Fill a site in steps, and return which limits do not hold."""
    shutil.copy(ROOT / "Gemfile", top)
    shutil.copytree(ROOT / "site", top / "site", ignore=shutil.ignore_patterns(*GENERATED))
    experiment = make_info("resnet50").experiment
    first = make_run(top / "data" / "m0" / "r000", BLOCKS, machine="m0", experiment=experiment)
    one = least([*REPORT, str(first.path)], top)
    print(f"report of one run: {beside_seaborn(one)}")
    growth = build_in_steps(first, top)
    before, mores = stamps(top / "site"), []
    for number in range(COUNTS[-1], COUNTS[-1] + REPEATS):
        copy_run(first, top, number)
        mores.append(run(REPORT, top))
    more = min(mores)
    touched = [name for name, stamp in stamps(top / "site").items() if before.get(name) != stamp]
    old = [name for name in touched if name in before]
    print(f"report of one run more: {beside_seaborn(more)}")
    print(f"{REPEATS} times, {len(touched) - len(old)} new files, rewritten:")
    print(*(f"  {name}" for name in old), sep="\n")
    limits = {
        f"report of one run took more than {LIMIT_ONE_S:.0f} s.": one.wall_s > LIMIT_ONE_S,
        f"report of one run more took more than {LIMIT_MORE_S:.0f} s.": more.wall_s > LIMIT_MORE_S,
        f"further runs make {growth:.2f} times as many objects each.": growth > LIMIT_GROWTH,
        "report rewrote more than its lists.": not all(name.startswith(LISTS) for name in old),
    }
    return [fault for fault, found in limits.items() if found]


def build_in_steps(first: RunFolder, top: Path) -> float:
    """Publish copies of a run, and build the site with each of ``COUNTS``.

    Returns
    -------
    float
        How many objects each run of the last step added, over how many each run of the step
        before did: about 1 where the work grows linearly.
    """
    report = make_report(first.path)
    pictures = render_all(report.charts)
    made = []
    for number in range(COUNTS[-1]):
        info = (folder := copy_run(first, top, number)).info
        data = {**report.page.data, "machine": info.machine, "run": info.run}
        data["listing"] = {**data["listing"], "created_at": info.created_at}
        page = report.page._replace(data=data)
        put_page(top / "site", page_key(info), page, pictures, run_files(folder.path))
        if number + 1 in COUNTS:
            publish_runs(top / "site")
            taken = least(["env", COUNTING, *JEKYLL], top)
            made.append(int(taken.errors.rpartition(":")[2]))
            each_ms = 1000 * taken.cpu_s / (number + 1)
            print(f"jekyll build of {number + 1:3d} runs: {taken}, {each_ms:.0f} ms a run,", end="")
            print(f" {made[-1]:,} objects")
    first_step, last_step = np.diff(made) / np.diff(COUNTS)
    return float(last_step / first_step)


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


def stamps(root: Path) -> dict[str, int]:
    """Return when each file was written last [ns], without what Jekyll made."""
    return {
        str(path.relative_to(root)): path.stat().st_mtime_ns
        for path in root.rglob("*")
        if path.is_file() and not str(path.relative_to(root)).startswith(("_site", ".jekyll"))
    }


if __name__ == "__main__":
    main()
