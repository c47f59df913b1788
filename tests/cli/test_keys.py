"""Who gets in: the real commands over real sockets, with right keys, wrong keys and none."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bench.transport.security import PUBLIC_FILE, SECRET_FILE
from tests.cli.command import (
    ROOT,
    STUB,
    check_refused,
    contents,
    finish,
    scalebench,
    serving_stub,
    start,
    succeed,
)
from tests.waiting import wait_until


class Places(NamedTuple):
    """The folders of keys of a worker, of two clients and of another worker, and the list."""

    worker: Path
    client: Path
    stranger: Path
    other_worker: Path
    allow: Path

    def options(self, client: Path, server: Path) -> tuple[object, ...]:
        """Return the options of a client that trusts a server."""
        return ("--keys", client, "--server-key", server / PUBLIC_FILE)

    @property
    def right(self) -> tuple[object, ...]:
        """The options of the client that is allowed."""
        return self.options(self.client, self.worker)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Make keys for all, and allow one client."""
    folders = [tmp_path / name for name in Places._fields[:4]]
    for folder in folders:
        succeed("keys", "new", folder)
    allow = tmp_path / "allow"
    allow.write_text("# clients\n" + (tmp_path / "client" / PUBLIC_FILE).read_text())
    worker, client, stranger, other_worker = folders
    return Places(worker, client, stranger, other_worker, allow)


@contextlib.contextmanager
def guarded(places: Places, model_ms: int = 1) -> Iterator[str]:
    """Give the endpoint of a worker that has keys."""
    with serving_stub(model_ms, "--keys", places.worker, "--allow", places.allow) as (_, endpoint):
        yield endpoint


def test_the_right_key_measures_and_the_page_says_that_it_was_encrypted(
    places: Places, tmp_path: Path
) -> None:
    data = ("--data", tmp_path / "data", "--machine", "m", "--run", "r")
    with guarded(places) as endpoint:
        assert (
            '"image_size_max": 512'
            in succeed("doctor", "--json", "--worker", endpoint, *places.right).stdout
        )
        done = succeed(*STUB, *data, "--worker", endpoint, *places.right)
    hidden = shutil.ignore_patterns("_site", "resnet")
    shutil.copytree(ROOT / "site", tmp_path / "site", ignore=hidden)
    succeed("report", "--data", tmp_path / "data", "--site", tmp_path / "site")
    pages = [path for path in (tmp_path / "site").rglob("*.json") if "pages" in path.parts]
    assert any('"encrypted (CURVE)"' in path.read_text() for path in pages)
    secrets = [
        (folder / SECRET_FILE).read_text().split()[-1].encode()
        for folder in (places.worker, places.client)
    ]
    files = {**contents(tmp_path / "data"), **contents(tmp_path / "site")}
    assert files
    for secret in secrets:
        assert secret.decode() not in done.stdout + done.stderr
        assert [path for path, content in files.items() if secret in content] == []


@pytest.mark.parametrize("command", ["measure", "doctor"])
@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("wrong key", ("does not allow the key", "--allow")),
        ("no key", ("it asks for keys", "--keys", "--server-key")),
        ("another server's key", ("it does not have the key", "--server-key")),
    ],
)
def test_a_worker_with_keys_lets_nobody_else_in(
    places: Places, tmp_path: Path, command: str, who: str, words: tuple[str, ...]
) -> None:
    options = {
        "wrong key": places.options(places.stranger, places.worker),
        "no key": (),
        "another server's key": places.options(places.client, places.other_worker),
    }[who]
    begin = (*STUB, "--data", tmp_path / "data") if command == "measure" else ("doctor",)
    with guarded(places) as endpoint:
        refused = scalebench(*begin, "--worker", endpoint, *options)
        check_refused(refused, 5, endpoint, *words)
        succeed("doctor", "--worker", endpoint, *places.right)
    assert not (tmp_path / "data").exists()


def test_a_client_with_keys_does_not_speak_to_a_worker_without(
    places: Places, tmp_path: Path
) -> None:
    with serving_stub(1) as (_, endpoint):
        refused = scalebench(
            *STUB, "--data", tmp_path / "data", "--worker", endpoint, *places.right
        )
        succeed("doctor", "--worker", endpoint)
    check_refused(refused, 5, endpoint, "does not encrypt", "start it with --keys")


