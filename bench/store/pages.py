"""The headers of Parquet's pages: how much memory a page takes is known before it is decompressed.

The footer of a file states sizes too, but a reader of Parquet allocates what each page states. The
header of a page [1]_ is a struct in Thrift's compact protocol [2]_; the bytes of the page follow.

References
----------
.. [1] github.com/apache/parquet-format, src/main/thrift/parquet.thrift, ``PageHeader``.
.. [2] github.com/apache/thrift, doc/specs/thrift-compact-protocol.md.
"""

from collections.abc import Iterator
from typing import NamedTuple

_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(9)
_STRUCT = 12
_FIXED_BYTES = {_TRUE: 0, _FALSE: 0, _BYTE: 1, _DOUBLE: 8}
_SIZE, _COMPRESSED_SIZE = 2, 3
_KINDS = (5, 7, 8)
"""The fields about pages with values; the first field of each is how many values there are."""
_MAX_DEPTH = 8
_MAX_VARINT_BYTES = 10


class PageSizes(NamedTuple):
    """What the header of a page states about it once it is decompressed."""

    bytes_count: int
    values_count: int


def page_sizes(column: bytes) -> Iterator[PageSizes]:
    """Yield what each page of a column states.

    Parameters
    ----------
    column : bytes
        The pages of one column in one row group, one after the other.

    Raises
    ------
    ValueError
        If a header is damaged, or its page ends beyond the column.
    """
    at = 0
    while at < len(column):
        reader = _CompactReader(column, at)
        header = reader.struct()
        size, compressed_size = (header.integers.get(f, -1) for f in (_SIZE, _COMPRESSED_SIZE))
        at = reader.at + compressed_size
        if size < 0 or compressed_size < 0 or at > len(column):
            raise ValueError("a page states a size that it cannot have")
        kinds = [header.structs[kind] for kind in _KINDS if kind in header.structs]
        yield PageSizes(size, max((kind.integers.get(1, 0) for kind in kinds), default=0))


class _Struct(NamedTuple):
    """The fields of a struct by their numbers; of a number that is there twice, the last one."""

    integers: dict[int, int]
    structs: dict[int, "_Struct"]


class _CompactReader:
    """Reads a struct; values other than structs and integers of 32 bits are skipped."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self.at = at

    def struct(self, depth: int = 0) -> _Struct:
        if depth > _MAX_DEPTH:
            raise ValueError("the header of a page is nested too deeply")
        fields = _Struct({}, {})
        number = 0
        while True:
            step, kind = divmod(self._byte(), 16)
            if kind == _STOP:
                return fields
            number = number + step if step else _signed(self._varint())
            if kind == _I32:
                fields.integers[number] = _signed(self._varint())
            elif kind == _STRUCT:
                fields.structs[number] = self.struct(depth + 1)
            else:
                self._skip(kind)

    def _skip(self, kind: int) -> None:
        if kind in _FIXED_BYTES:
            self._take(_FIXED_BYTES[kind])
        elif kind in (_I16, _I64):
            self._varint()
        elif kind == _BINARY:
            self._take(self._varint())
        else:  # no header of a page has a list, a set or a map
            raise ValueError(f"the header of a page has a value of the kind {kind}")

    def _varint(self) -> int:
        value = 0
        for place in range(_MAX_VARINT_BYTES):
            byte = self._byte()
            value |= (byte & 0x7F) << (7 * place)
            if not byte & 0x80:
                return value
        raise ValueError("an integer in the header of a page does not end")

    def _byte(self) -> int:
        self._take(1)
        return self._content[self.at - 1]

    def _take(self, count: int) -> None:
        self.at += count
        if self.at > len(self._content):
            raise ValueError("the header of a page is cut off")


def _signed(zigzag: int) -> int:
    return (zigzag >> 1) ^ -(zigzag & 1)
