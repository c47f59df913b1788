"""Protocol version 7, byte by byte: whoever changes a byte here must raise the version."""

from bench.wire import PROTOCOL_VERSION, decode, encode
from bench.wire.messages import Describe, Reply, Request

REQUEST = Request(
    session="c0ffee", segment=7, sequence=300, dtype="float32", shape=(2, 3, 224, 224)
)
REQUEST_BYTES = (
    b"SCB\x07"
    b"\x88"
    b"\xa4type\xa7request"
    b"\xa7session\xa6c0ffee"
    b"\xa7segment\x07"
    b"\xa8sequence\xcd\x01\x2c"
    b"\xa5dtype\xa7float32"
    b"\xa5shape\x94\x02\x03\xcc\xe0\xcc\xe0"
    b"\xa5probe\xc2"
    b"\xafin_flight_count\x01"
)
REPLY = Reply(
    session="c0ffee",
    segment=7,
    sequence=300,
    dtype="float32",
    shape=(2, 1000),
    w1_ns=1,
    w2_ns=2,
    w3_ns=3,
    w4_ns=4,
    w5_ns=5,
    minor_faults_count=0,
    cpu_ns=6,
    wd_ns=42,
)
REPLY_BYTES = (
    b"SCB\x07"
    b"\xde\x00\x11"
    b"\xa4type\xa5reply"
    b"\xa7session\xa6c0ffee"
    b"\xa7segment\x07"
    b"\xa8sequence\xcd\x01\x2c"
    b"\xa5dtype\xa7float32"
    b"\xa5shape\x92\x02\xcd\x03\xe8"
    b"\xa5w1_ns\x01\xa5w2_ns\x02\xa5w3_ns\x03\xa5w4_ns\x04\xa5w5_ns\x05"
    b"\xb2minor_faults_count\x00"
    b"\xa6cpu_ns\x06"
    b"\xa5wb_ns\xc0\xa5wp_ns\xc0\xa5wh_ns\xc0\xa5wd_ns\x2a"
)


def test_the_version_is_seven() -> None:
    assert PROTOCOL_VERSION == 7


def test_a_describe_is_these_bytes() -> None:
    assert encode(Describe()) == b"SCB\x07\x81\xa4type\xa8describe"


def test_a_request_is_these_bytes() -> None:
    assert encode(REQUEST) == REQUEST_BYTES
    assert decode([REQUEST_BYTES, bytes(4 * 2 * 3 * 224 * 224)])[0] == REQUEST


def test_a_reply_is_these_bytes() -> None:
    assert encode(REPLY) == REPLY_BYTES
    assert decode([REPLY_BYTES, bytes(4 * 2 * 1000)])[0] == REPLY