def test_a_key_is_allowed_and_revoked_without_a_restart(places: Places) -> None:
    stranger = places.options(places.stranger, places.worker)
    before = places.allow.read_text()
    with guarded(places) as endpoint:
        doctor = ("doctor", "--worker", endpoint)
        assert scalebench(*doctor, *stranger).returncode == 5
        places.allow.write_text(before + (places.stranger / PUBLIC_FILE).read_text())
        succeed(*doctor, *stranger)
        places.allow.write_text(before)
        check_refused(scalebench(*doctor, *stranger), 5, endpoint, "does not allow the key")
        succeed(*doctor, *places.right)


def test_a_key_that_is_revoked_during_a_run_ends_the_run(places: Places, tmp_path: Path) -> None:
    with guarded(places, model_ms=300) as endpoint:
        run = start(
            *("measure", "--model", "stub:300", "--preset", "quick", "--batch-sizes", "1,2,4"),
            *("--threads", "1", "--image-size", "32", "--data", tmp_path, "--run", "r"),
            *("--machine", "m", "--worker", endpoint, *places.right),
        )
        wait_until((tmp_path / "m" / "r" / "run.json").exists)
        places.allow.write_text("# nobody\n")
        _, errors = run.communicate(timeout=100)
    assert run.returncode == 5
    assert "allow" in errors.splitlines()[-1]
    assert "Traceback" not in errors


def test_no_process_shows_a_secret(places: Places, tmp_path: Path) -> None:
    secrets = [
        (folder / SECRET_FILE).read_text().split()[-1].encode()
        for folder in (places.worker, places.client)
    ]
    with guarded(places, model_ms=100) as endpoint:
        run = start(
            *STUB[:-1],
            "stub:100",
            *("--data", tmp_path / "data", "--run", "r", "--worker", endpoint, *places.right),
        )
        wait_until(lambda: len(_computing()) > 0 or run.poll() is not None)
        assert run.poll() is None
        for process in Path("/proc").glob("[0-9]*"):
            for path in (process / "cmdline", process / "environ"):
                with contextlib.suppress(OSError):  # it may end meanwhile
                    shown = path.read_bytes()
                    assert not any(secret in shown for secret in secrets), path
        run.terminate()
        run.communicate()


def _computing() -> list[Path]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"bench.measure.child" in path.read_bytes():
                found.append(path)
    return found


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("measure --model stub:1 --keys K", 2, ["--keys", "--worker and --server-key"]),
        ("measure --model stub:1 --server-key F", 2, ["--server-key", "--worker and --keys"]),
        ("doctor --worker tcp://127.0.0.1:1 --keys K", 2, ["--keys", "--server-key"]),
        ("worker --model stub:1 --keys K", 2, ["--keys", "--allow"]),
        ("worker --model stub:1 --allow F", 2, ["--allow", "--keys"]),
        ("worker --model stub:1 --keys K --allow F --insecure", 2, ["--insecure", "--keys"]),
        ("worker --model stub:1 --keys nowhere --allow F", 4, ["--keys", "nowhere/secret.key"]),
        ("keys new", 2, ["DIR"]),
    ],
)
def test_keys_by_halves_are_refused(command: str, code: int, words: list[str]) -> None:
    check_refused(scalebench(*command.split()), code, *words)


def test_a_secret_key_that_others_can_read_is_refused(places: Places) -> None:
    (places.worker / SECRET_FILE).chmod(0o644)
    refused = scalebench(
        *("worker", "--model", "stub:1", "--keys", places.worker, "--allow", places.allow)
    )
    check_refused(refused, 4, "others can read", "chmod 600")


def test_keys_allow_a_bind_that_other_machines_reach_without_a_warning(places: Places) -> None:
    worker = start(
        *("worker", "--model", "stub:1", "--bind", "tcp://0.0.0.0:*"),
        *("--keys", places.worker, "--allow", places.allow),
    )
    assert worker.stderr is not None
    assert worker.stderr.readline().startswith("serving stub:1 on tcp://0.0.0.0:")
    worker.terminate()
    worker.communicate(timeout=20)
    assert worker.returncode == 0


# SIGTERM comes when the worker has said that it serves, and does not yet wait for anything.
_ENDED_EARLY = """
import os, signal
from bench.cli import main
from bench.worker import supervisor
supervisor.raise_descriptor_limit = lambda: os.kill(os.getpid(), signal.SIGTERM)
main()
"""


def test_a_worker_with_keys_that_is_ended_at_once_leaves_no_thread_behind(places: Places) -> None:
    worker = start(
        *("worker", "--model", "stub:1", "--bind", "tcp://127.0.0.1:*"),
        *("--keys", places.worker, "--allow", places.allow),
        python=("-c", _ENDED_EARLY),
    )
    result = finish(worker)
    assert result.returncode == 0, result.stderr
