"""The wire format, in the version :data:`PROTOCOL_VERSION`.

A message is one or two frames (ZeroMQ parts). A ROUTER socket's identity frame is not part of it.

=====  ===================  =========================================================
frame  bytes                meaning
=====  ===================  =========================================================
0      ``b"SCB"``           magic
0      1 byte               protocol version, ``PROTOCOL_VERSION``
0      at most 64 KiB       MessagePack map: one of :mod:`bench.wire.messages`,
                            which its key ``type`` names
1      ``dtype`` x shape    the tensor, C order, little endian; only after a header
                            that has ``dtype`` and ``shape``
=====  ===================  =========================================================

Two conversations use it. *Control*, with the worker's supervisor: ``describe`` is answered by
``description``; ``hello`` by ``welcome``, which names the address of a fresh compute process, or by
``refusal``; ``leave`` is not answered. *Data*, with that compute process: ``join`` comes first and
is echoed; each ``request`` is answered by a ``reply`` or a ``failure`` that echo its session,
segment and sequence. Closing the data connection ends the compute process. A request's tensor is
what the hello's codec makes of a batch; joined image files are one of uint8 with one dimension.

Over an encrypted connection the tensor of a request is sent as several parts of 1 MiB, the last one
of what is left. The receiver joins them to frame 1 before it decodes the message.

Decoding is total: any frames give a message or a :class:`WireError`. Sizes are checked before
anything is allocated, dtypes are those of a closed table, and nothing that is received is executed.
"""

from bench.wire.dtypes import ITEM_BYTES, tensor_bytes
from bench.wire.frames import (
    MAGIC,
    MAX_HEADER_BYTES,
    PROTOCOL_VERSION,
    Buffer,
    WireError,
    decode,
    encode,
)

__all__ = [
    "ITEM_BYTES",
    "MAGIC",
    "MAX_HEADER_BYTES",
    "PROTOCOL_VERSION",
    "Buffer",
    "WireError",
    "decode",
    "encode",
    "tensor_bytes",
]
