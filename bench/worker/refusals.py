"""What a worker refuses to compute: what was asked for, and what it offers."""

from bench.codec.open import CODECS
from bench.config import ALLOCATORS, IN_FLIGHT, MAX_BATCH_SIZE
from bench.records import changes
from bench.wire.messages import Hello, Refusal
from bench.worker.jobs import WorkerJob


def refuse(field: str, asked: object, offered: object) -> Refusal:
    """Return the refusal of a field of a hello.

    Parameters
    ----------
    field : str
        What the message calls it.
    asked, offered : object
        What was asked for, and what there is; both are sent as text.
    """
    return Refusal(field=field, asked=str(asked), offered=str(offered))


def refusal_of(hello: Hello, job: WorkerJob, threads_max: int) -> Refusal | None:
    """Return the first field of a hello that a worker cannot serve; None if it can serve all.

    Parameters
    ----------
    hello : Hello
        What a client asks for.
    job : WorkerJob
        The engine, the codecs and the image size that the worker was started with.
    threads_max : int
        The physical cores that it may use.
    """
    for field, (asked, offered) in changes(hello.engine, job.engine).items():
        return refuse(field.replace("_", " "), asked, offered)
    limits = {
        "image size": (hello.image_size, job.image_size_max),
        "threads": (hello.threads, threads_max),
        "batch size": (hello.batch_size_max, MAX_BATCH_SIZE),
        "requests in flight": (hello.in_flight_count, IN_FLIGHT),
    }
    for field, (count, maximum) in limits.items():
        if count > maximum:
            return refuse(field, count, f"at most {maximum}")
    places = CODECS.get(hello.codec, (hello.preprocess,))  # a codec of one's own is not in it
    names = {
        "allocator": (hello.allocator, ALLOCATORS),
        "codec": (hello.codec, job.codecs),
        "preprocess": (hello.preprocess, places),
    }
    for field, (name, choices) in names.items():
        if name not in choices:
            return refuse(field, name, " or ".join(choices))
    return None
