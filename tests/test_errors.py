"""Each expected error has an exit code of its own, and every exit code says what it means."""

from bench import errors
from bench.errors import (
    BY_EXIT_CODE,
    EXIT_CODES,
    EXIT_OK,
    EXIT_SLOWER,
    Interrupted,
    ScalebenchError,
)


def test_exit_codes_are_distinct_and_lead_back_to_their_error() -> None:
    kinds = [kind for kind in ScalebenchError.__subclasses__() if kind is not Interrupted]
    assert {kind.exit_code: kind for kind in kinds} == BY_EXIT_CODE
    assert len(BY_EXIT_CODE) == len(kinds)
    assert BY_EXIT_CODE.keys().isdisjoint({EXIT_OK, EXIT_SLOWER, Interrupted.exit_code, 1})


def test_every_exit_code_has_a_meaning_in_ascending_order() -> None:
    codes = {
        value
        for name, value in vars(errors).items()
        if name.startswith("EXIT_") and isinstance(value, int)
    }
    codes |= {kind.exit_code for kind in ScalebenchError.__subclasses__()}
    assert list(EXIT_CODES) == sorted(codes)
