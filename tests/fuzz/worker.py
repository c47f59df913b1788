"""Attacks on running workers, with keys and without, as a part of ``make fuzz``."""

import sys
from typing import TYPE_CHECKING

from tests.promises import Kept

if TYPE_CHECKING:  # it imports the decoder, whose coverage another part measures
    from tests.attacks.siege import Siege

SECONDS = 15.0
"""How long each attack goes on; slow handshakes are closed after 5 s."""
_MIB = 1 << 20
FAULTS = {
    "foreign_protocols": "peers that speak HTTP, TLS, SSH or nothing known",
    "many_connections": "connections that are opened and say nothing, all at once",
    "slow_handshakes": "handshakes sent byte by byte, 200 at a time",
    "hello_and_leave": "clients that say hello, or another word, and leave",
    "hostile_messages": "messages that are cut, changed, repeated or of another session",
    "replayed_bytes": "the bytes of an honest client, sent again",
}


def fuzz_worker(_count: int, _seed: int) -> list[Kept]:
    """Attack a worker in every way, and return what was proved; print each attack.

    Raises
    ------
    AssertionError
        If a request of the honest client fails, or memory grows beyond the limit.
    """
    from tests.attacks.siege import ATTACKS

    return [_proved(attack, encrypted=each) for attack in ATTACKS for each in (False, True)]


def _proved(attack: str, *, encrypted: bool) -> Kept:
    from tests.attacks.siege import MAX_GROWTH_BYTES, besiege

    siege = besiege(attack, SECONDS, encrypted=encrypted)
    keys = "with keys" if encrypted else "without keys"
    sys.stdout.write(f"{attack}, {keys}: {siege.times} times; {_words(siege)}\n")
    sys.stdout.flush()
    assert siege.growth_bytes < MAX_GROWTH_BYTES, siege
    return Kept(
        f"A worker {keys} serves its client while strangers attack it.",
        FAULTS[attack],
        siege.times,
        _words(siege),
    )


def _words(siege: "Siege") -> str:
    from tests.attacks.siege import MAX_GROWTH_BYTES

    return (
        f"{siege.answered} of {siege.answered} requests were answered; a round trip took "
        f"{siege.during_ms:.2f} ms in place of {siege.before_ms:.2f} ms (medians, 1 image); the "
        f"memory of the worker grew by {siege.growth_bytes / _MIB:.0f} MiB of at most "
        f"{MAX_GROWTH_BYTES / _MIB:.0f}"
    )
