"""Each expected error has an exit code of its own."""

from bench.errors import BY_EXIT_CODE, EXIT_INTERRUPTED, EXIT_OK, EXIT_SLOWER, ScalebenchError


def test_exit_codes_are_distinct_and_lead_back_to_their_error() -> None:
    kinds = ScalebenchError.__subclasses__()
    assert {kind.exit_code: kind for kind in kinds} == BY_EXIT_CODE
    assert len(BY_EXIT_CODE) == len(kinds)
    assert BY_EXIT_CODE.keys().isdisjoint({EXIT_OK, EXIT_SLOWER, EXIT_INTERRUPTED, 1})
