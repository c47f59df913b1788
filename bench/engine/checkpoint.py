"""A file of weights is checked before torch reads it: its size, its archive and its pickle.

With ``weights_only`` torch executes nothing that is in a file. But a compressed archive expands to
any size, and a pickle of a hundred bytes may ask for an array of any length.
"""

import io
import mmap
import pickletools
import struct
import zipfile
from pathlib import Path
from typing import IO, BinaryIO, cast

MAX_PICKLE_BYTES = 2 * 1024**2
"""Of a state dict without the values; that of ResNet152 has some 100 KiB."""
_MAX_DIRECTORY_BYTES = 4 * 1024**2
_TENSORS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    *(
        f"torch {kind}Storage"
        for kind in (
            *("Float", "Double", "Half", "BFloat16"),
            *("Long", "Int", "Short", "Char", "Byte", "Bool"),
        )
    ),
}
"""All that a state dict of plain tensors names."""
_NAMING = {"GLOBAL", "INST", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4"}
_PICKLE_PROTOCOL = 2
_PICKLES = 5
"""In a file of torch before version 1.6; the values follow them."""
_ENTRY, _DIRECTORY_END, _LONG_DIRECTORY_END = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06"
_DAMAGED_ARCHIVE = (
    *(zipfile.BadZipFile, struct.error, EOFError),
    *(LookupError, NotImplementedError, OverflowError, RuntimeError, ValueError),
)
_END_BYTES, _LONG_END_BYTES = 22, 98
_SIZE_AT, _LONG_SIZE_AT = 12, 40


class UnusableWeightsError(Exception):
    """Why a file is not read as weights."""


def check_weights_file(path: Path, max_bytes: int) -> None:
    """Refuse a file that would take more memory than its size, or names more than tensors.

    Parameters
    ----------
    path : Path
        A file of ``torch.save``, of any version of torch.
    max_bytes : int
        Of the file.

    Raises
    ------
    UnusableWeightsError
        With what is wrong with it.
    OSError
        If it cannot be read.
    """
    check_size(path, max_bytes)
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        if content[: len(_ENTRY)] == _ENTRY:
            _check_archive(file, content)
        else:
            for _ in range(_PICKLES):
                _check_pickle(cast("IO[bytes]", content))


def check_size(path: Path, max_bytes: int) -> None:
    """Refuse a file that is too small for weights or too large for those of a model.

    Raises
    ------
    UnusableWeightsError
        With its size.
    OSError
        If it cannot be read.
    """
    size = path.stat().st_size
    if not _LONG_END_BYTES <= size <= max_bytes:
        raise UnusableWeightsError(
            f"it has {size} bytes; weights of this model have {_LONG_END_BYTES} to {max_bytes}"
        )


def _check_archive(file: BinaryIO, content: mmap.mmap) -> None:
    """Check an archive of torch since version 1.6; it stores its entries, and compresses none."""
    if _directory_bytes(content) > _MAX_DIRECTORY_BYTES:
        raise UnusableWeightsError("its archive has too many entries")
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise UnusableWeightsError("its archive is compressed")
            if sum(entry.file_size for entry in entries) > len(content):
                raise UnusableWeightsError("its archive states more bytes than it has")
            for entry in entries:
                if entry.filename.endswith(".pkl"):
                    _check_pickle(io.BytesIO(archive.read(entry)))
    except _DAMAGED_ARCHIVE as error:
        raise UnusableWeightsError(f"its archive is damaged: {error!r:.80}") from error


def _directory_bytes(content: mmap.mmap) -> int:
    """Return the size of an archive's directory, which is at its end."""
    end, long_end = content[-_END_BYTES:], content[-_LONG_END_BYTES:]
    if not end.startswith(_DIRECTORY_END):
        raise UnusableWeightsError("its archive is cut off")
    size = int.from_bytes(end[_SIZE_AT : _SIZE_AT + 4], "little")
    if long_end.startswith(_LONG_DIRECTORY_END):
        return int.from_bytes(long_end[_LONG_SIZE_AT : _LONG_SIZE_AT + 8], "little")
    return size


def _check_pickle(stream: IO[bytes]) -> None:
    """Check that a pickle is small and names what tensors need, without unpickling it."""
    begin = stream.tell()
    try:
        for operation, argument, _ in pickletools.genops(stream):
            if stream.tell() - begin > MAX_PICKLE_BYTES:
                raise UnusableWeightsError(f"its pickle has more than {MAX_PICKLE_BYTES} bytes")
            if operation.name == "PROTO" and argument != _PICKLE_PROTOCOL:
                raise UnusableWeightsError(f"its pickle has protocol {argument}")
            if operation.name in _NAMING and argument not in _TENSORS:
                raise UnusableWeightsError(f"its pickle asks for {argument!r:.80}")
    except ValueError as error:
        raise UnusableWeightsError("it is no pickle of torch") from error
