"""Sizes, colours and fonts of all charts.

Lengths named ``_px`` are pixels of the finished picture, counted from its top left corner.
"""

from bench.charts.chart import HEIGHT_PX, WIDTH_PX

DPI = 200

WORDED = 2
"""With at most this many thread counts, words are among the marks, not beside the axes."""

# One axes rectangle for all charts of a page, so that they line up when a reader scrolls; the wide
# one where nothing is beside it.
AXES_LEFT_PX = 160
AXES_RIGHT_PX = 1000
WIDE_RIGHT_PX = WIDTH_PX - 28
AXES_TOP_PX = 222
AXES_BOTTOM_PX = 680
MARGIN_PX = 28
SIDE_LABEL_PX = 1022
KEY_Y_PX = 187

PAPER = "#ffffff"
INK = "#1f2328"
MUTED = "#57606a"
GRID = "#d0d7de"
EXPLORATORY = "#9aa3ad"
NOTE_PAPER = "#fff3cd"
NOTE_INK = "#7a4d00"

# Okabe and Ito's blue and vermilion; text takes a darker shade for contrast.
ARM_COLOURS = {"local": "#0072B2", "remote": "#D55E00"}
ARM_TEXT_COLOURS = {"local": "#00639c", "remote": "#b34a00"}
ARM_MARKERS = {"local": "o", "remote": "s"}
SLOWER, SLOWER_TEXT = "#D55E00", "#b34a00"
FASTER, FASTER_TEXT = "#0072B2", "#00639c"

# The rest of their palette: transport, computing, and shades of both.
PART_COLOURS = {
    "preprocess": "#F0E442",
    "preprocessing": "#F0E442",
    "copies": "#b5ac1e",
    "encode": "#CC79A7",
    "encoding": "#CC79A7",
    "transport": "#56B4E9",
    "queue": "#E69F00",
    "queueing": "#E69F00",
    "decode": "#e5bcd3",
    "reply": "#8f4a70",
    "slower compute": "#009E73",
    "computing": "#99d8c7",
    "idle gap": "#99d8c7",
    "rest": "#9aa3ad",
}

# Shades of the remote arm, from few threads to many; all have enough contrast for text.
OVERHEAD_COLOURS = ("#a85a1f", "#8f4a70", "#b34a00", "#6b2a00")
OVERHEAD_SHADE = "#eaae80"  # the remote arm's colour, half over paper
MATTERS = "#eceff2"  # what is too small to matter

# A phone shows a picture at a quarter of its size; there 12 pt are 9 px.
TITLE_PT = 15.0
TEXT_PT = 12.0


def figure_xy(x_px: float, y_px: float) -> tuple[float, float]:
    """Convert pixels from the top left to matplotlib's fractions from the bottom left."""
    return x_px / WIDTH_PX, 1 - y_px / HEIGHT_PX
