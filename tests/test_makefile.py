"""make notices an environment that was moved, copied, or whose Python is gone."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.needs import need

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with the Makefile and an environment that fits to it."""
    need("make")
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    pip = programs / "pip"
    pip.write_text(f"#!{programs}/python\nprint()\n")
    pip.chmod(0o755)
    python = programs / "python"
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    for name in ("installed", "testable"):
        (tmp_path / ".venv" / name).touch()
    return tmp_path


def planned(folder: Path) -> str:
    done = subprocess.run(
        [shutil.which("make") or "make", "--dry-run", "lint"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_an_environment_that_fits_is_kept(checkout: Path) -> None:
    assert "rm -rf .venv" not in planned(checkout)
    assert "-m venv" not in planned(checkout)


@pytest.mark.parametrize("how", ["moved", "copied", "python gone", "python broken"])
def test_one_that_does_not_is_made_anew(checkout: Path, how: str) -> None:
    python = checkout / ".venv" / "bin" / "python"
    if how == "moved":
        checkout = checkout.rename(checkout.with_name("moved"))
    elif how == "copied":
        checkout = shutil.copytree(checkout, checkout.with_name("copied"))
    elif how == "python gone":
        python.unlink()
        python.symlink_to("/nowhere/python3.9")
    else:
        python.write_text("#!/bin/sh\nexit 1\n")
    said = planned(checkout)
    assert "rm -rf .venv" in said
    assert "-m venv .venv" in said
    assert "pip install" in said


@pytest.mark.parametrize("pip_exit", [0, 1])
def test_fuzzing_goes_on_where_atheris_cannot_be_installed(checkout: Path, pip_exit: int) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\ncase $1 in */pip) exit {pip_exit} ;; esac\necho "ran $*"\n')
    done = subprocess.run(
        [shutil.which("make") or "make", "fuzz", "ARGS=1000"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ran -m tests.fuzz 1000\n" in done.stdout
    assert (checkout / ".venv" / "fuzzable").exists() == (pip_exit == 0)
