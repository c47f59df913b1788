"""Part of ``make benchmark``: what each codec takes and sends, and preprocessing, for an image.

All turn by turn with one copy of the same images as tensors: ratios to it hold on other machines,
too.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter_ns

import numpy as np

from bench.codec.open import CODECS, open_codec
from bench.codec.preprocess import preprocessing
from bench.codec.spec import Batch, Form
from bench.engine.inputs import synthetic_pool
from bench.units import ns_to_ms

BATCH_SIZES = (1, 8, 64)
IMAGE_SIZE = 224
REPEATS = 9
Step = Callable[[], object]


def main() -> None:
    """Print time and bytes of an image, by batch size and codec."""
    files = synthetic_pool(1, IMAGE_SIZE, Form.FILES)
    print("of an image: ms, and how many copies of its tensor take as long")
    print(f"{'batch':>5}  {'step':24}  {'bytes':>8}  {'encode':>14}  {'decode':>14}")
    for batch_size in BATCH_SIZES:
        forms = {form: _made(files.batch(0, batch_size), form) for form in Form}
        for name, places in CODECS.items():
            for place in places:
                _print_codec(batch_size, name, place, forms)
        for end in (Form.PIXELS, Form.TENSOR):
            _print_preprocessing(batch_size, end, forms)


def _made(files: Batch, form: Form) -> Batch:
    make = preprocessing(Form.FILES, form, IMAGE_SIZE)
    return files if make is None else make(files)


def _print_codec(batch_size: int, name: str, place: str, forms: dict[Form, Batch]) -> None:
    codec = open_codec(name, place)
    batch = forms[codec.form]
    sent = codec.encode(batch)
    copy_ns, encode_ns, decode_ns = _times(
        forms[Form.TENSOR],
        lambda: codec.encode(batch),
        lambda: codec.decode(sent.dtype, sent.shape, sent.payload),
    )
    words = "  ".join(_words(each, copy_ns, batch_size) for each in (encode_ns, decode_ns))
    step = f"{name}, client" if place == "client" else f"{name}, worker"
    print(
        f"{batch_size:5d}  {step:24}  {sent.payload.nbytes // batch_size:8,}  {words}", flush=True
    )


def _print_preprocessing(batch_size: int, end: Form, forms: dict[Form, Batch]) -> None:
    begin = Form(end - 1)
    make = preprocessing(begin, end, IMAGE_SIZE)
    assert make is not None
    copy_ns, taken_ns = _times(forms[Form.TENSOR], lambda: make(forms[begin]))
    step = f"{begin.name.lower()} to {end.name.lower()}"
    print(f"{batch_size:5d}  {step:24}  {'':8}  {_words(taken_ns, copy_ns, batch_size)}")


def _times(tensor: Batch, *steps: Step) -> list[float]:
    """Return the median time of a copy of a tensor, and of each step, in turns [ns]."""
    assert isinstance(tensor, np.ndarray)
    target = np.empty_like(tensor)
    turns: tuple[Step, ...] = (lambda: np.copyto(target, tensor), *steps)
    taken: list[list[int]] = [[] for _ in turns]
    for _ in range(REPEATS):
        for step, times in zip(turns, taken, strict=True):
            begun_ns = perf_counter_ns()
            step()
            times.append(perf_counter_ns() - begun_ns)
    return [median(times) for times in taken]


def _words(taken_ns: float, copy_ns: float, batch_size: int) -> str:
    return f"{ns_to_ms(taken_ns) / batch_size:6.3f} ({taken_ns / copy_ns:5.1f})"


if __name__ == "__main__":
    main()
