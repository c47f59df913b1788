"""What the layout shows below the page's own charts: the extra ones, each with its words."""

from collections.abc import Sequence
from typing import Any

from bench.charts.picture import Picture
from bench.charts.theme import HEIGHT_PX, WIDTH_PX


def extra_figures(pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """Return a figure for each extra chart, in their order; Liquid reads it as it is."""
    return [
        {
            "id": f"more-{picture.name}",
            "file": picture.file_name,
            "width": WIDTH_PX,
            "height": HEIGHT_PX,
            "alt": picture.alt,
            "caption": picture.caption,
            "source": picture.source,
        }
        for picture in pictures
    ]
