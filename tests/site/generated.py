"""What commands write into a checkout's site; a copy of the hand-written site leaves it out."""

GENERATED = (
    "_site",
    ".jekyll-cache",
    "resnet*",
    "mobilenet*",
    "stub",
    "pages",
    "history",
    "runs.json",
    "front.json",
)
