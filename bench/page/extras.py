"""What the layout shows below the page's own charts: the extra ones, each with its words."""

from collections.abc import Sequence
from typing import Any

from bench.charts.render_pool import Drawn
from bench.charts.theme import HEIGHT_PX, WIDTH_PX


def extra_figures(pictures: Sequence[Drawn]) -> list[dict[str, Any]]:
    """Return a figure for each extra chart, in their order; Liquid reads it as it is."""
    return [
        {
            "id": f"more-{picture.words.name}",
            "file": picture.file_name,
            "width": WIDTH_PX,
            "height": HEIGHT_PX,
            "alt": picture.words.alt,
            "caption": picture.words.caption,
            "source": picture.words.source,
        }
        for picture in pictures
        if picture.words is not None
    ]
