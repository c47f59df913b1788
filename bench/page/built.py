"""What a built page holds, read back from its HTML: headings, pictures, addresses, anchors."""

from html.parser import HTMLParser
from typing import NamedTuple

_ADDRESSES = ("src", "href", "poster", "data", "action")


class Picture(NamedTuple):
    """An ``img``: where it leads to, and what it says of itself; None where it says nothing."""

    address: str
    alt: str | None
    width: str | None
    height: str | None


class Link(NamedTuple):
    """Any other address of a page, the element that has it, and whether the page loads it."""

    address: str
    tag: str
    loaded: bool


class BuiltPage(HTMLParser):
    """A page of the built site.

    Parameters
    ----------
    html : str
        The page's text; any text is a page, if perhaps an empty one.

    Attributes
    ----------
    h1_count : int
        How many first headings it has.
    pictures : list of Picture
    links : list of Link
    anchors : set of str
        What a link's fragment can name.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.h1_count = 0
        self.pictures: list[Picture] = []
        self.links: list[Link] = []
        self.anchors: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what an element says."""
        values = dict(attrs)
        self.h1_count += tag == "h1"
        named = (values.get("id"), values.get("name") if tag == "a" else None)
        self.anchors.update(name for name in named if name)
        if tag == "img":
            said = (values.get(name) for name in ("alt", "width", "height"))
            self.pictures.append(Picture(values.get("src") or "", *said))
        else:
            for name in _ADDRESSES:
                if name in values:
                    self.links.append(Link(values[name] or "", tag, tag not in ("a", "form")))
        for part in (values.get("srcset") or "").split(","):
            if part.strip():
                self.links.append(Link(part.split()[0], tag, loaded=True))

    handle_startendtag = handle_starttag
