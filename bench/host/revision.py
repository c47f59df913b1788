"""The version of scalebench, and the versions of the installed packages."""

import hashlib
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from bench.host.sources import collect
from bench.records import Facts

_ROOT = Path(__file__).parents[2]


def revision_facts() -> Facts:
    """Return version, commit (None outside a checkout) and a digest of all installed versions."""
    return collect(
        {
            "version": lambda: metadata.version("scalebench"),
            "commit": lambda: _git("rev-parse", "HEAD"),
            "modified": lambda: bool(_git("status", "--porcelain", "--", "bench")),
            "installed_sha256": _installed_digest,
        }
    )


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None or not (_ROOT / ".git").exists():
        raise LookupError("not run from a git checkout")
    return subprocess.run(
        [git, "-C", str(_ROOT), *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


def _installed_digest() -> str:
    versions = sorted(f"{d.metadata['Name']}=={d.version}" for d in metadata.distributions())
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()
