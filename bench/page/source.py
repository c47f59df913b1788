"""Facts of an imported run, of which neither plan nor machine is known."""

from typing import Any

from bench.page.engines import Pair
from bench.records import RunInfo
from bench.text import numbers


def source_groups(info: RunInfo, measured_count: int, imported_at: str) -> list[dict[str, Any]]:
    """Return the fact groups of an imported run: its cells, and the source of its numbers.

    Parameters
    ----------
    info : RunInfo
        The run; the words of its source are foreign text.
    measured_count : int
        Cells of which both arms are known.
    imported_at : str
        When it was imported, as the page shows it.
    """
    source = info.source
    choice: dict[str, Any] = source.get("choice", {})
    run: list[Pair] = [
        ["Machine", info.machine],
        ["Run", info.run],
        ["Imported", imported_at],
        ["Cells", f"{measured_count} of {len(info.experiment.cells)} shown"],
        ["Model", numbers.plain_text(info.experiment.model)],
    ]
    origin: list[Pair] = [
        ["Study", _text(source.get("origin", "not named"))],
        ["Measured on", _text(source.get("date", "not known"))],
        ["Format", _text(source.get("format"))],
        ["Compared", f"{_text(choice.get('remote'))} against {_text(choice.get('local'))}"],
        ["Distinguished by", _text(choice.get("column"))],
    ]
    origin += [
        [f"Only {_text(column)}", _text(", ".join(map(str, values)))]
        for column, values in choice.get("where", {}).items()
    ]
    for file in source.get("files", []):
        origin += [
            [f"{_text(file.get('role'))} file".capitalize(), _text(file.get("name"))],
            ["Its sha256", _text(file.get("sha256"))],
        ]
    return [{"title": "Run", "pairs": run}, {"title": "Source", "pairs": origin}]


def _text(value: object) -> str:
    return numbers.plain_text(str(value), 120)
