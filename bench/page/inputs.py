"""The images of a run in words: what they are, how they are sent, where they are preprocessed."""

from bench.config import CODEC
from bench.page.detail_rows import Row, Table, head, make_table
from bench.page.engines import Pair
from bench.records import CLIENT, SYNTHETIC, SYNTHETIC_FILES, WORKER, Experiment, Facts
from bench.stats.cells import Summary
from bench.text import numbers

JPEG, UINT8, FLOAT16 = "jpeg", "uint8", "float16"
_SENT = {
    (CODEC, CLIENT): "tensors of float32",
    (FLOAT16, CLIENT): "tensors of float16",
    (UINT8, CLIENT): "pixels of uint8",
    (JPEG, CLIENT): "images encoded anew as JPEG",
    (JPEG, WORKER): "image files",
}
_IMAGES = {SYNTHETIC: "synthetic, as they are sent", SYNTHETIC_FILES: "synthetic JPEG files"}
_NOTE = (
    "Decoding, resizing and normalising, in ms; it is no overhead, since both arms do it. The loss "
    "with it is that of the whole request, and the loss without it leaves it out of both arms."
)


def sent_words(experiment: Experiment) -> str:
    """Return what is sent, such as ``pixels of uint8``."""
    codec = experiment.codec
    return _SENT.get((codec, experiment.preprocess), numbers.plain_text(codec))


def remote_words(experiment: Experiment) -> str:
    """Return the remote arm, with what it is sent where that is not the default."""
    return "remote" if is_default(experiment) else f"remote with {sent_words(experiment)}"


def is_default(experiment: Experiment) -> bool:
    """Return whether synthetic tensors of float32 are sent, and nothing is preprocessed."""
    return (experiment.codec, experiment.input) == (CODEC, SYNTHETIC)


def images_words(experiment: Experiment) -> str:
    """Return what the images are."""
    return numbers.plain_text(_IMAGES.get(experiment.input, experiment.input))


def input_pairs(experiment: Experiment, facts: Facts) -> list[Pair]:
    """Return what the images are, what is sent of them, and what preprocesses them.

    Parameters
    ----------
    experiment : Experiment
        What is measured.
    facts : Facts
        Of the client's host, with the version of the library.
    """
    pairs = [["Images", images_words(experiment)], ["Sent", sent_words(experiment)]]
    if experiment.codec == JPEG or experiment.input != SYNTHETIC:
        version = facts["packages"].get("pillow", "") if "packages" in facts else ""
        library = numbers.plain_text(f"Pillow {version}")
        pairs.append(["Decoded and resized", f"at the {experiment.preprocess}, by {library}"])
    return pairs


def input_options(experiment: Experiment) -> dict[str, str]:
    """Return the options of ``measure`` for the images, without those at their default."""
    options = {}
    if experiment.input not in (SYNTHETIC, SYNTHETIC_FILES):
        options["input"] = "DIR"
    elif experiment.input == SYNTHETIC_FILES and experiment.codec != JPEG:
        options["input"] = SYNTHETIC_FILES
    if experiment.codec != CODEC:
        options["codec"] = experiment.codec
    if experiment.codec == JPEG:
        options["preprocess"] = experiment.preprocess
    return options


def preprocess_words(summary: Summary) -> str:
    """Return how long both arms preprocess, as a sentence; empty where they do not."""
    times = [
        (cell.batch_size, cell.components.preprocess_local_ns, cell.components.preprocess_ns)
        for cell in summary.headline_cells
    ]
    parts = [
        f"{numbers.milliseconds(local)} ms in the local arm and {numbers.milliseconds(remote)} ms "
        f"in the remote one at batch {batch_size}"
        for batch_size, local, remote in times
        if local is not None and remote is not None
    ]
    return f"Preprocessing, which is not in this, takes {', '.join(parts)}." if parts else ""


def preprocess_table(summary: Summary) -> Table | None:
    """Return the preprocessing of both arms, and the loss with it and without it."""
    rows = [
        Row(
            head(cell),
            [
                numbers.milliseconds(cell.components.preprocess_local_ns),
                numbers.milliseconds(cell.components.preprocess_ns),
                numbers.loss(cell.latency_loss_percent),
                numbers.loss(cell.bare_loss_percent),
            ],
        )
        for cell in summary.cells
        if cell.bare_loss_percent is not None
    ]
    columns = ["Local", "Remote", "Loss with it", "Loss without it"]
    return make_table("preprocessing", "Preprocessing", _NOTE, columns, rows)
