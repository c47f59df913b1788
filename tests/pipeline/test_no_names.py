"""A run that is to be published names neither host nor user, home, checkout nor address."""

import getpass
import json
import re
import shutil
import socket
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.cli.command import ROOT, STUB, scalebench, serving_stub
from tests.site.generated import GENERATED


def text_of(path: Path) -> str:
    """Return all words of a file; those of a block and of a picture are packed in it."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return f"{table.schema.metadata} {table.to_pylist()}"
    if path.suffix == ".png":
        with Image.open(path) as picture:
            return str(picture.info)
    return path.read_text()


def names_in(everything: str, names: set[str]) -> list[str]:
    """Return where the names stand, with the words around them."""
    whole = r"(?<![\w.-]){}(?![\w-])"  # a short name may be a part of another word
    return [
        found[0]
        for name in names
        for found in re.finditer(f".{{0,30}}{whole.format(re.escape(name))}.{{0,30}}", everything)
    ]


@pytest.mark.parametrize("options", [(), ("--anonymous",)], ids=["as usual", "anonymous"])
def test_a_run_its_page_and_the_terminal_name_nobody(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    site = tmp_path / "site"
    shutil.copytree(ROOT / "site", site, ignore=shutil.ignore_patterns(*GENERATED))
    with serving_stub() as (_, endpoint):
        where = ("--worker", endpoint, "--data", tmp_path / "d", "--machine", "m", "--run", "r")
        measured = scalebench(*STUB, *where, *options)
    assert measured.returncode == 0, measured.stderr
    run = tmp_path / "d" / "m" / "r"
    reported = scalebench("report", run, "--site", site)
    assert reported.returncode == 0, reported.stderr
    page = [*(site / "stub").rglob("*"), *(site / "_data" / "scalebench").rglob("*.json")]
    said = [text_of(path) for path in [*run.iterdir(), *page] if path.is_file()]
    everything = "\n".join([*said, measured.stderr, reported.stderr])
    names = {socket.gethostname(), str(Path.home()), str(ROOT)}
    names |= {getpass.getuser()} - {"root"}  # a word of every system
    addresses = {"127.0.0.1", endpoint.split(":")[-1]}
    assert names_in(everything, names) == []
    info = json.loads((run / "run.json").read_text())
    if options:
        assert names_in(everything, addresses) == []
        assert info["experiment"]["worker"] == "remote"
        assert "another machine" in info["placement"]["remote"]
    else:
        assert info["experiment"]["worker"] == endpoint  # it was asked for, and tells runs apart
        assert names_in(everything, addresses)
