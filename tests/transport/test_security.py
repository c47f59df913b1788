"""Files of keys: what is written, what is accepted, and that no message shows a secret."""

import stat
from pathlib import Path

import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from bench.errors import HostError
from bench.records import ANY_LOOPBACK_PORT
from bench.transport import security
from bench.transport.security import (
    HANDSHAKE_FAILURES,
    PUBLIC_FILE,
    SECRET_FILE,
    AllowList,
    ClientKeys,
    load_client_keys,
    load_server_keys,
    write_keys,
)
from bench.transport.sockets import bind, connect, open_socket
from tests.transport.conftest import KeepingContext


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Make keys in a new folder."""
    write_keys(tmp_path / "keys")
    return tmp_path / "keys"


def secret_of(folder: Path) -> str:
    return (folder / SECRET_FILE).read_text().split()[-1]


def test_new_keys_are_a_pair_and_only_their_owner_reads_the_secret_one(keys: Path) -> None:
    public = (keys / PUBLIC_FILE).read_text().split()[-1]
    assert zmq.curve_public(secret_of(keys).encode()).decode() == public
    assert load_server_keys(keys).public == public
    assert stat.S_IMODE((keys / SECRET_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", [SECRET_FILE, PUBLIC_FILE])
def test_keys_that_are_there_are_never_replaced(keys: Path, name: str) -> None:
    other = next(path for path in keys.iterdir() if path.name != name)
    other.unlink()
    before = (keys / name).read_bytes()
    with pytest.raises(HostError, match=f"{name} is there already"):
        write_keys(keys)
    assert (keys / name).read_bytes() == before
    assert not other.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HostError, match=r"cannot write keys into .*file/keys"):
        write_keys(tmp_path / "file" / "keys")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_secret_key_that_others_can_read_is_refused(keys: Path, mode: int) -> None:
    (keys / SECRET_FILE).chmod(mode)
    with pytest.raises(HostError, match=f"others can read .* .mode {mode:03o}.; run 'chmod 600"):
        load_server_keys(keys)


def test_a_new_key_never_begins_as_a_comment_does(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([(b"#" * 40, b"a" * 40), (b"a" * 40, b"#" * 40), (b"b" * 40, b"c" * 40)])
    monkeypatch.setattr(zmq, "curve_keypair", lambda: next(drawn))
    assert security._draw_pair() == ("b" * 40, "c" * 40)


@pytest.mark.parametrize("key_class", [load_server_keys, None])
def test_no_text_of_keys_shows_the_secret(keys: Path, key_class: object) -> None:
    loaded = load_server_keys(keys) if key_class else load_client_keys(keys, keys / PUBLIC_FILE)
    assert loaded.secret == secret_of(keys)
    for text in (repr(loaded), str(loaded), f"{loaded}", repr([loaded])):
        assert loaded.secret not in text
        assert loaded.public in text


@pytest.mark.parametrize(
    "text",
    ["short", "ü" * 40, "a" * 39, "a" * 41, "a" * 40 + " b", "a" * 39 + "~", "a" * 20 + "\n" * 2],
)
def test_a_line_that_is_no_key_is_named_and_not_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list"
    path.write_text(f"# clients\n{text}\n")
    with pytest.raises(HostError, match=f"line 2 of {path} is no key") as caught:
        AllowList(path)
    assert text.split(maxsplit=1)[0] not in str(caught.value)


def test_comments_and_empty_lines_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text(f"#one\n\n  {'a' * 40}   # laptop\n{'b' * 40}\n#{'c' * 39}\n")
    allowed = AllowList(path)
    assert allowed.allows("a" * 40)
    assert allowed.allows("b" * 40)
    assert not allowed.allows("#" + "c" * 39)
    assert not allowed.allows("")


def test_a_list_is_read_again_and_allows_none_once_it_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("a" * 40)
    allowed = AllowList(path)
    path.write_text("b" * 40)
    assert not allowed.allows("a" * 40)
    assert allowed.allows("b" * 40)
    path.write_bytes(b"\xff\xfe" + b"b" * 40)
    assert not allowed.allows("b" * 40)
    path.unlink()
    assert not allowed.allows("b" * 40)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "has 0 keys"), ("a" * 40 + "\n" + "b" * 40, "has 2 keys"), (None, "cannot read")],
)
def test_the_key_of_the_server_is_exactly_one(keys: Path, text: str | None, words: str) -> None:
    path = keys / "server"
    if text is not None:
        path.write_text(text)
    with pytest.raises(HostError, match=f"--server-key: .*{words}"):
        load_client_keys(keys, path)


def test_keys_of_a_client_name_its_server(keys: Path, tmp_path: Path) -> None:
    server = tmp_path / "server.key"
    server.write_text("s" * 40)
    loaded = load_client_keys(keys, server)
    assert loaded == ClientKeys(loaded.public, secret_of(keys), "s" * 40)


def test_a_folder_without_keys_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=f"'scalebench keys new {tmp_path}' makes it"):
        load_server_keys(tmp_path)


def test_a_server_without_its_authenticator_lets_nobody_in(keys: Path) -> None:
    context = KeepingContext()
    server = open_socket(context, zmq.ROUTER, keys=load_server_keys(keys))
    address = bind(server, ANY_LOOPBACK_PORT)
    client = open_socket(context, zmq.DEALER, keys=load_client_keys(keys, keys / PUBLIC_FILE))
    monitor = client.get_monitor_socket(HANDSHAKE_FAILURES | zmq.EVENT_HANDSHAKE_SUCCEEDED)
    connect(client, address)
    assert monitor.poll(20_000)
    assert recv_monitor_message(monitor)["event"] & HANDSHAKE_FAILURES
    client.disable_monitor()
    context.destroy(linger=0)
    context.kept.clear()
