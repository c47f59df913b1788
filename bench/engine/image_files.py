"""The images of a folder: JPEG and PNG files, in the order of their names."""

import hashlib
from pathlib import Path

from bench.codec.images import decode_image
from bench.codec.spec import Files
from bench.engine.inputs import POOL_COUNT, ImagePool
from bench.errors import HostError, UsageError

SUFFIXES = (".jpg", ".jpeg", ".png")
_DIGEST_LENGTH = 16
_LENGTH_BYTES = 8


def check_files(folder: Path) -> str:
    """Return what identifies the images of a folder, once all of them are decoded.

    Raises
    ------
    UsageError
        If there is none, or one that cannot be decoded, with its name.
    HostError
        If one cannot be read.
    """
    files = _read(folder)
    for path, file in files.items():
        try:
            decode_image(file)
        except ValueError as error:
            raise UsageError(f"--input: {path}: {error}; remove or replace it.") from error
    return _identity(files)


def file_pool(folder: Path, identity: str) -> ImagePool[Files]:
    """Return the images of a folder, as files, if they still are those of an identity.

    Raises
    ------
    HostError
        If one cannot be read, or they have changed.
    """
    files = _read(folder)
    if _identity(files) != identity:
        raise HostError(
            f"--input: the images in {folder} are {_identity(files)} and were {identity} when the "
            "run began; restore them."
        )
    return ImagePool(list(files.values()))


def _read(folder: Path) -> dict[Path, bytes]:
    """Return as many files as a run uses, from the folder and those in it."""
    if not folder.is_dir():
        raise UsageError(f"--input: {folder} is no folder; name one with JPEG or PNG files.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise UsageError(
            f"--input: {folder} has no file that ends with {' or '.join(SUFFIXES)}; name a folder "
            "that has."
        )
    try:
        return {path: path.read_bytes() for path in paths[:POOL_COUNT]}
    except OSError as error:
        raise HostError(f"--input: cannot read {error.filename}: {error.strerror}.") from error


def _identity(files: dict[Path, bytes]) -> str:
    digest = hashlib.sha256()
    for file in files.values():
        digest.update(len(file).to_bytes(_LENGTH_BYTES, "little") + file)
    return f"{len(files)} files, sha256:{digest.hexdigest()[:_DIGEST_LENGTH]}"
