"""The code that measures, and the code that renders, change only together with their versions.

What is compared is a digest of the syntax trees: paths, imports, docstrings and comments do not
count, so that code may move.
"""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bench.store import schema

ROOT = Path(__file__).parents[1]
MEASURING = (
    *("config", "plan.py", "processes.py", "records"),
    *("wire", "transport", "host", "codec", "engine", "worker", "measure"),
)
RENDERING = ("records", "units.py", "store", "stats", "text", "charts", "page", "publish")
# Each version with the digest of the code that it stands for.
RECORDED = {
    "MEASURING_VERSION": (5, MEASURING, "d8832dfc460293b5"),
    "PAGE_VERSION": (10, RENDERING, "e12bbdf0a3200cab"),
}


@pytest.mark.parametrize("name", RECORDED)
def test_code_that_changed_has_another_version(name: str) -> None:
    version, rooms, digest = RECORDED[name]
    now = code_digest(sources(rooms))
    assert (getattr(schema, name), now) == (version, digest), (
        f"the code of {', '.join(rooms)} changed: raise {name} in bench/store/schema.py if a "
        f"request is timed otherwise, or a page reads otherwise; then record {now} in RECORDED."
    )


CODE = '"""Docstring."""\nimport os\n\ndef one():\n    """Docstring."""\n    return os.sep\n'


@pytest.mark.parametrize(
    "texts",
    [
        [CODE.replace("Docstring", "Other words")],
        [CODE.replace("import os", "from os import sep")],
        [CODE.replace("def one", "# A comment.\ndef one")],
        [CODE, "import this\n"],
    ],
)
def test_docstrings_imports_and_comments_do_not_count(texts: list[str]) -> None:
    assert code_digest(texts) == code_digest([CODE])


@pytest.mark.parametrize(
    "texts",
    [
        [CODE.replace("return os.sep", "return 1")],
        [CODE.replace("def one", "def two")],
        [CODE, "TWO = 2\n"],
    ],
)
def test_what_code_does_counts(texts: list[str]) -> None:
    assert code_digest(texts) != code_digest([CODE])


def test_it_does_not_count_in_which_file_code_is() -> None:
    assert code_digest(["A = 1\nB = 2\n"]) == code_digest(["B = 2\n", "A = 1\n"])


def sources(rooms: Sequence[str]) -> Iterator[str]:
    """Yield the text of every file of rooms."""
    for room in rooms:
        path = ROOT / "bench" / room
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            yield file.read_text()


def code_digest(texts: Sequence[str] | Iterator[str]) -> str:
    """Return a digest of all statements of these sources, whatever their order."""
    statements = sorted(
        repr(plain(statement)) for text in texts for statement in ast.parse(text).body
    )
    counted = [statement for statement in statements if statement != "None"]
    return hashlib.sha256("\n".join(counted).encode()).hexdigest()[:16]


def plain(node: object) -> object:
    """Return a tree as tuples, alike in every version of Python; None for what does not count."""
    if isinstance(node, list):
        return tuple(each for each in map(plain, node) if each is not None)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return None
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return None  # a docstring
    if isinstance(node, ast.AST):
        fields = ((name, plain(value)) for name, value in ast.iter_fields(node))
        kept = tuple((name, value) for name, value in fields if value not in (None, ()))
        return (type(node).__name__, *kept)
    return repr(node) if node is not None else None
