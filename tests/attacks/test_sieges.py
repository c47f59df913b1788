"""A worker under attack serves its client meanwhile, keeps its memory, and takes the next one."""

import pytest

from tests.attacks.siege import ATTACKS, MAX_GROWTH_BYTES, besiege


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attacked_worker_serves_its_client_and_keeps_its_memory(
    *, attack: str, encrypted: bool
) -> None:
    siege = besiege(attack, 1.0, encrypted=encrypted)
    assert siege.times > 0
    assert siege.growth_bytes < MAX_GROWTH_BYTES
