"""Makes one frozen experiment and its budget from the flags; all defaults are in this file."""

import hashlib
import re
from pathlib import Path

import msgspec

from bench.errors import HostError, UsageError
from bench.records import (
    CLIENT,
    COMPILE,
    CONTIGUOUS,
    CPU,
    EAGER,
    EMBEDDED_WORKER,
    FLOAT32,
    MIN_EFFECT_FRACTION,
    PLAIN,
    SEEDED_WEIGHTS,
    SYNTHETIC,
    Address,
    Budget,
    CellLengths,
    Engines,
    EngineSpec,
    Experiment,
    Load,
    SegmentLength,
)

BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64)
MAX_BATCH_SIZE = 64
THREAD_LADDER = (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64)
IMAGE_SIZE = 224
SMOKE_IMAGE_SIZE = 64
IMAGE_SIZES = range(32, 513)
IN_FLIGHT = 2
TIMEOUT_S = 20
TIMEOUTS = range(1, 3601)
SEED = 1
MAX_MINUTES = 7 * 24 * 60
ALLOCATORS = ("tuned", "system")
ENGINE_WORDS = {
    "device": (CPU, "cuda", "mps"),
    "precision": (FLOAT32, "bfloat16", "float16"),
    "memory_format": (CONTIGUOUS, "channels_last"),
    "mode": (EAGER, COMPILE),
}
"""The words of an engine by what they choose; the first one is the default. A device of CUDA may be
followed by its number, as in ``cuda:1``."""
_NUMBERED_DEVICE = re.compile(r"cuda:[0-9]{1,2}")
CODEC = "float32"
_LAST_PORT = 65_535
_ADDRESS = re.compile(r"tcp://(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\s/:\[\]]+):(?P<port>\*|[0-9]{1,9})")
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
NAME_RULE = "use up to 64 letters, digits, '-' and '_', beginning with a letter or digit"

SMOKE = "smoke"
"""The preset that proves that all works, and measures nothing."""
BUDGETS = {
    SMOKE: Budget(preset=SMOKE, max_blocks=1),
    "quick": Budget(preset="quick", max_blocks=3),
    "standard": Budget(preset="standard", max_blocks=12),
    "full": Budget(preset="full", max_blocks=40, delta_fraction=MIN_EFFECT_FRACTION),
}

PROBE_COUNT = 2


def _lengths(
    warmup: int, local: int, burst: int, remote: int, probe: int = PROBE_COUNT
) -> CellLengths:
    return CellLengths(
        local=SegmentLength(warmup_count=warmup, latency_count=local),
        remote=SegmentLength(burst_count=burst, latency_count=remote, probe_count=probe),
    )


# Fixed in advance by batch size: lengths that depend on measured times would bias the results.
# Only the first request of a shape in a process is cold. The larger a batch, the longer a request,
# so the fewer fit into a block; never two, because their median is a mean.
_LENGTHS = {
    1: _lengths(warmup=1, local=5, burst=7, remote=7),
    2: _lengths(warmup=1, local=3, burst=5, remote=5),
    4: _lengths(warmup=1, local=3, burst=3, remote=3),
    8: _lengths(warmup=1, local=1, burst=3, remote=3),
}
_SMOKE_LENGTHS = _lengths(warmup=1, local=1, burst=3, remote=1, probe=1)


def segment_lengths(batch_size: int, *, smoke: bool) -> CellLengths:
    """Return the fixed lengths of segments: those of the next smaller tabled batch size."""
    if smoke:
        return _SMOKE_LENGTHS
    return _LENGTHS[max(size for size in _LENGTHS if size <= batch_size)]


def parse_counts(text: str, flag: str) -> tuple[int, ...]:
    """Parse ``"1,2,4"`` into ascending distinct positive integers.

    Raises
    ------
    UsageError
        Naming the flag and the part that is not a positive integer.
    """
    counts = []
    for part in text.split(","):
        digits = part.strip()
        if not digits.isascii() or not digits.isdigit() or int(digits) < 1:
            raise UsageError(
                f"{flag}: '{digits}' in '{text}' is not a whole number of at least 1; "
                f"give a list such as 1,2,4."
            )
        counts.append(int(digits))
    return tuple(sorted(set(counts)))


