"""The decoder of the wire, with messages of hypothesis and of atheris, and its branch coverage."""

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from coverage import Coverage

from tests.promises import Kept

if TYPE_CHECKING:  # coverage counts the lines of what is imported after it began
    from tests.fuzz.tally import Tally

ROOT = Path(__file__).parents[2]
MIN_BRANCH_PERCENT = 95.0
_MADE_OF = {
    "hypothesis": "valid messages, damaged ones and raw bytes, made by hypothesis",
    "atheris": "bytes that atheris made, guided by the decoder's branches",
}


def fuzz_decoder(count: int, seed: int) -> list[Kept]:
    """Check at least ``count`` messages of hypothesis, and as many of atheris if it is there."""
    measured = Coverage(
        branch=True, include=[str(ROOT / "bench" / "wire" / "*")], data_file=None, config_file=False
    )
    with measured.collect():
        tallies = _tallies(count, seed)
    for maker, tally in tallies.items():
        _print(maker, tally)
    measured.report(file=sys.stdout, show_missing=True, skip_empty=True)
    percent = branch_percent(measured)
    sys.stdout.write(f"{percent:.1f} % of the decoder's branches were taken\n")
    require_branches(percent)
    return _kept(tallies, percent)


def _tallies(count: int, seed: int) -> dict[str, "Tally"]:
    """Return the outcomes of the messages, by who made them."""
    from tests.fuzz.generated import check_generated
    from tests.fuzz.guided import available, check_guided

    tallies = {"hypothesis": check_generated(count, seed)}
    if available():
        tallies["atheris"] = check_guided(count, seed)
    else:
        sys.stdout.write("atheris is not installed: hypothesis alone makes messages\n")
    return tallies


def branch_percent(measured: Coverage) -> float:
    """Return how many of the branches were taken [percent]."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(path))
        totals = json.loads(path.read_text())["totals"]
    return 100 * float(totals["covered_branches"]) / int(totals["num_branches"])


def require_branches(percent: float) -> None:
    """Exit with code 1 if too few branches were taken."""
    if percent < MIN_BRANCH_PERCENT:
        raise SystemExit(
            f"{percent:.1f} % of the decoder's branches were taken; "
            f"at least {MIN_BRANCH_PERCENT:.0f} % must be"
        )


def _print(maker: str, tally: "Tally") -> None:
    for outcome, times in sorted(tally.outcomes.items()):
        sys.stdout.write(f"{times:7d}  {maker}: {outcome}\n")
    memory = f"{100 * tally.memory_fraction:.0f} % of the memory that decoding may take"
    sys.stdout.write(f"{tally.count:7d}  {maker}: in all, with at most {memory}\n")


def _kept(tallies: dict[str, "Tally"], percent: float) -> list[Kept]:
    count = sum(tally.count for tally in tallies.values())
    memory = max(tally.memory_fraction for tally in tallies.values())
    return [
        *(_kept_by(maker, tally, percent) for maker, tally in tallies.items()),
        Kept(
            "Decoding a header takes at most 64 KiB of memory and 100 bytes for each of its bytes.",
            "the same messages",
            count,
            f"at most {100 * memory:.0f} % of that was taken",
        ),
    ]


def _kept_by(maker: str, tally: "Tally", percent: float) -> Kept:
    return Kept(
        "Any bytes give a message, or an error that names field, value and limit.",
        _MADE_OF[maker],
        tally.count,
        f"{tally.count - tally.refused_count} were messages, and were encoded to equal ones; "
        f"{tally.refused_count} gave such an error; nothing else was raised; "
        f"all messages together took {percent:.1f} % of the decoder's branches",
    )
