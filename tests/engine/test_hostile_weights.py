"""Attack: files of weights that would run code, take memory, or are none; nothing is executed."""

import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.errors import HostError

MIB = 1024**2
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
CHANGES = 200


def template() -> dict[str, Any]:
    import torch

    return {"fc.weight": torch.zeros(4, 3), "n": torch.zeros((), dtype=torch.int64)}


def load(path: Path) -> dict[str, Any]:
    from bench.engine.weights import load_state

    return load_state(path, template())


def saved(value: object, *, archive: bool = True) -> bytes:
    """Return what torch saves, as versions since 1.6 do, or as earlier ones did."""
    import torch

    stream = io.BytesIO()
    torch.save(value, stream, _use_new_zipfile_serialization=archive)
    return stream.getvalue()


def good(*, archive: bool = True) -> bytes:
    import torch

    state = {"fc.weight": torch.ones(4, 3), "n": torch.zeros((), dtype=torch.int64)}
    return saved(state, archive=archive)


class Calls:
    """Calls a function when it is unpickled."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._call


def packed(change: Callable[[str, bytes], bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a good archive in which the content of each entry was changed."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(good())) as whole,
        zipfile.ZipFile(stream, "w", compression) as archive,
    ):
        for name in whole.namelist():
            archive.writestr(name, change(name, whole.read(name)))
    return stream.getvalue()


def early(pickled: bytes) -> bytes:
    """Return a file as torch before version 1.6 wrote it, around any pickle."""
    facts = {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {}}
    begin = b"".join(pickle.dumps(each, protocol=2) for each in (MAGIC, PROTOCOL, facts))
    return begin + pickled + pickle.dumps([], protocol=2)


def refused(path: Path, content: bytes, *words: str) -> None:
    path.write_bytes(content)
    with pytest.raises(HostError) as refusal:
        load(path)
    message = str(refusal.value)
    assert message.startswith(f"--weights: {path} ")
    assert message.isprintable()
    assert len(message.replace(str(path), "")) < 400
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize("archive", [True, False])
def test_good_weights_of_any_version_are_loaded(tmp_path: Path, *, archive: bool) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(good(archive=archive))
    assert load(path)["fc.weight"].tolist() == [[1.0] * 3] * 4


@pytest.mark.parametrize("archive", [True, False])
@pytest.mark.parametrize("as_value", [True, False])
def test_a_pickle_that_would_run_code_runs_none(
    tmp_path: Path, *, archive: bool, as_value: bool
) -> None:
    trap = Calls(os.mkdir, str(tmp_path / "executed"))
    content = saved({"fc.weight": trap} if as_value else trap, archive=archive)
    refused(tmp_path / "w.pt", content, "asks for 'posix mkdir'", "nothing in it was executed")
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("archive", [True, False])
def test_torch_runs_none_either_where_the_pickle_was_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, archive: bool
) -> None:
    monkeypatch.setattr("bench.engine.weights.check_weights_file", lambda *_: None)
    trap = Calls(os.mkdir, str(tmp_path / "executed"))
    refused(tmp_path / "w.pt", saved({"fc.weight": trap}, archive=archive), "UnpicklingError")
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_plain_pickle_that_would_run_code_runs_none(tmp_path: Path, protocol: int) -> None:
    trap = Calls(os.mkdir, str(tmp_path / "executed"))
    content = pickle.dumps({"fc.weight": trap, "padding": bytes(200)}, protocol)
    refused(tmp_path / "w.pt", content, "nothing in it was executed")
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("archive", [True, False])
def test_a_pickle_that_asks_for_gigabytes_gets_none(tmp_path: Path, *, archive: bool) -> None:
    import torch

    for function, name in ((bytearray, "__builtin__ bytearray"), (torch.Tensor, "torch Tensor")):
        content = saved({"fc.weight": Calls(function, 2**31)}, archive=archive)
        refused(tmp_path / "w.pt", content, f"asks for '{name}'")


@pytest.mark.parametrize("entry", ["data/0", "data.pkl", "version", "byteorder"])
def test_an_archive_that_expands_is_not_expanded(tmp_path: Path, entry: str) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content + bytes(64 * MIB) if name.endswith(entry) else content

    content = packed(change, zipfile.ZIP_DEFLATED)
    assert len(content) < MIB
    refused(tmp_path / "w.pt", content, "its archive is compressed")


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    # Each entry of the directory states the whole file, so that a few bytes are read many times.
    content = bytearray(good())
    at = content.index(b"PK\x01\x02")
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 20 : at + 28] = struct.pack("<II", len(content), len(content))
        at += 46
    refused(tmp_path / "w.pt", bytes(content), "states more bytes than it has")


def test_an_archive_of_very_many_entries_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(good())
    at = content.index(b"PK\x06\x06")
    content[at + 40 : at + 48] = struct.pack("<Q", 10**9)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    refused(tmp_path / "w.pt", bytes(content), "its archive has too many entries")


@pytest.mark.parametrize(
    ("pickled", "words"),
    [
        (b"\x80\x02" + b"}" * (3 * MIB) + b".", "its pickle has more than 2097152 bytes"),
        (b"\x80\x02" + b"(" * 100_000 + b".", "plain tensors"),
        (b"\x80\x020000.", "plain tensors"),
        (b"\x80\x02\x8b\xff\xff\xff\x7f.", "it is no pickle of torch"),
        (b"\x80\x02c\xff\xff\n\xff\n.", "it is no pickle of torch"),
        (b"\x80\x02" + bytes(range(256)), "it is no pickle of torch"),
        (pickle.dumps([1, 2], protocol=2), "holds no state dict but list"),
        (pickle.dumps({"x": 1}, protocol=2), "holds no state dict but dict"),
        (pickle.dumps({1: 2}, protocol=2), "holds no state dict but dict"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_pickles_of_other_things_are_refused(tmp_path: Path, pickled: bytes, words: str) -> None:
    refused(tmp_path / "w.pt", early(pickled), words)


def test_tensors_that_are_not_plain_or_do_not_fit_are_refused(tmp_path: Path) -> None:
    import torch

    number = {"n": torch.zeros((), dtype=torch.int64)}
    for tensor, words in (
        (torch.ones(4, 3).to_sparse(), "_rebuild_sparse_tensor"),
        (torch.ones(4, 3, dtype=torch.complex64), "ComplexFloatStorage"),
        (torch.ones(4, 3, device="meta"), "_rebuild_meta_tensor"),
        (torch.ones(1).expand(10**12), "fc.weight is [1000000000000] in the file and [4, 3]"),
        (torch.ones(3, 4), "fc.weight is [3, 4] in the file and [4, 3]"),
    ):
        refused(tmp_path / "w.pt", saved({"fc.weight": tensor, **number}), words)
    refused(tmp_path / "w.pt", saved({1: torch.ones(1)}), "holds no state dict")


def test_a_file_larger_than_any_weights_of_the_model_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(good())
    with path.open("r+b") as file:
        file.truncate(64 * 1024**3)  # most of it takes no room on the disk
    refused_size = path.stat().st_size
    with pytest.raises(HostError, match=f"it has {refused_size} bytes; weights of this model"):
        load(path)


@pytest.mark.parametrize("archive", [True, False])
def test_a_file_that_was_cut_anywhere_is_refused(tmp_path: Path, *, archive: bool) -> None:
    content = good(archive=archive)
    for length in range(0, len(content) - 1, 23):
        refused(tmp_path / "w.pt", content[:length], "nothing in it was executed")


@pytest.mark.parametrize("archive", [True, False])
def test_changed_bytes_give_weights_that_fit_or_one_kind_of_error(
    tmp_path: Path, *, archive: bool
) -> None:
    path, content, rng = tmp_path / "w.pt", good(archive=archive), np.random.default_rng(1)
    shapes, reasons = {name: value.shape for name, value in template().items()}, []
    for at in rng.integers(len(content), size=CHANGES):
        path.write_bytes(content[:at] + rng.bytes(1) + content[at + 1 :])
        try:
            state = load(path)
        except HostError as error:
            reasons.append(str(error))
        else:
            assert {name: value.shape for name, value in state.items()} == shapes
    assert len(reasons) > CHANGES // 10
    assert all(reason.startswith(f"--weights: {path} ") for reason in reasons)