def default_threads(core_count: int) -> tuple[int, ...]:
    """Return the thread ladder up to ``core_count``, which is always its last step."""
    return tuple(sorted({step for step in THREAD_LADDER if step < core_count} | {core_count}))


def check_name(name: str, flag: str) -> str:
    """Return a machine or run name that is safe as a folder, a URL and a data key.

    Raises
    ------
    UsageError
        If it has other characters than letters, digits, ``-`` and ``_``.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise UsageError(f"{flag}: {name!r} cannot name a folder and a web address; {NAME_RULE}.")
    return name


def weights_identity(path: Path | None) -> str:
    """Return what identifies the weights: ``seeded``, or the digest of the file's bytes.

    Raises
    ------
    HostError
        If the file cannot be read.
    """
    if path is None:
        return SEEDED_WEIGHTS
    try:
        with path.open("rb") as file:
            return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise HostError(
            f"--weights: cannot read {path}: {error.strerror}; "
            "name a state dict saved by torch.save."
        ) from error


def parse_engine(text: str, flag: str, model: str, weights: str) -> EngineSpec:
    """Return the engine that a comma-separated list of words describes, in any order.

    Parameters
    ----------
    text : str
        Such as ``cpu,bfloat16,channels_last``; what it does not name is at its default.
    flag : str
        The flag that it was given by, for the error.
    model : str
        The name of the model.
    weights : str
        What identifies the weights.

    Raises
    ------
    UsageError
        Naming the flag, the word, and the words that there are.
    """
    chosen: dict[str, str] = {}
    for word in filter(None, (each.strip() for each in text.split(","))):
        field = _engine_field(word)
        if field is None:
            known = "; ".join(" or ".join(words) for words in ENGINE_WORDS.values())
            raise UsageError(f"{flag}: '{word}' in '{text}' is no word of an engine; {known}.")
        if field in chosen:
            raise UsageError(
                f"{flag}: '{chosen[field]}' and '{word}' exclude each other; give one."
            )
        chosen[field] = word
    return EngineSpec(model=model, weights=weights, **chosen)


def _engine_field(word: str) -> str | None:
    if _NUMBERED_DEVICE.fullmatch(word):
        return "device"
    return next((field for field, words in ENGINE_WORDS.items() if word in words), None)


def parse_address(text: str, flag: str, *, to_bind: bool = False) -> Address:
    """Return the address at which a worker serves: data needs the port after it.

    Parameters
    ----------
    text : str
        ``tcp://HOST:PORT``, where HOST may be an address of IPv6 in brackets.
    flag : str
        The flag that it was given by, for the error.
    to_bind : bool
        Whether the port may be ``*`` or 0: any free one.

    Raises
    ------
    UsageError
        Naming the flag and the text.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise UsageError(f"{flag}: {text!r} is not an endpoint; write tcp://ADDRESS:PORT.")
    port = 0 if match["port"] == "*" else int(match["port"])
    if port == 0 and not to_bind:
        raise UsageError(f"{flag}: {text!r} names no port; write tcp://ADDRESS:PORT.")
    if port > _LAST_PORT:
        raise UsageError(f"{flag}: {text!r} has a port above {_LAST_PORT}; choose a smaller one.")
    if port == _LAST_PORT:
        raise UsageError(
            f"{flag}: {text!r} has the last port, and data needs the next one; choose one below "
            f"{_LAST_PORT}."
        )
    return Address(host=match["host"].strip("[]"), port=port)


def make_budget(preset: str, minutes: float | None = None) -> Budget:
    """Return the budget of a preset; ``minutes`` replace its number of blocks.

    Raises
    ------
    UsageError
        If there is no such preset, or no time.
    """
    if preset not in BUDGETS:
        raise UsageError(f"--preset: {preset!r} is not one of {', '.join(BUDGETS)}.")
    if minutes is None:
        return BUDGETS[preset]
    if not 0 < minutes <= MAX_MINUTES:
        raise UsageError(
            f"--minutes: {minutes:g} is not above 0 and at most {MAX_MINUTES}; give the time to "
            "measure in minutes."
        )
    return msgspec.structs.replace(BUDGETS[preset], max_blocks=1, minutes=minutes)


