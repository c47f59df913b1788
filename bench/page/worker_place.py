"""Where the worker of a run was, by which the runs of one model differ."""

from typing import NamedTuple

from bench.page.engines import brief_words
from bench.records import RunInfo
from bench.stats.round_trip import is_loopback, link_rate_mbps
from bench.text.names import page_title
from bench.text.numbers import plain_text, rate


class Place(NamedTuple):
    """Where a worker was: as a name, within a sentence, and in which order places are shown.

    The order is the same machine, then links from fast to slow, then unknown links.
    """

    name: str
    phrase: str
    order: float


def place_of(info: RunInfo) -> Place:
    """Return where the worker of a measured run was."""
    if is_loopback(info):
        return Place("Same machine", "on the same machine", 0.0)
    mbps = link_rate_mbps(info.link)
    if not mbps:
        return Place("Network", "over a network", 2.0)
    return Place(f"{rate(mbps)} link", f"over a {rate(mbps)} link", 1 + 1 / (1 + mbps))


def heading(info: RunInfo) -> str:
    """Return the title of a run: ``ResNet50 over a 1 Gbit/s link, amd-epyc-2c``.

    Engines that are not the default follow the model, in brackets.
    """
    title = page_title(info.experiment.model)
    if words := brief_words(info.experiment.engines):
        title += f" ({words})"
    if info.source:
        choice = info.source.get("choice", {})
        arms = [plain_text(str(choice.get(name, name)), 40) for name in ("remote", "local")]
        return f"{title}: {' against '.join(arms)}, {info.machine}"
    if info.experiment.smoke:
        return f"{title}, a smoke test, {info.machine}"
    return f"{title} {place_of(info).phrase}, {info.machine}"
