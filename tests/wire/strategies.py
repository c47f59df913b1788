"""Every message there is, as hypothesis sees it."""

from hypothesis import strategies as st

from bench.records import Address, EngineSpec
from bench.wire.messages import (
    Describe,
    Description,
    Failure,
    Hello,
    Join,
    Leave,
    Message,
    Refusal,
    Reply,
    Request,
    Welcome,
)

words = st.text(max_size=256)
texts = st.text(max_size=300)
counts = st.integers(0, 2**53)
positives = st.integers(1, 2**31)
sides = st.integers(1, 4)
shapes = st.lists(sides, min_size=1, max_size=4).map(tuple)
stamps = st.integers(-(2**63), 2**63 - 1)
engines = st.builds(
    EngineSpec,
    model=words,
    weights=words,
    device=words,
    precision=words,
    memory_format=words,
    mode=words,
)
facts = st.dictionaries(
    words,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
        ),
        max_leaves=5,
    ),
    max_size=4,
)
dtypes = st.just("float32")
plain_messages: st.SearchStrategy[Message] = st.one_of(
    st.just(Describe()),
    st.builds(
        Description,
        engine=engines,
        image_size_max=positives,
        threads_max=positives,
        busy=st.booleans(),
        host=facts,
        moment=facts,
        revision=facts,
    ),
    st.builds(
        Hello,
        engine=engines,
        codec=words,
        image_size=positives,
        batch_sizes=st.lists(positives, min_size=1, max_size=64).map(tuple),
        threads=positives,
        allocator=words,
        in_flight_count=positives,
        client=words,
    ),
    st.builds(
        Welcome,
        session=words,
        data=st.builds(Address, host=st.text(max_size=255), port=st.integers(0, 65535)),
        engine=facts,
    ),
    st.builds(Leave, client=words),
    st.builds(Join, session=words),
    st.builds(Refusal, field=words, asked=texts, offered=texts),
    st.builds(Failure, sequence=st.none() | counts, message=texts),
)
tensor_messages: st.SearchStrategy[Request | Reply] = st.one_of(
    st.builds(
        Request,
        session=words,
        segment=counts,
        sequence=counts,
        dtype=dtypes,
        shape=shapes,
        probe=st.booleans(),
    ),
    st.builds(
        Reply,
        session=words,
        segment=counts,
        sequence=counts,
        dtype=dtypes,
        shape=shapes,
        w1_ns=stamps,
        w2_ns=stamps,
        w3_ns=stamps,
        w4_ns=stamps,
        w5_ns=stamps,
        minor_faults_count=counts,
        cpu_ns=counts,
    ),
)
trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.binary()
    | st.text() | st.datetimes(timezones=st.timezones()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)  # fmt: skip
"""Any value that MessagePack can hold, whatever field it may be for."""
