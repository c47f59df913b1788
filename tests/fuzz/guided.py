"""Messages made by atheris, which keeps and changes those that reach other code of the decoder."""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import msgspec

from tests.fuzz.guided_child import SEPARATOR
from tests.fuzz.tally import Tally
from tests.wire.examples import EXAMPLES, frames_of

ROOT = Path(__file__).parents[2]


def available() -> bool:
    """Return whether atheris is installed, which is not for every platform."""
    return find_spec("atheris") is not None


def check_guided(count: int, seed: int) -> Tally:
    """Return the outcomes of ``count`` messages of atheris, which is a child process.

    The messages that it kept are checked in this process once more, so that coverage is measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder)
        for message in EXAMPLES:
            (corpus / type(message).__name__).write_bytes(SEPARATOR.join(frames_of(message)))
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.guided_child", str(count), str(seed), folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            check=False,
        )
        assert done.returncode == 0, f"exit code {done.returncode}: {done.stdout}{done.stderr}"
        again = Tally()
        for path in corpus.iterdir():
            again.check(path.read_bytes().split(SEPARATOR))
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Tally)