def make_experiment(
    *,
    budget: Budget,
    core_count: int,
    model: str,
    image_size: int | None = None,
    batch_sizes: str | None = None,
    threads: str | None = None,
    seed: int = SEED,
    allocator: str = "tuned",
    worker: Address | None = None,
    weights: Path | None = None,
    engine: str = "",
    remote_engine: str | None = None,
    timeout_s: int = TIMEOUT_S,
    encryption: str = PLAIN,
    codec: str = CODEC,
    images: str = SYNTHETIC,
    preprocess: str = CLIENT,
) -> Experiment:
    """Check the flags against this machine and freeze them.

    Parameters
    ----------
    budget : Budget
        Its preset ``smoke`` shortens every segment.
    core_count : int
        Physical cores that this process may use; the most threads that make sense.
    model : str
        The name of the model; whether there is such a model is not checked here.
    image_size : int, optional
        Side of the square image [pixels].
    batch_sizes, threads : str, optional
        Comma-separated counts as typed; without them all batch sizes, or the thread ladder.
    seed : int
        Drives the order of a block and the images.
    allocator : str
        One of ``ALLOCATORS``.
    worker : Address, optional
        Where a worker listens; without it the run starts its own.
    weights : Path, optional
        A file with a state dict; without it the weights are drawn from a constant seed.
    engine : str
        The words of the engine of both arms.
    remote_engine : str, optional
        Those of the remote arm, where it differs.
    timeout_s : int
        How long a worker may be silent, and how much later than expected a request may end [s].
    encryption : str
        How the connections to the worker are encrypted.
    codec : str
        How a batch is sent; whether there is such a codec is not checked here.
    images : str
        What identifies the images.
    preprocess : str
        Where they are decoded and resized.

    Raises
    ------
    UsageError
        Naming the flag, the value and what is allowed.
    HostError
        If the weights file cannot be read.
    """
    smoke = budget.preset == SMOKE
    sizes = parse_counts(batch_sizes, "--batch-sizes") if batch_sizes is not None else BATCH_SIZES
    if sizes[-1] > MAX_BATCH_SIZE:
        raise UsageError(
            f"--batch-sizes: {sizes[-1]} is above {MAX_BATCH_SIZE}, the largest batch."
        )
    counts = (
        parse_counts(threads, "--threads") if threads is not None else default_threads(core_count)
    )
    if counts[-1] > core_count:
        raise UsageError(
            f"--threads: {counts[-1]} is more than the {core_count} physical cores this process "
            f"may use; give at most {core_count}."
        )
    size = IMAGE_SIZE if image_size is None else image_size
    if size not in IMAGE_SIZES:
        raise UsageError(
            f"--image-size: {size} is outside {IMAGE_SIZES.start}..{IMAGE_SIZES.stop - 1} pixels."
        )
    if allocator not in ALLOCATORS:
        raise UsageError(f"--allocator: {allocator!r} is not one of {', '.join(ALLOCATORS)}.")
    if timeout_s not in TIMEOUTS:
        raise UsageError(
            f"--timeout: {timeout_s} is outside {TIMEOUTS.start}..{TIMEOUTS.stop - 1} seconds."
        )
    if seed < 0:
        raise UsageError(f"--seed: {seed} is negative; give a whole number from 0.")
    identity = weights_identity(weights)
    local = remote = parse_engine(engine, "--engine", model, identity)
    if remote_engine is not None:
        remote = parse_engine(remote_engine, "--remote-engine", model, identity)
    return Experiment(
        engines=Engines(local=local, remote=remote),
        codec=codec,
        input=images,
        preprocess=preprocess,
        load=Load(in_flight_count=IN_FLIGHT),
        encryption=encryption,
        image_size=size,
        batch_sizes=sizes,
        threads=counts,
        seed=seed,
        allocator=allocator,
        worker=EMBEDDED_WORKER if worker is None else str(worker),
        lengths=tuple(segment_lengths(batch_size, smoke=smoke) for batch_size in sizes),
        timeout_s=timeout_s,
        smoke=smoke,
    )
