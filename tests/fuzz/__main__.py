"""``make fuzz``: give the tool input that is made at random, and check what it does with it.

usage: python -m tests.fuzz [COUNT] [SEED]

Hypothesis makes at least COUNT inputs for each part, and atheris COUNT more. A part that fails
raises or exits; then no report is written.
"""

import sys
from collections.abc import Callable

from tests.fuzz.decoder import fuzz_decoder
from tests.fuzz.worker import fuzz_worker
from tests.promises import Kept, write_report

Part = Callable[[int, int], list[Kept]]
PARTS: tuple[Part, ...] = (fuzz_decoder, fuzz_worker)
"""What is fuzzed: each part takes how many inputs there are, and a seed, and returns its rows."""


def main(arguments: list[str]) -> None:
    """Fuzz every part, and write the report if all of them passed."""
    count, seed = (int(each) for each in (*arguments, *("200000", "1")[len(arguments) :]))
    rows = [row for part in PARTS for row in part(count, seed)]
    sys.stdout.write(f"{write_report('fuzz', rows)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
