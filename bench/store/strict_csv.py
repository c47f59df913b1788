"""CSV files of strangers: every byte is checked, every error names file, line and column."""

import csv
import hashlib
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from bench.errors import DataError

MAX_BYTES = 16 * 1024**2
# Text that a spreadsheet would run (=, +, -, @ in front) or a page would garble is refused.
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:+ -]{0,63}")
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ().-]{0,63}")
_NUMBER = re.compile(r"\d{1,32}(\.\d{0,32})?([eE][+-]?\d{1,3})?")
_COUNT = re.compile(r"[1-9]\d{0,5}")


class Row(NamedTuple):
    """One row: where it is, and its cells by column."""

    line: int
    cells: dict[str, str]


class StrictCsv:
    """A table read from a file, with the checks that its cells go through."""

    def __init__(self, path: Path) -> None:
        content = _read(path)
        self.path = path
        self.bytes_count = len(content)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.columns, self.rows = self._parse(_decode(path, content))

    def fail(self, line: int, column: str | None, problem: str) -> NoReturn:
        """Raise a DataError that says where it is."""
        raise DataError(f"{_where(self.path, line, column)}: {problem}")

    def require(self, columns: Sequence[str]) -> None:
        """Refuse the file if it lacks one of these columns."""
        for name in columns:
            if name not in self.columns:
                self.fail(
                    1, name, f"this column is missing; the file has {', '.join(self.columns)}."
                )

    def word(self, row: Row, column: str) -> str:
        """Return a cell that is a word."""
        text = row.cells[column]
        if not _WORD.fullmatch(text):
            self.fail(
                row.line,
                column,
                f"{_shown(text)} is not a plain word; use up to 64 letters, digits and . _ : + -, "
                "beginning with a letter or digit.",
            )
        return text

    def count(self, row: Row, column: str) -> int:
        """Return a cell that is a whole number from 1 to 999999."""
        text = row.cells[column]
        if not _COUNT.fullmatch(text):
            self.fail(row.line, column, f"{_shown(text)} is not a whole number from 1; correct it.")
        return int(text)

    def number(self, row: Row, column: str, *, zero: bool = False) -> float:
        """Return a cell that is a finite number above 0, or 0 where that is allowed."""
        text = row.cells[column]
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(value) or (value == 0 and not zero):
            least = "from 0" if zero else "above 0"
            self.fail(
                row.line,
                column,
                f"{_shown(text)} is not a finite number {least}; correct or remove the row.",
            )
        return value

    def _parse(self, text: str) -> tuple[tuple[str, ...], list[Row]]:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        line, columns, rows = 1, tuple[str, ...](), list[Row]()
        try:
            for cells in reader:
                if not columns:
                    columns = self._header(cells)
                elif cells:
                    rows.append(self._row(line, columns, cells))
                line = reader.line_num + 1
        except csv.Error as error:
            self.fail(line, None, f"this is not CSV ({error}); export the file again.")
        if not rows:
            self.fail(line, None, "there are no rows; name a file with measurements.")
        return columns, rows

    def _header(self, cells: list[str]) -> tuple[str, ...]:
        for name in cells:
            if not _COLUMN.fullmatch(name):
                self.fail(1, None, f"{_shown(name)} cannot name a column; correct the first line.")
            if cells.count(name) > 1:
                self.fail(1, name, "this column is there twice; remove one.")
        return tuple(cells)

    def _row(self, line: int, columns: tuple[str, ...], cells: list[str]) -> Row:
        if len(cells) != len(columns):
            at = columns[len(cells)] if len(cells) < len(columns) else columns[-1]
            self.fail(
                line,
                at,
                f"the row has {len(cells)} cells and the first line {len(columns)}; "
                "it was cut or has a comma too many.",
            )
        return Row(line, dict(zip(columns, cells, strict=True)))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}; name a CSV file.") from error
    if len(content) > MAX_BYTES:
        raise DataError(
            f"{path} has more than {MAX_BYTES // 1024**2} MiB, which no table of results has; "
            "name another file, or split it."
        )
    return content


def _decode(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, at = _place(content, error.start)
        raise DataError(
            f"{_where(path, line, None)}, byte {at}: this is not UTF-8; save the file as UTF-8."
        ) from error
    if (zero := content.find(b"\0")) >= 0:
        line, at = _place(content, zero)
        raise DataError(
            f"{_where(path, line, None)}, byte {at}: a NUL byte; the file is damaged or UTF-16, "
            "save it as UTF-8."
        )
    return text


def _place(content: bytes, offset: int) -> tuple[int, int]:
    before = content[:offset]
    return before.count(b"\n") + 1, offset - before.rfind(b"\n")


def _where(path: Path, line: int, column: str | None) -> str:
    return f"{path}, line {line}" + (f", column '{column}'" if column else "")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")  # noqa: PLR2004 - enough to find it
