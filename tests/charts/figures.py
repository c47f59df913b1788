"""What a test asks of a drawn figure."""

from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.text import Text

from bench.charts.chart import HEIGHT_PX, WIDTH_PX
from bench.charts.drawing import theme
from bench.charts.drawing.labels import extent


def texts_of(figure: Figure) -> list[Text]:
    """Return all texts that a reader sees."""
    texts = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    return [text for text in texts if isinstance(text, Text) and text.get_text().strip()]


def words_of(figure: Figure) -> list[str]:
    """Return the words of all texts."""
    return [text.get_text() for text in texts_of(figure)]


def px_on_phone(text: Text) -> float:
    """Return the size of a text where its picture is 360 px wide, as on a small phone."""
    return float(text.get_fontsize()) * theme.DPI / 72 * 360 / WIDTH_PX


def misplaced_texts(figure: Figure) -> list[str]:
    """Return the texts that cover another one or leave the sheet."""
    figure.draw_without_rendering()
    boxes = [(text.get_text(), extent(text)) for text in texts_of(figure)]
    found = [
        f"{one!r} covers {other!r}"
        for (one, box), (other, other_box) in combinations(boxes, 2)
        if box.overlaps(other_box)
    ]
    return found + [
        f"{text!r} leaves the sheet"
        for text, box in boxes
        if box.x0 < 0 or box.x1 > WIDTH_PX or box.y0 < 0 or box.y1 > HEIGHT_PX
    ]
