"""Messages made by hypothesis: valid ones, damaged ones, and raw bytes."""

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bench.wire.messages import Message
from tests.fuzz.mutations import mutated, seeded
from tests.fuzz.tally import Tally
from tests.wire.examples import frames_of
from tests.wire.raw import PREFIX
from tests.wire.strategies import plain_messages, tensor_messages, trees

DAMAGED_PER_MESSAGE = 30
"""Hypothesis takes milliseconds to make a message; each one is damaged in so many ways."""
RAW_PER_MESSAGE = 1
"""How many examples of raw bytes there are for each message."""
_CHECKED_PER_MESSAGE = 1 + DAMAGED_PER_MESSAGE + 2 * RAW_PER_MESSAGE


def check_generated(count: int, number: int) -> Tally:
    """Return the outcomes of at least ``count`` messages, which the seed ``number`` decides."""
    tally = Tally()
    message_count = -(-count // _CHECKED_PER_MESSAGE)

    @given(plain_messages | tensor_messages, st.integers(0, 2**32 - 1), trees)
    def check_damaged(message: Message, chance_seed: int, value: object) -> None:
        frames = frames_of(message)
        tally.check(frames)
        chance = seeded(chance_seed)
        for _ in range(DAMAGED_PER_MESSAGE):
            tally.check(mutated(chance, frames, value))

    @given(st.lists(st.binary(max_size=200), max_size=4))
    def check_raw(frames: list[bytes]) -> None:
        tally.check(frames)
        tally.check([PREFIX + b"".join(frames[:1]), *frames[1:]])

    _run(check_damaged, message_count, number)
    _run(check_raw, message_count * RAW_PER_MESSAGE, number)
    return tally


def _run(test: Callable[[], None], count: int, number: int) -> None:
    """Run a test of hypothesis with so many examples, which depend on the seed alone."""
    made = settings(
        max_examples=count,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        database=None,
        deadline=None,
    )
    seed(number)(made(test))()
