"""Makes one frozen experiment from the flags."""

from pathlib import Path

from bench.config.engine_words import parse_engine
from bench.config.limits import (
    ALLOCATORS,
    BATCH_SIZES,
    CODEC,
    IMAGE_SIZE,
    IMAGE_SIZES,
    IN_FLIGHT,
    MAX_BATCH_SIZE,
    SEED,
    THREAD_LADDER,
    TIMEOUT_S,
    TIMEOUTS,
)
from bench.config.parsing import parse_counts, weights_identity
from bench.config.presets import SMOKE, segment_lengths
from bench.errors import UsageError
from bench.records import (
    CLIENT,
    EMBEDDED_WORKER,
    PLAIN,
    SYNTHETIC,
    Address,
    Budget,
    Engines,
    Experiment,
    Load,
)


def default_threads(core_count: int) -> tuple[int, ...]:
    """Return the thread ladder up to ``core_count``, which is always its last step."""
    return tuple(sorted({step for step in THREAD_LADDER if step < core_count} | {core_count}))


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
