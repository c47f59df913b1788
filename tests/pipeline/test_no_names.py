"""A run that is to be published names neither host nor user, home, checkout nor address."""

import getpass
import json
import re
import shutil
import socket
from pathlib import Path

import pyarrow.parquet as pq
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


def test_an_anonymous_run_its_page_and_the_terminal_name_nobody(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(ROOT / "site", site, ignore=shutil.ignore_patterns(*GENERATED))
    with serving_stub() as (_, endpoint):
        options = ("--worker", endpoint, "--anonymous", "--data", tmp_path / "d")
        measured = scalebench(*STUB, *options, "--machine", "m", "--run", "r")
    assert measured.returncode == 0, measured.stderr
    run = tmp_path / "d" / "m" / "r"
    reported = scalebench("report", run, "--site", site)
    assert reported.returncode == 0, reported.stderr
    page = [*(site / "stub").rglob("*"), *(site / "_data" / "scalebench").rglob("*.json")]
    said = [text_of(path) for path in [*run.iterdir(), *page] if path.is_file()]
    everything = "\n".join([*said, measured.stderr, reported.stderr])
    names = {
        socket.gethostname(),
        str(Path.home()),
        str(ROOT),
        "127.0.0.1",
        endpoint.split(":")[-1],
    }
    names |= {getpass.getuser()} - {"root"}  # a word of every system
    whole = r"(?<![\w.-]){}(?![\w-])"  # a short name may be a part of another word
    found = [
        m[0]
        for n in names
        for m in re.finditer(f".{{0,30}}{whole.format(re.escape(n))}.{{0,30}}", everything)
    ]
    assert found == []
    info = json.loads((run / "run.json").read_text())
    assert info["experiment"]["worker"] == "remote"
    assert "another machine" in info["placement"]["remote"]
