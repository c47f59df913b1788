"""The reference stage: it writes the tables of the site's page on the method from the code."""

from pathlib import Path
from typing import get_args

from bench.publish import publish_site_data
from bench.publish.reference import WireFacts, reference_data
from bench.wire import ITEM_BYTES, MAGIC, MAX_HEADER_BYTES, PROTOCOL_VERSION
from bench.wire.messages import Message

WIRE = WireFacts(
    magic=MAGIC,
    version=PROTOCOL_VERSION,
    header_bytes_max=MAX_HEADER_BYTES,
    item_bytes=ITEM_BYTES,
    messages=get_args(Message),
)


def publish_reference(site: Path) -> Path:
    """Write the reference into the site, if it changed.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree.
    HostError
        If the site cannot be written.
    """
    return publish_site_data(site, "reference", reference_data(WIRE))
