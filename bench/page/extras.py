"""What the layout shows below the page's own charts: the extra ones, each with its words."""

from collections.abc import Sequence
from typing import Any

from bench.charts.press import ExtraPrint
from bench.charts.theme import HEIGHT_PX, WIDTH_PX


def extra_figures(prints: Sequence[ExtraPrint]) -> list[dict[str, Any]]:
    """Return a figure for each extra chart, in their order; Liquid reads it as it is."""
    return [
        {
            "id": f"more-{extra.name}",
            "file": extra.file_name,
            "width": WIDTH_PX,
            "height": HEIGHT_PX,
            "alt": extra.alt,
            "caption": extra.caption,
            "source": extra.source,
        }
        for extra in prints
    ]
