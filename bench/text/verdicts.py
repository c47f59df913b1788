"""The words of each verdict, everywhere the same, with its mark, its tone and its meaning."""

from collections.abc import Iterable
from typing import NamedTuple

from bench.stats.verdict_words import (
    ABOUT,
    COSTS,
    EQUIVALENT,
    EXPLORATORY,
    FASTER,
    IMPORTED,
    NEGLIGIBLE,
    NOT_MEASURED,
    OVERHEAD_VERDICTS,
    SLOWER,
    SMALL,
    UNDECIDED,
    VERDICTS,
)


class VerdictWords(NamedTuple):
    """A verdict as people read it; a mark stands beside its word, so that no colour is needed.

    ``tone`` is ``worse``, ``better``, ``even`` or ``open``.
    """

    word: str
    mark: str
    tone: str
    meaning: str


_WORDS = {
    COSTS: VerdictWords("costs", "▲", "worse", "the overhead is above 2% of the local latency"),
    ABOUT: VerdictWords("about 2%", "△", "even", "the overhead is 2%, give or take half a point"),
    NEGLIGIBLE: VerdictWords(
        "negligible", "≈", "even", "the overhead is below 2% of the local latency"
    ),
    SLOWER: VerdictWords("slower", "▲", "worse", "remote is worse, by more than what matters"),
    FASTER: VerdictWords("faster", "▼", "better", "remote is better, by more than what matters"),
    EQUIVALENT: VerdictWords(
        "equivalent", "≈", "even", "any difference is smaller than what matters"
    ),
    SMALL: VerdictWords(
        "slower?", "△", "even", "there is a difference; its size is not sure, it may be too small"
    ),
    UNDECIDED: VerdictWords("undecided", "?", "open", "the interval is too wide to decide"),
    EXPLORATORY: VerdictWords("exploratory", "○", "open", "too few blocks for an interval"),
    IMPORTED: VerdictWords(
        "imported", "◇", "open", "a mean of another study: no interval, so no verdict"
    ),
    NOT_MEASURED: VerdictWords("not measured", "—", "open", "planned, but there is no data"),
}
_ORDER = tuple(dict.fromkeys((*OVERHEAD_VERDICTS[:3], *VERDICTS)))


def verdict_words(verdict: str, point: float | None = None) -> VerdictWords:
    """Return the words for a verdict on a value; a difference of unsure size has two names."""
    words = _WORDS[verdict]
    if verdict == SMALL and point is not None and point < 0:
        return words._replace(word="faster?", mark="▽")
    return words


def verdict_rank(verdict: str) -> int:
    """Return the place of a verdict in a column that is ordered by it."""
    return _ORDER.index(verdict)


def verdict_legend(verdicts: Iterable[str]) -> list[dict[str, str]]:
    """Return mark, word and meaning of each of these verdicts, once and in order."""
    words = [_WORDS[verdict] for verdict in sorted(set(verdicts), key=verdict_rank)]
    return [{"mark": w.mark, "word": w.word, "meaning": w.meaning} for w in words]


def count_verdicts(verdicts: list[str]) -> str:
    """Return how often each verdict was given: ``slower in 9 cells, undecided in 5``."""
    counts = {
        verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts), key=verdict_rank)
    }
    parts = [f"{_WORDS[verdict].word} in {count}" for verdict, count in counts.items()]
    first, *others = parts
    (number, *_) = counts.values()
    return ", ".join([f"{first} {'cell' if number == 1 else 'cells'}", *others])
