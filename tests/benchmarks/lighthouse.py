"""Lighthouse's figures of the built site, on a phone and on a desktop; below 98 is a failure.

usage: python -m tests.benchmarks.lighthouse [DIR]      DIR is what Jekyll built, site/_site
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import which

from tests.needs import BROWSERS
from tests.site.serving import BROWSER_FLAGS, served

VERSION = "12.8"  # 13 wants a newer Node.js than Debian's
LEAST = 98
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FORMS: dict[str, tuple[str, ...]] = {"phone": (), "desktop": ("--preset=desktop",)}


def scores(npx: str, url: str, form: str) -> dict[str, int]:
    """Return Lighthouse's score of each category, of 100."""
    options = ["--output=json", "--quiet", "--no-enable-error-reporting", *FORMS[form]]
    flags = " ".join(BROWSER_FLAGS)
    done = subprocess.run(
        [npx, "--yes", f"lighthouse@{VERSION}", url, f"--chrome-flags={flags}", *options],
        env={**os.environ, "CHROME_PATH": next(filter(None, map(which, BROWSERS)), "")},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"lighthouse failed at {url}:\n{done.stderr}")
    found = json.loads(done.stdout)["categories"]
    return {name: round(100 * found[name]["score"]) for name in CATEGORIES}


def main() -> None:
    """Print one line a page and form; end with 1 where a score is too low."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "site/_site")
    npx = which("npx")
    if npx is None:
        sys.exit("npx is missing: install Node.js with npm (Debian: nodejs npm).")
    reports = sorted(root.glob("*/*/*/index.html"))
    if not reports:
        sys.exit(f"{root} holds no page of a run: build the site first, with 'make build'.")
    pages = ["", "method/", f"{reports[-1].parent.relative_to(root)}/"]
    print(f"{'page':44} {'form':8}", *(f"{name:>14}" for name in CATEGORIES))
    lowest = 100
    with served(root) as address:
        for page in pages:
            for form in FORMS:
                found = scores(npx, address + page, form)
                lowest = min(lowest, *found.values())
                print(f"/{page:43} {form:8}", *(f"{score:14}" for score in found.values()))
    if lowest < LEAST:
        sys.exit(f"a score of {lowest} is below {LEAST}.")


if __name__ == "__main__":
    main()
