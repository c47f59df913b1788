"""A few thousand of the messages that ``make fuzz`` makes in large numbers."""

from tests.fuzz.generated import check_generated
from tests.wire.examples import NAMES

COUNT = 3000
FIELDS = ("header", "magic", "number of frames", "protocol version", "tensor")


def test_thousands_of_messages_are_decoded_or_refused_as_promised() -> None:
    tally = check_generated(COUNT, 1)
    assert tally.count >= COUNT
    assert {*NAMES, *(f"refused: {field}" for field in FIELDS)} <= tally.outcomes.keys()
