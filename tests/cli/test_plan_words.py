"""What ``measure`` says before it begins: how many blocks, passes and minutes, and what for."""

import pytest

from bench.cli.progress import plan_lines
from bench.config import make_budget, make_experiment
from tests.cli.command import succeed

MEANING = "A pass is one request of each cell in both placements."
EXPERIMENT = make_experiment(budget=make_budget("quick"), core_count=2, model="resnet50")


def test_a_plan_says_blocks_passes_starts_and_what_it_is_for() -> None:
    assert plan_lines(EXPERIMENT, make_budget("quick"), 0) == [
        "plan: 3 blocks; about 13 passes in all",
        "each block: 14 cells, 4.2 passes and 2 starts of both processes. " + MEANING,
        "3 blocks give an overhead with its interval in each cell; a verdict on the loss needs 10.",
    ]
    assert plan_lines(EXPERIMENT, make_budget("standard"), 3)[0] == (
        "plan: 12 blocks, 3 of them measured already; about 51 passes in all"
    )
    assert plan_lines(EXPERIMENT, make_budget("quick", 30), 0)[0] == (
        "plan: as many blocks as fit into 30.0 minutes"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--preset", "standard"), ["plan: 12 blocks; ", "12 blocks give overhead and loss of "]),
        (("--minutes", "1"), ["plan: as many blocks as fit into 1.00 minutes", "blocks (from a "]),
    ],
)
def test_a_dry_run_says_the_same_and_how_long_it_takes(
    options: tuple[str, str], said: list[str]
) -> None:
    model = ("--model", "stub:5", "--batch-sizes", "1", "--threads", "1", "--image-size", "32")
    text = succeed("measure", "--dry-run", *model, *options).stdout
    for words in (*said, "A pass is one request", "(from a probe on this machine)"):
        assert words in text


def test_help_says_what_each_preset_takes_and_gives() -> None:
    words = " ".join(succeed("measure", "--help").stdout.replace("│", " ").split())
    quick = "quick (3 blocks, 13 passes, 6 to 14 minutes: overheads with intervals)"
    standard = "standard (12 blocks, 51 passes, 23 to 56 minutes: losses, too)"
    assert all(said in words for said in (quick, standard))
