"""The predicting stage: a stored run, and another link, payload or worker, become a prediction."""

import math
import re
from pathlib import Path
from typing import NamedTuple

from bench.codec.open import open_codec, sends_files
from bench.engine.spec import CHANNELS
from bench.errors import DataError, UsageError
from bench.records import RunInfo
from bench.stats.blocks import reduce_blocks
from bench.stats.break_even import BreakEven, break_even_scenarios, break_evens
from bench.stats.prediction import MEASURED, Prediction, Scenario, predict_cells
from bench.stats.results import interval_level
from bench.stats.round_trip import is_loopback, link_rate_mbps
from bench.store.folder import RunFolder
from bench.store.run import load_run
from bench.text.numbers import rate
from bench.units import NS_PER_MS

_LINK = re.compile(r"(\d+(?:\.\d+)?)(Mbit|Gbit)", re.IGNORECASE)
_MBPS = {"mbit": 1.0, "gbit": 1000.0}
_RTT = re.compile(r"(\d+(?:\.\d+)?)(ms|us)", re.IGNORECASE)
_NS = {"ms": float(NS_PER_MS), "us": NS_PER_MS / 1000}


class PredictOptions(NamedTuple):
    """What shall differ from the run, as it is written in options; empty or None is nothing."""

    link: str = ""
    rtt: str = ""
    codec: str = ""
    image_bytes: float | None = None
    speedup: float = 1.0


class Predicted(NamedTuple):
    """The cells of a run as they were measured and as they are predicted, in the same order.

    ``own_link`` is the name of the run's own link.
    """

    own_link: str
    scenario: Scenario
    measured: tuple[Prediction, ...]
    cells: tuple[Prediction, ...]
    break_evens: tuple[BreakEven, ...]


def predict(path: Path, options: PredictOptions) -> Predicted:
    """Predict what a run would have measured over another link, or with another payload or worker.

    Raises
    ------
    UsageError
        If the value of an option cannot be used.
    DataError
        If the run cannot be read, is imported, has no block that counts, or was measured over a
        link, from which only another speed-up can be predicted.
    """
    info = RunFolder(path).info
    if info.source:
        raise DataError(
            f"{path} is imported: it has means and no requests, of which a prediction is made; "
            "name a measured run."
        )
    scenario = to_scenario(options, info)
    over_loopback = is_loopback(info)
    if not over_loopback and scenario._replace(speedup=1.0) != MEASURED:
        raise DataError(
            f"{path} was measured over {own_link(info)}: what its requests would take over another "
            "link, or with another payload, cannot be computed from what they took over that one. "
            "Name a run over loopback of the same machine, or change nothing but --speedup."
        )
    run = load_run(path)
    values = reduce_blocks(run.blocks()).without(run.invalid_blocks).segments
    level = interval_level(run.budget)
    measured = predict_cells(values, MEASURED, level)
    if not measured:
        raise DataError(
            f"{path} has no block that counts, so nothing can be predicted; measure again on a "
            "quieter host."
        )
    return Predicted(
        own_link=own_link(info),
        scenario=scenario,
        measured=measured,
        cells=predict_cells(values, scenario, level),
        break_evens=break_evens(
            values, break_even_scenarios(scenario, over_links=over_loopback), level
        ),
    )


def own_link(info: RunInfo) -> str:
    """Return the name of a run's own link: ``loopback``, ``a link of 1 Gbit/s``, ``a network``."""
    if is_loopback(info):
        return "loopback"
    mbps = link_rate_mbps(info.link)
    return f"a link of {rate(mbps)}" if mbps else "a network"


def to_scenario(options: PredictOptions, info: RunInfo) -> Scenario:
    """Return what the options say as numbers.

    Raises
    ------
    UsageError
        If a value cannot be used.
    """
    if not (options.speedup > 0 and math.isfinite(options.speedup)):
        raise UsageError(f"--speedup: {options.speedup:g} is not a number above 0; write 2 or 0.5.")
    return Scenario(
        rate_mbps=_amount("--link", options.link, _LINK, _MBPS, "100Mbit or 2.5Gbit"),
        rtt_ns=_amount("--rtt", options.rtt, _RTT, _NS, "0.2ms or 150us", zero=True) or 0.0,
        image_bytes=_image_bytes(options, info.experiment.image_size),
        speedup=options.speedup,
    )


def codec_image_bytes(codec: str, image_size: int) -> int | None:
    """Return how many bytes a codec sends for each image; None where it depends on the picture."""
    if sends_files(codec):
        return None
    return open_codec(codec).payload_bytes((1, CHANNELS, image_size, image_size))


def _amount(
    option: str,
    text: str,
    pattern: re.Pattern[str],
    units: dict[str, float],
    example: str,
    *,
    zero: bool = False,
) -> float | None:
    if not text:
        return None
    match = pattern.fullmatch(text)
    amount = float(match[1]) * units[match[2].lower()] if match else math.nan
    if not (math.isfinite(amount) and (amount > 0 or zero)):
        raise UsageError(f"{option}: {text!r} is not a number with its unit; write {example}.")
    return amount


def _image_bytes(options: PredictOptions, image_size: int) -> float | None:
    if options.image_bytes is not None and not (
        options.image_bytes > 0 and math.isfinite(options.image_bytes)
    ):
        raise UsageError(f"--bytes-per-image: {options.image_bytes:g} is not a number above 0.")
    if not options.codec:
        return options.image_bytes
    known = codec_image_bytes(options.codec, image_size)
    if known is not None and options.image_bytes is not None:
        raise UsageError(
            f"--codec {options.codec} sends {known} bytes an image, and --bytes-per-image says "
            f"{options.image_bytes:g}; give one of the two."
        )
    if known is None and options.image_bytes is None:
        raise UsageError(
            f"--codec {options.codec} sends as many bytes as the pictures need; say how many with "
            "--bytes-per-image."
        )
    return options.image_bytes if known is None else float(known)
