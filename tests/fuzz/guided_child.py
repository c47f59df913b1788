"""The process of atheris, which takes it over and ends it.

usage: python -m tests.fuzz.guided_child COUNT SEED CORPUS
"""

import sys

import msgspec

SEPARATOR = b"\xc1"
"""What divides an input into frames: the one byte with which no value of MessagePack begins."""
_OPTIONS = (
    "-keep_seed=1",  # atheris cannot look into MessagePack's reader, and would drop most examples
    "-cross_over_uniform_dist=1",
    "-use_value_profile=1",
    "-verbosity=0",
)


def main(arguments: list[str]) -> None:
    """Check the messages that atheris makes, and print their outcomes as the last line."""
    import atheris

    with atheris.instrument_imports(include=["bench.wire"]):
        from tests.fuzz.tally import Tally

    count, seed, corpus = arguments
    tally = Tally()

    def check(data: bytes) -> None:
        tally.check(data.split(SEPARATOR))

    options = (f"-atheris_runs={count}", f"-seed={seed}", f"-artifact_prefix={corpus}/", *_OPTIONS)
    atheris.Setup([sys.argv[0], *options, corpus], check)
    try:
        atheris.Fuzz()
    finally:  # Fuzz() exits
        sys.stdout.write(f"\n{msgspec.json.encode(tally).decode()}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
