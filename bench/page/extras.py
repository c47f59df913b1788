"""What the layout shows below the page's own charts: the extra ones, each with its words."""

from collections.abc import Iterable
from typing import Any

from bench.charts.render_pool import Words
from bench.charts.theme import HEIGHT_PX, WIDTH_PX


def extra_figures(extras: Iterable[Words]) -> list[dict[str, Any]]:
    """Return a figure for each extra chart, in their order; Liquid reads it as it is."""
    return [
        {
            "id": f"more-{words.name}",
            "file": words.file_name,
            "width": WIDTH_PX,
            "height": HEIGHT_PX,
            "alt": words.alt,
            "caption": words.caption,
            "source": words.source,
        }
        for words in extras
    ]
